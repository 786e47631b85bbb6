//! Workers KV: written in one place, seen in another after a minute or later.

use std::{cell::RefCell, collections::BTreeMap, rc::Rc};

use oauth_core::Fault;

use crate::scheduler::Scheduler;

/// All values that a key has had, each with the moment when it was written.
type History = Vec<(i64, Option<Rc<str>>)>;

/// The namespace.
#[derive(Default)]
pub struct Kv(RefCell<BTreeMap<String, History>>);

impl Kv {
    /// The value of a key: the newest, or one that was replaced before (even absence, which is cached too).
    pub async fn read(&self, scheduler: &Scheduler, key: &str) -> Result<Option<Rc<str>>, Fault> {
        scheduler.turn().await;
        if scheduler.strikes(40) {
            return Err(Fault::new("kv.read", "429"));
        }
        let history = self.0.borrow();
        let Some(history) = history.get(key) else {
            return Ok(None);
        };
        let newest = history.last().and_then(|(_, value)| value.clone());
        if scheduler.strikes(4) {
            scheduler.note(|| format!("kv answers {key} with what it was before"));
            let older = history
                .len()
                .checked_sub(2)
                .and_then(|place| history.get(place));
            return Ok(older.and_then(|(_, value)| value.clone()));
        }
        Ok(newest)
    }

    /// Writes a value. It may be refused, or acknowledged and lost.
    pub async fn write(&self, scheduler: &Scheduler, key: &str, value: &str) -> Result<(), Fault> {
        scheduler.turn().await;
        if scheduler.strikes(20) {
            return Err(Fault::new("kv.write", "429"));
        }
        if scheduler.strikes(20) {
            scheduler.note(|| format!("kv loses what is written to {key}"));
            return Ok(());
        }
        let mut all = self.0.borrow_mut();
        let history = all.entry(key.to_owned()).or_default();
        history.push((scheduler.now(), Some(Rc::from(value))));
        Ok(())
    }

    /// The newest value of a key, without any of the ways of the platform.
    pub fn newest(&self, key: &str) -> Option<Rc<str>> {
        self.0.borrow().get(key)?.last()?.1.clone()
    }
}
