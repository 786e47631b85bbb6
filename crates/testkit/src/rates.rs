//! The limits of requests, in memory.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
};

use oauth_core::{UnixTime, places::Places};
use oauth_server::ports::{PasswordChecks, Rate, RateLimits};

use crate::memory::World;

/// The requests that were counted, and how many of each name are answered.
#[derive(Debug)]
pub struct Rates {
    /// How many requests under one name are answered.
    pub limit: Cell<usize>,
    /// How many things of one kind are made for strangers.
    pub everyone: Cell<usize>,
    /// The requests so far, by rate and name.
    pub counted: RefCell<BTreeMap<(Rate, String), usize>>,
}

impl Default for Rates {
    fn default() -> Self {
        Self {
            limit: Cell::new(usize::MAX),
            everyone: Cell::new(usize::MAX),
            counted: RefCell::default(),
        }
    }
}

impl Rates {
    /// The rates under which requests were counted, with the number of names under each.
    pub fn names(&self) -> BTreeMap<Rate, usize> {
        let mut names = BTreeMap::new();
        for (rate, _) in self.counted.borrow().keys() {
            *names.entry(*rate).or_default() += 1;
        }
        names
    }
}

impl RateLimits for World {
    fn within_rate(&self, rate: Rate, name: &str, _: UnixTime) -> bool {
        let mut counted = self.rates.counted.borrow_mut();
        let count = counted.entry((rate, name.to_owned())).or_default();
        *count += 1;
        let limit = match rate {
            Rate::Everyone => &self.rates.everyone,
            Rate::Pages | Rate::Strangers | Rate::Making | Rate::Clients => &self.rates.limit,
        };
        *count <= limit.get()
    }

    fn is_refused(&self, rate: Rate, name: &str, _: UnixTime) -> bool {
        let counted = self.rates.counted.borrow();
        let count = counted.get(&(rate, name.to_owned()));
        count.is_some_and(|count| *count > self.rates.limit.get())
    }
}

impl PasswordChecks for World {
    fn password_places(&self) -> Places {
        self.password_places.clone()
    }
}
