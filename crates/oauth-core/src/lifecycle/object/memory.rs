//! A store in memory, for tests.

use std::cell::{Cell, RefCell};

use super::Store;
use crate::{
    Fault, UnixTime,
    lifecycle::rows::{Change, Memory, Rows, apply},
};

/// A store in memory, which can be broken, and which counts.
#[derive(Debug, Default)]
pub struct MemoryStore {
    /// The rows.
    pub rows: RefCell<Memory>,
    /// The number of commits.
    pub commits: Cell<u32>,
    /// The times for which an alarm was set.
    pub wakes: RefCell<Vec<i64>>,
    /// Whether every commit fails.
    pub broken: Cell<bool>,
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
            return Err(Fault::new("memory.commit", "broken"));
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
