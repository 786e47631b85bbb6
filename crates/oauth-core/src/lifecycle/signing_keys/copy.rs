//! An isolate's copy of the keys: how long it counts, and when they are read again for one that is not among them.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use crate::{Fault, UnixTime, jose::JwkSet};

/// How long an isolate trusts what it has read, in seconds.
const REMEMBERED: i64 = 60;
/// How long the keys in memory are used while they cannot be read, in seconds.
const ASK_AGAIN_AFTER: i64 = 5;
/// For an unknown key id the keys are read again at most this often, in seconds: a caller that invents ids costs
/// no more.
const LOOK_AGAIN: i64 = 1;

/// The place where the keys are.
pub trait KeyReader {
    /// The keys as one reading found them.
    type Keys: AsRef<JwkSet>;

    /// Reads them.
    async fn read(&self) -> Result<Self::Keys, Fault>;
}

/// The copy.
#[derive(Debug)]
pub struct KeyCopy<K> {
    /// The keys, and until when they are trusted.
    held: RefCell<Option<(Rc<K>, UnixTime)>>,
    /// When the keys were last read for an unknown key id, and whether that succeeded.
    looked: Cell<Option<(UnixTime, bool)>>,
    /// The key id that the last of these readings was for and did not find: it is a bad one until the next.
    absent: RefCell<Option<String>>,
}

impl<K> Default for KeyCopy<K> {
    fn default() -> Self {
        Self {
            held: RefCell::default(),
            looked: Cell::default(),
            absent: RefCell::default(),
        }
    }
}

impl<K: AsRef<JwkSet>> KeyCopy<K> {
    /// The keys, read anew if they are due. While they cannot be read the old ones stay valid, and the reader is not asked
    /// again at once: one that hangs would make every request wait.
    pub async fn current(
        &self,
        reader: &impl KeyReader<Keys = K>,
        now: UnixTime,
    ) -> Result<Rc<K>, Fault> {
        let held = self.held.borrow().clone();
        if let Some((keys, _)) = held.as_ref().filter(|(_, until)| now < *until) {
            return Ok(Rc::clone(keys));
        }
        match reader.read().await {
            Ok(keys) => Ok(self.keep(Rc::new(keys), now.plus(REMEMBERED))),
            Err(fault) => {
                let (keys, _) = held.ok_or(fault)?;
                Ok(self.keep(keys, now.plus(ASK_AGAIN_AFTER)))
            }
        }
    }

    /// The keys, read anew unless that was done a moment ago. This fails while they cannot be read, and where the key
    /// may have been published since: a good token is never called bad.
    pub async fn newer(
        &self,
        reader: &impl KeyReader<Keys = K>,
        key_id: Option<&str>,
        now: UnixTime,
    ) -> Result<Rc<K>, Fault> {
        let looked = self.looked.get();
        if looked.is_none_or(|(at, _)| now.since(at) >= LOOK_AGAIN) {
            let read = reader.read().await;
            self.looked.set(Some((now, read.is_ok())));
            let may_gain = |keys: &K| key_id.filter(|key_id| keys.as_ref().may_gain(key_id));
            let absent = read.as_ref().ok().and_then(may_gain);
            *self.absent.borrow_mut() = absent.map(str::to_owned);
            return Ok(self.keep(Rc::new(read?), now.plus(REMEMBERED)));
        }
        if looked.is_some_and(|(_, was_read)| !was_read) {
            return Err(Fault::new(
                "keys.newer",
                "they could not be read a moment ago",
            ));
        }
        let keys = self.current(reader, now).await?;
        let is_absent = self.absent.borrow().as_deref() == key_id;
        if !is_absent && key_id.is_some_and(|key_id| keys.as_ref().as_ref().may_gain(key_id)) {
            return Err(Fault::new("keys.newer", "the key may be read in a moment"));
        }
        Ok(keys)
    }

    /// Has the keys read again before one is used. Call it after a change.
    pub fn forget(&self) {
        if let Some((_, until)) = self.held.borrow_mut().as_mut() {
            *until = UnixTime(0);
        }
    }

    fn keep(&self, keys: Rc<K>, until: UnixTime) -> Rc<K> {
        *self.held.borrow_mut() = Some((Rc::clone(&keys), until));
        keys
    }
}
