//! Copies of records that an isolate keeps for a short while, so that the requests of one flow read them once.

use std::{borrow::Borrow, cell::RefCell, collections::HashMap, hash::Hash, rc::Rc};

use oauth_core::UnixTime;

/// The most copies of one kind in an isolate.
const MOST: usize = 1_000;

/// Copies by key.
pub(crate) struct Copies<K, V> {
    /// How long a copy counts, in seconds.
    life: i64,
    kept: RefCell<HashMap<K, (Rc<V>, UnixTime)>>,
}

impl<K: Eq + Hash, V> Copies<K, V> {
    /// No copies yet.
    pub(crate) fn lasting(life: i64) -> Self {
        Self {
            life,
            kept: RefCell::default(),
        }
    }

    /// The copy for a key, while it counts.
    pub(crate) fn find<Q>(&self, key: &Q, now: UnixTime) -> Option<Rc<V>>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let kept = self.kept.borrow();
        let (value, until) = kept.get(key)?;
        (now < *until).then(|| Rc::clone(value))
    }

    /// Whether there is a copy for a key, even one that counts no more.
    pub(crate) fn has_had<Q>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.kept.borrow().contains_key(key)
    }

    /// Keeps a copy. Too many make room all at once: they are only a way saved.
    pub(crate) fn keep(&self, key: K, value: Rc<V>, now: UnixTime) {
        let mut kept = self.kept.borrow_mut();
        if kept.len() >= MOST {
            kept.clear();
        }
        kept.insert(key, (value, now.plus(self.life)));
    }

    /// Keeps a copy in place of another, for no longer than that one.
    pub(crate) fn renew(&self, key: K, value: Rc<V>, now: UnixTime) {
        if let Some((kept, until)) = self.kept.borrow_mut().get_mut(&key)
            && now < *until
        {
            *kept = value;
            return;
        }
        self.keep(key, value, now);
    }

    /// Forgets the copy for a key: what it was made of has changed.
    pub(crate) fn forget<Q>(&self, key: &Q)
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.kept.borrow_mut().remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_counts_for_its_life() {
        let copies: Copies<String, u8> = Copies::lasting(10);
        copies.keep("a".to_owned(), Rc::new(1), UnixTime(0));
        assert_eq!(copies.find("a", UnixTime(9)).as_deref(), Some(&1));
        assert_eq!(copies.find("a", UnixTime(10)), None);
        assert!(copies.has_had("a") && !copies.has_had("b"));
        assert_eq!(copies.find("b", UnixTime(0)), None);
    }

    #[test]
    fn a_copy_in_place_of_another_counts_no_longer_than_that() {
        let copies: Copies<String, u8> = Copies::lasting(10);
        let renew = |value, at| copies.renew("a".to_owned(), Rc::new(value), UnixTime(at));
        renew(1, 0);
        renew(2, 9);
        assert_eq!(copies.find("a", UnixTime(9)).as_deref(), Some(&2));
        assert_eq!(copies.find("a", UnixTime(10)), None);
        renew(3, 10);
        assert_eq!(copies.find("a", UnixTime(19)).as_deref(), Some(&3));
    }

    #[test]
    fn a_copy_can_be_forgotten() {
        let copies: Copies<String, u8> = Copies::lasting(10);
        copies.keep("a".to_owned(), Rc::new(1), UnixTime(0));
        copies.forget("b");
        assert!(copies.find("a", UnixTime(1)).is_some());
        copies.forget("a");
        assert_eq!(copies.find("a", UnixTime(1)), None);
    }

    #[test]
    fn there_are_never_too_many() {
        let copies: Copies<usize, ()> = Copies::lasting(10);
        for key in 0..=MOST {
            copies.keep(key, Rc::new(()), UnixTime(0));
        }
        assert!(copies.kept.borrow().len() <= MOST);
        assert!(copies.find(&MOST, UnixTime(0)).is_some());
    }
}
