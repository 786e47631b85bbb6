//! One announcement of an object at a time: of two that ran together, the older could be published last.

use std::{cell::Cell, rc::Rc};

/// Says whether an announcement of an object is on its way. It lives as long as the object is in memory.
#[derive(Clone, Debug, Default)]
pub struct Turns(Rc<Cell<bool>>);

impl Turns {
    /// Takes the turn, unless somebody has it: they will see what has ended meanwhile.
    pub fn take(&self) -> Option<Turn> {
        let is_free = !self.0.replace(true);
        is_free.then(|| Turn(Rc::clone(&self.0)))
    }
}

/// The turn of one announcement, which ends when this is dropped.
#[derive(Debug)]
pub struct Turn(Rc<Cell<bool>>);

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.set(false);
    }
}
