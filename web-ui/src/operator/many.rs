//! Many runs, some of them at once.

use leptos::prelude::*;

use super::page::OperatorPage;
use super::tally::{Summary, Tally, summary};
use crate::text::texts;

/// Many runs: how far they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Many {
    /// How many were asked for.
    pub(super) asked: u32,
    /// How many have begun.
    begun: u32,
    /// How many lanes still go on; each has one run on its way at a time.
    lanes: u32,
    /// Whether no further run is to begin.
    pub(super) cancelled: bool,
    /// Those that ended.
    pub(super) tallies: Vec<Tally>,
}

impl Many {
    /// Before the first of them.
    pub(super) const fn new(asked: u32, at_once: u32) -> Self {
        let lanes = if at_once < asked { at_once } else { asked };
        Self {
            asked,
            begun: 0,
            lanes,
            cancelled: false,
            tallies: Vec::new(),
        }
    }

    /// Whether some of them are still to end.
    pub(super) const fn is_going(&self) -> bool {
        self.lanes > 0
    }

    /// Begins the next one, if one is left.
    const fn next(&mut self) -> bool {
        let more = !self.cancelled && self.begun < self.asked;
        self.begun += more as u32;
        more
    }

    /// The figures so far.
    pub(super) fn summary(&self) -> Summary {
        summary(&self.tallies)
    }

    /// The figures as a sentence.
    pub(super) fn spoken(&self) -> String {
        self.summary().in_words(texts().operator.many_done)
    }
}

/// Begins many runs.
pub(super) fn begin(page: OperatorPage, asked: u32, at_once: u32) {
    let many = Many::new(asked, at_once);
    let lanes = many.lanes;
    page.busy.set(true);
    page.failure.set(None);
    page.chosen.set(None);
    page.announcement
        .set(texts().operator.run_working.to_owned());
    page.many.set(Some(many));
    for _ in 0..lanes {
        page.spawn(lane(page));
    }
}

/// Begins no further run.
pub(super) fn cancel(page: OperatorPage) {
    change(page, |many| many.cancelled = true);
    page.announcement
        .set(texts().operator.cancelling.to_owned());
}

fn change<T>(page: OperatorPage, change: impl FnOnce(&mut Many) -> T) -> Option<T> {
    page.many.try_update(|many| many.as_mut().map(change))?
}

async fn lane(page: OperatorPage) {
    while change(page, Many::next) == Some(true) {
        match page.run_one().await {
            Ok(shown) => {
                let tally = Tally::of(shown.number, &shown.run);
                change(page, |many| many.tallies.push(tally));
            }
            Err(refused) => {
                // The others would be refused as well.
                change(page, |many| many.cancelled = true);
                page.refuse(refused);
            }
        }
    }
    change(page, |many| many.lanes = many.lanes.saturating_sub(1));
    let ended = page
        .many
        .with_untracked(|many| many.as_ref().is_none_or(|many| !many.is_going()));
    if ended {
        finish(page).await;
    }
}

async fn finish(page: OperatorPage) {
    if let Some(text) = page
        .many
        .with_untracked(|many| many.as_ref().map(Many::spoken))
    {
        page.announcement.set(text);
    }
    page.refresh().await;
    page.busy.set(false);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_runs_begin_than_were_asked_for() {
        let mut many = Many::new(3, 20);
        assert_eq!(many.lanes, 3);
        assert_eq!((0..9).filter(|_| many.next()).count(), 3);
    }

    #[test]
    fn none_begins_after_the_cancellation() {
        let mut many = Many::new(100, 4);
        assert!(many.next());
        many.cancelled = true;
        assert!(!many.next());
        assert!(many.is_going(), "the lanes still end what they began");
    }

    #[test]
    fn the_outcome_is_a_sentence() {
        let mut many = Many::new(1, 1);
        many.tallies.push(Tally {
            number: 1,
            succeeded: true,
            milliseconds: 12,
            cached: true,
            retries: 0,
        });
        assert_eq!(
            many.spoken(),
            "Done: 1 succeeded, 0 failed, median 12 ms, 95th percentile 12 ms"
        );
    }
}
