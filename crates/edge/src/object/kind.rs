//! The parts that every object has in common: how it is called, and its storage.

use oauth_core::{
    Fault, UnixTime,
    lifecycle::rows::{Change, Rows},
};
use serde::{Serialize, de::DeserializeOwned};

/// An object as its callers know it.
pub trait ObjectKind {
    /// The binding of the object's class.
    const BINDING: &'static str;
    /// The name of a call to it in the log.
    const WHAT: &'static str;
    /// A command.
    type Command: Serialize + DeserializeOwned;
    /// A reply.
    type Reply: Serialize + DeserializeOwned;

    /// Whether asking twice is like asking once, so that a call whose answer was lost may be repeated.
    fn is_idempotent(command: &Self::Command) -> bool;
}

/// The storage of an object. All of it is synchronous, so no other call sees a state between
/// a reading and the writing that follows from it.
pub trait Store: Rows {
    /// Makes all of the changes, or none.
    fn commit(&self, changes: &[Change]) -> Result<(), Fault>;
    /// Asks to be woken at a time, in place of any asked for before.
    fn wake_at(&self, time: UnixTime) -> Result<(), Fault>;
}

/// The work that is left when an object is woken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Woken {
    /// Nothing is worth keeping: delete it all.
    Forget,
    /// Not yet: it has asked to be woken again.
    Stays,
}

/// Reads a command as its object gets it. What could not be read is not quoted: it may hold a verifier.
pub fn read<H: ObjectKind>(command: &str) -> Result<H::Command, Fault> {
    serde_json::from_str(command).map_err(|_| Fault::new(H::WHAT, "the command cannot be read"))
}

/// Writes a reply as its object gives it.
pub fn write<H: ObjectKind>(reply: &H::Reply) -> Result<String, Fault> {
    serde_json::to_string(reply).map_err(|_| Fault::new(H::WHAT, "the reply cannot be written"))
}

#[cfg(test)]
pub(super) mod memory {
    //! A store in memory.

    use std::cell::{Cell, RefCell};

    use oauth_core::lifecycle::rows::{Memory, apply};

    use super::{Change, Fault, Rows, Store, UnixTime};

    /// A store in memory, which can be broken, and which counts.
    #[derive(Default)]
    pub(crate) struct MemoryStore {
        pub(crate) rows: RefCell<Memory>,
        pub(crate) commits: Cell<u32>,
        pub(crate) wakes: RefCell<Vec<i64>>,
        pub(crate) broken: Cell<bool>,
    }

    impl Rows for MemoryStore {
        fn row(&self, key: &str) -> Result<Option<String>, Fault> {
            self.rows.borrow().row(key)
        }

        fn rows(
            &self,
            prefix: &str,
            after: Option<&str>,
            limit: usize,
        ) -> Result<Vec<(String, String)>, Fault> {
            self.rows.borrow().rows(prefix, after, limit)
        }
    }

    impl Store for MemoryStore {
        fn commit(&self, changes: &[Change]) -> Result<(), Fault> {
            if self.broken.get() {
                return Err(Fault::new("test", "disk"));
            }
            self.commits.set(self.commits.get() + 1);
            apply(&mut self.rows.borrow_mut(), changes.to_vec());
            Ok(())
        }

        fn wake_at(&self, time: UnixTime) -> Result<(), Fault> {
            self.wakes.borrow_mut().push(time.0);
            Ok(())
        }
    }
}
