//! Figures of many runs together.

use wire::{Cache, HopName, PastRun, Run};

use super::duration::milliseconds;
use crate::text::RunFigures;

/// The figures of one run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tally {
    /// Which run of this page it is.
    pub(super) number: u32,
    /// Whether the students were read.
    pub(super) succeeded: bool,
    /// How long it took.
    pub(super) milliseconds: u64,
    /// Whether its token came from the cache.
    pub(super) cached: bool,
    /// How many hops were tried again.
    pub(super) retries: u32,
}

impl Tally {
    /// Of a run in full.
    pub(super) fn of(number: u32, run: &Run) -> Self {
        Self {
            number,
            succeeded: run.outcome.is_success(),
            milliseconds: run.milliseconds,
            cached: token_cache(run) == Cache::Hit,
            retries: retries(run),
        }
    }

    /// Of what is remembered of a run.
    pub(super) fn of_past(run: &PastRun) -> Self {
        Self {
            number: 0,
            succeeded: run.error.is_none(),
            milliseconds: run.milliseconds,
            cached: run.cache == Cache::Hit,
            retries: run.retries,
        }
    }
}

/// Where the token came from: what the first of its hops says.
pub(super) fn token_cache(run: &Run) -> Cache {
    run.hops
        .iter()
        .find(|hop| hop.name == HopName::Token)
        .map_or(Cache::None, |hop| hop.cache)
}

/// How many hops were tries after another one.
pub(super) fn retries(run: &Run) -> u32 {
    let again = run.hops.iter().filter(|hop| hop.retries > 0).count();
    u32::try_from(again).unwrap_or(u32::MAX)
}

/// Many runs in a few figures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Summary {
    /// Runs that read the students.
    pub(super) succeeded: usize,
    /// Runs that did not.
    pub(super) failed: usize,
    /// Half of the runs took no longer, in milliseconds.
    pub(super) median: Option<u64>,
    /// 95 of 100 runs took no longer, in milliseconds.
    pub(super) slow: Option<u64>,
    /// Runs whose token came from the cache.
    pub(super) cached: usize,
    /// Hops that were tried again.
    pub(super) retries: u64,
    /// The run that took longest.
    pub(super) slowest: Option<u32>,
    /// The first run that failed.
    pub(super) first_failed: Option<u32>,
}

impl Summary {
    /// The figures in a sentence.
    pub(super) fn in_words(&self, sentence: impl FnOnce(&RunFigures<'_>) -> String) -> String {
        let times = self.median.zip(self.slow);
        let times = times.map(|(median, slow)| (milliseconds(median), milliseconds(slow)));
        sentence(&RunFigures {
            succeeded: self.succeeded,
            failed: self.failed,
            times: times.as_ref().map(|(median, slow)| (&**median, &**slow)),
        })
    }
}

/// Sums runs up.
pub(super) fn summary(tallies: &[Tally]) -> Summary {
    let count = |which: fn(&Tally) -> bool| tallies.iter().filter(|tally| which(tally)).count();
    let times: Vec<u64> = tallies.iter().map(|tally| tally.milliseconds).collect();
    let failed = tallies.iter().filter(|tally| !tally.succeeded);
    Summary {
        succeeded: count(|tally| tally.succeeded),
        failed: count(|tally| !tally.succeeded),
        median: percentile(&times, 50),
        slow: percentile(&times, 95),
        cached: count(|tally| tally.cached),
        retries: tallies.iter().map(|tally| u64::from(tally.retries)).sum(),
        slowest: tallies
            .iter()
            .max_by_key(|tally| tally.milliseconds)
            .map(|tally| tally.number),
        first_failed: failed.map(|tally| tally.number).min(),
    }
}

/// By nearest rank: the smallest value that `percent` of a hundred do not exceed. Without sorting, which for a few
/// hundred values would save less time than its code takes to load.
fn percentile(values: &[u64], percent: usize) -> Option<u64> {
    let rank = (values.len() * percent).div_ceil(100);
    let reached = |most: u64| values.iter().filter(|value| **value <= most).count() >= rank;
    values.iter().copied().filter(|value| reached(*value)).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(number: u32, succeeded: bool, milliseconds: u64) -> Tally {
        Tally {
            number,
            succeeded,
            milliseconds,
            cached: number > 1,
            retries: 2,
        }
    }

    #[test]
    fn percentiles_are_by_nearest_rank() {
        let hundred: Vec<u64> = (1..=100).rev().collect();
        assert_eq!(percentile(&hundred, 50), Some(50));
        assert_eq!(percentile(&hundred, 95), Some(95));
        assert_eq!(percentile(&[7], 95), Some(7));
        assert_eq!(percentile(&[9, 1], 50), Some(1));
        assert_eq!(percentile(&[], 50), None);
    }

    #[test]
    fn many_runs_are_summed_up_with_the_ones_worth_a_look() {
        let runs = [
            tally(3, false, 40),
            tally(1, true, 10),
            tally(2, false, 90),
            tally(4, true, 20),
        ];
        let sum = summary(&runs);
        assert_eq!((sum.succeeded, sum.failed), (2, 2));
        assert_eq!((sum.median, sum.slow), (Some(20), Some(90)));
        assert_eq!((sum.cached, sum.retries), (3, 8));
        assert_eq!((sum.slowest, sum.first_failed), (Some(2), Some(2)));
        assert_eq!(summary(&[]), Summary::default());
    }
}
