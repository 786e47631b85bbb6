//! The count of a user's ends, by which what began before an end is known.

use from_json::FromJson;
use serde::Serialize;

use crate::{
    Fault, UnixTime,
    lifecycle::rows::{self, Change, Rows},
};

/// How long the memory of an end outlives it, in seconds: longer than any request that took its
/// mark before.
pub(super) const REMEMBERED: i64 = 86_400;

/// How many ends there were when something began.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, FromJson,
)]
#[serde(transparent)]
pub struct Mark(pub(super) u64);

impl Mark {
    /// Later than every mark that is ever taken.
    pub(super) const ALL: Self = Self(u64::MAX);

    const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

/// The key of the row that counts the ends.
pub(super) const COUNTER: &str = "person";

/// The ends so far.
#[derive(Clone, Copy, Debug, Default, Serialize, FromJson)]
#[serde(deny_unknown_fields)]
pub(super) struct Counter {
    /// How many there were.
    pub(super) ends: Mark,
    /// The last one that ended everything.
    pub(super) all: Mark,
    /// When the last one was.
    pub(super) at: Option<UnixTime>,
}

#[cfg(test)]
documented::stored!(Counter);

impl Counter {
    pub(super) fn read(rows: &impl Rows) -> Result<Self, Fault> {
        Ok(rows::find(rows, COUNTER)?.unwrap_or_default())
    }

    pub(super) fn keep(&self) -> Result<Change, Fault> {
        rows::put(COUNTER.to_owned(), self)
    }

    /// One end more.
    pub(super) const fn count(self, now: UnixTime) -> Self {
        Self {
            ends: self.ends.next(),
            all: self.all,
            at: Some(now),
        }
    }

    /// Whether everything was ended after `mark` was taken. A mark that lies ahead was not taken here.
    pub(super) fn is_over(&self, mark: Mark) -> bool {
        mark < self.all || mark > self.ends
    }
}
