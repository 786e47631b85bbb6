//! Workers KV: written in one place, seen in another after a minute or later.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use oauth_core::Fault;

use crate::scheduler::Scheduler;

/// All values that a key has had, each with the moment when it was written.
type History = Vec<(i64, Option<Rc<str>>)>;

/// The namespace.
#[derive(Default)]
pub struct Kv {
    values: RefCell<BTreeMap<String, History>>,
    lost: RefCell<BTreeSet<String>>,
}

impl Kv {
    /// The value of a key: the newest, or one that was replaced before (even absence, which is cached too).
    pub async fn read(&self, scheduler: &Scheduler, key: &str) -> Result<Option<Rc<str>>, Fault> {
        self.read_with_age(scheduler, key).await.0
    }

    /// The same, and whether the value is one that was replaced before.
    pub(crate) async fn read_with_age(
        &self,
        scheduler: &Scheduler,
        key: &str,
    ) -> (Result<Option<Rc<str>>, Fault>, bool) {
        scheduler.turn().await;
        if scheduler.strikes(40) {
            return (Err(Fault::new("kv.read", "429")), false);
        }
        let all = self.values.borrow();
        let Some(history) = all.get(key) else {
            return (Ok(None), false);
        };
        let newest = history.last().and_then(|(_, value)| value.clone());
        if scheduler.strikes(4) {
            scheduler.note(|| format!("kv answers {key} with what it was before"));
            let older = history
                .len()
                .checked_sub(2)
                .and_then(|place| history.get(place));
            return (Ok(older.and_then(|(_, value)| value.clone())), true);
        }
        (Ok(newest), false)
    }

    /// Writes a value. It may be refused, or acknowledged and lost.
    pub async fn write(&self, scheduler: &Scheduler, key: &str, value: &str) -> Result<(), Fault> {
        scheduler.turn().await;
        if scheduler.strikes(20) {
            return Err(Fault::new("kv.write", "429"));
        }
        if scheduler.strikes(20) {
            scheduler.note(|| format!("kv loses what is written to {key}"));
            self.lost.borrow_mut().insert(key.to_owned());
            return Ok(());
        }
        let mut all = self.values.borrow_mut();
        let history = all.entry(key.to_owned()).or_default();
        history.push((scheduler.now(), Some(Rc::from(value))));
        Ok(())
    }

    /// Whether something that was written to a key, and acknowledged, was lost.
    pub(crate) fn has_lost(&self, key: &str) -> bool {
        self.lost.borrow().contains(key)
    }

    /// The newest value of a key, without any of the ways of the platform.
    pub fn newest(&self, key: &str) -> Option<Rc<str>> {
        self.values.borrow().get(key)?.last()?.1.clone()
    }
}
