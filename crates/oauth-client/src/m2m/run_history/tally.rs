//! The counts of each hour.

use from_json::FromJson;
use oauth_core::UnixTime;
use serde::Serialize;

use super::{HOUR, RETENTION};
use crate::m2m::run::RunFacts;

/// Counts of runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, FromJson)]
#[serde(deny_unknown_fields)]
pub struct Tally {
    /// Runs that ended.
    pub runs: u64,
    /// Runs that succeeded.
    pub succeeded: u64,
    /// Runs that failed.
    pub failed: u64,
    /// Requests to the token endpoint.
    pub token_requests: u64,
    /// Tokens that a cache gave.
    pub cache_hits: u64,
    /// Tokens that took the place of an earlier one.
    pub renewals: u64,
    /// Requests that were made once more.
    pub retries: u64,
    /// Changes of a breaker's state.
    pub breaker_changes: u64,
}

impl Tally {
    /// The counts of one run.
    fn of(run: &RunFacts) -> Self {
        let failed = u64::from(run.error.is_some());
        Self {
            runs: 1,
            succeeded: 1 - failed,
            failed,
            token_requests: run.token_requests.into(),
            cache_hits: run.cache_hits.into(),
            renewals: run.renewals.into(),
            retries: run.retries.into(),
            breaker_changes: run.breaker_changes.into(),
        }
    }

    /// Both together.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self {
            runs: self.runs.saturating_add(other.runs),
            succeeded: self.succeeded.saturating_add(other.succeeded),
            failed: self.failed.saturating_add(other.failed),
            token_requests: self.token_requests.saturating_add(other.token_requests),
            cache_hits: self.cache_hits.saturating_add(other.cache_hits),
            renewals: self.renewals.saturating_add(other.renewals),
            retries: self.retries.saturating_add(other.retries),
            breaker_changes: self.breaker_changes.saturating_add(other.breaker_changes),
        }
    }
}

/// The record of an hour. A run belongs to the hour in which it was recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(deny_unknown_fields)]
pub struct Hour {
    /// The time when it began.
    pub at: UnixTime,
    /// Its counts.
    pub tally: Tally,
    /// All its runs together, in milliseconds.
    pub total_ms: u64,
    /// Its longest run, in milliseconds.
    pub longest_ms: u64,
}

#[cfg(test)]
documented::stored!(Hour, Tally);

impl Hour {
    pub(super) fn beginning(at: UnixTime) -> Self {
        Self {
            at,
            tally: Tally::default(),
            total_ms: 0,
            longest_ms: 0,
        }
    }

    pub(super) fn add(&mut self, run: &RunFacts) {
        self.tally = self.tally.with(Tally::of(run));
        self.total_ms = self.total_ms.saturating_add(run.milliseconds);
        self.longest_ms = self.longest_ms.max(run.milliseconds);
    }

    /// The time when it may be deleted.
    pub(super) fn ends_at(&self) -> UnixTime {
        self.at.plus(HOUR).plus(RETENTION)
    }
}
