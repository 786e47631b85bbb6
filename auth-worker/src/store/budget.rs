//! A bound on how often something is done in a while, in this isolate.

use std::cell::Cell;

use oauth_core::UnixTime;

/// So many times in so many seconds.
pub(crate) struct Budget {
    most: u32,
    seconds: i64,
    spent: Cell<u32>,
    renewed_at: Cell<UnixTime>,
}

impl Budget {
    /// Nothing is spent yet.
    pub(crate) const fn new(most: u32, seconds: i64) -> Self {
        Self {
            most,
            seconds,
            spent: Cell::new(0),
            renewed_at: Cell::new(UnixTime(0)),
        }
    }

    /// Whether it may be done once more, which is counted.
    pub(crate) fn take(&self, now: UnixTime) -> bool {
        if now >= self.renewed_at.get().plus(self.seconds) {
            self.renewed_at.set(now);
            self.spent.set(0);
        }
        let is_left = self.spent.get() < self.most;
        if is_left {
            self.spent.set(self.spent.get().saturating_add(1));
        }
        is_left
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f9_a_budget_is_spent_and_renewed() {
        let budget = Budget::new(2, 10);
        let at = |second: i64| budget.take(UnixTime(1_000 + second));
        assert_eq!([at(0), at(1), at(2), at(9)], [true, true, false, false]);
        assert_eq!([at(10), at(10), at(10)], [true, true, false]);
    }
}
