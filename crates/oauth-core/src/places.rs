//! A bound on how many requests do something costly at a time, some of it set aside for those who must get through.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

/// A number of places. Whoever has one gives it back by dropping it.
#[derive(Clone, Debug)]
pub struct Places {
    free: Rc<Cell<u32>>,
    reserved: Rc<Reserved>,
}

/// The places that are set aside.
#[derive(Debug)]
struct Reserved {
    count: usize,
    /// Who has one now, each once: nobody may use them all up.
    holders: RefCell<Vec<String>>,
}

/// One of the [`Places`].
#[derive(Debug)]
pub struct Place(Held);

#[derive(Debug)]
enum Held {
    Open(Rc<Cell<u32>>),
    Reserved(Rc<Reserved>, String),
}

impl Places {
    /// So many places for everyone, and so many more that are reserved; all are free.
    pub fn new(open: u32, reserved: usize) -> Self {
        Self {
            free: Rc::new(Cell::new(open)),
            reserved: Rc::new(Reserved {
                count: reserved,
                holders: RefCell::default(),
            }),
        }
    }

    /// Takes a place that everyone may have, if one is free.
    pub fn take(&self) -> Option<Place> {
        let left = self.free.get().checked_sub(1)?;
        self.free.set(left);
        Some(Place(Held::Open(Rc::clone(&self.free))))
    }

    /// Takes such a place, or else a reserved one, of which `name` may have one at a time.
    pub fn take_as(&self, name: &str) -> Option<Place> {
        self.take().or_else(|| self.take_reserved(name))
    }

    fn take_reserved(&self, name: &str) -> Option<Place> {
        let mut holders = self.reserved.holders.borrow_mut();
        let is_free = holders.len() < self.reserved.count;
        if !is_free || holders.iter().any(|holder| holder == name) {
            return None;
        }
        holders.push(name.to_owned());
        let reserved = Rc::clone(&self.reserved);
        Some(Place(Held::Reserved(reserved, name.to_owned())))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        match &self.0 {
            Held::Open(free) => free.set(free.get().saturating_add(1)),
            Held::Reserved(reserved, name) => {
                let mut holders = reserved.holders.borrow_mut();
                holders.retain(|holder| holder != name);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s2_a_place_is_free_again_once_it_is_dropped() {
        let places = Places::new(2, 0);
        let (first, second) = (places.take(), places.clone().take());
        assert!(first.is_some() && second.is_some());
        assert!(places.take().is_none());
        drop(first);
        assert!(places.take().is_some());
        assert!(Places::new(0, 0).take().is_none());
    }

    #[test]
    fn s2_a_reserved_place_is_taken_once_the_others_are_gone_and_by_nobody_twice() {
        let places = Places::new(1, 2);
        let open = places.take_as("ada");
        assert!(open.is_some() && places.take().is_none());
        let ada = places.take_as("ada");
        assert!(ada.is_some() && places.take_as("ada").is_none());
        let alan = places.clone().take_as("alan");
        assert!(alan.is_some() && places.take_as("grace").is_none());
        drop(ada);
        assert!(places.take().is_none());
        assert!(places.take_as("grace").is_some() && places.take_as("ada").is_some());
        drop(open);
        assert!(places.take().is_some());
    }
}
