//! A bound on how many requests do something costly at a time.

use std::{cell::Cell, rc::Rc};

/// A number of places. Whoever has one gives it back by dropping it.
#[derive(Clone, Debug)]
pub struct Places {
    free: Rc<Cell<u32>>,
}

/// One of the [`Places`].
#[derive(Debug)]
pub struct Place {
    free: Rc<Cell<u32>>,
}

impl Places {
    /// So many places, all free.
    pub fn new(count: u32) -> Self {
        Self {
            free: Rc::new(Cell::new(count)),
        }
    }

    /// Takes a place, if one is free.
    pub fn take(&self) -> Option<Place> {
        let left = self.free.get().checked_sub(1)?;
        self.free.set(left);
        Some(Place {
            free: Rc::clone(&self.free),
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.free.set(self.free.get().saturating_add(1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s2_a_place_is_free_again_once_it_is_dropped() {
        let places = Places::new(2);
        let (first, second) = (places.take(), places.clone().take());
        assert!(first.is_some() && second.is_some());
        assert!(places.take().is_none());
        drop(first);
        assert!(places.take().is_some());
        assert!(Places::new(0).take().is_none());
    }
}
