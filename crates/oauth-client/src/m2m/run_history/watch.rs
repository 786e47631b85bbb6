//! Whether too many runs fail, looked at over the last minutes.
//!
//! It begins with enough failures among enough runs, and ends when runs fail less than half as often: a share around
//! the threshold does not make it come and go. Silence ends nothing, because it shows nothing.

use oauth_core::UnixTime;
use serde::{Deserialize, Serialize};

/// The window, in seconds, in steps of a minute.
const WINDOW: i64 = 600;
const MINUTE: i64 = 60;
/// With fewer runs than this in the window no alert begins.
const FEWEST: u32 = 5;
/// AlertChange that was handed to somebody who then was heard of no more is handed to another after this time, in seconds.
const PATIENCE: i64 = 30;

/// Whether too many runs fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alert {
    /// The runs in the window.
    pub runs: u32,
    /// How many of them failed.
    pub failed: u32,
    /// From how many failures in a hundred runs there is an alert; 0 for never.
    pub threshold_percent: u32,
    /// Since when there is one.
    pub since: Option<UnixTime>,
}

/// What an alert does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Turn {
    /// It begins.
    Began,
    /// It ends.
    Ended,
}

/// An alert began or ended, and nobody has been told yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlertChange {
    /// What happened.
    pub turn: Turn,
    /// When the alert began.
    pub since: UnixTime,
    /// The runs in the window when it happened.
    pub runs: u32,
    /// How many of them failed.
    pub failed: u32,
    /// From how many failures in a hundred runs there is an alert.
    pub threshold_percent: u32,
}

/// A minute in which there was a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Minute {
    at: UnixTime,
    runs: u32,
    failed: u32,
}

/// AlertChange and when it was last handed to somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Untold {
    news: AlertChange,
    handed_at: Option<UnixTime>,
}

/// The window and what was made of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Watch {
    /// The window's minutes, the oldest first; a minute without a run is left out.
    minutes: Vec<Minute>,
    /// Since when there is an alert.
    since: Option<UnixTime>,
    untold: Option<Untold>,
}

#[cfg(test)]
documented::stored!(Watch, Minute, Untold, AlertChange);

impl Watch {
    /// Counts a run. What is answered is to be told.
    pub(super) fn count(
        &mut self,
        failed: bool,
        threshold_percent: u32,
        now: UnixTime,
    ) -> Option<AlertChange> {
        let at = UnixTime(now.0 - now.0.rem_euclid(MINUTE));
        self.minutes.retain(|minute| is_recent(minute, now));
        if self.minutes.last().is_none_or(|minute| minute.at != at) {
            self.minutes.push(Minute {
                at,
                runs: 0,
                failed: 0,
            });
        }
        if let Some(minute) = self.minutes.last_mut() {
            minute.runs = minute.runs.saturating_add(1);
            minute.failed = minute.failed.saturating_add(failed.into());
        }
        self.judge(self.alert(threshold_percent, now), now);
        self.hand_out(now)
    }

    /// What the window shows.
    pub(super) fn alert(&self, threshold_percent: u32, now: UnixTime) -> Alert {
        let recent = self.minutes.iter().filter(|minute| is_recent(minute, now));
        let (runs, failed) = recent.fold((0_u32, 0_u32), |(runs, failed), minute| {
            (
                runs.saturating_add(minute.runs),
                failed.saturating_add(minute.failed),
            )
        });
        Alert {
            runs,
            failed,
            threshold_percent,
            since: self.since.filter(|_| threshold_percent > 0),
        }
    }

    fn judge(&mut self, seen: Alert, now: UnixTime) {
        if seen.threshold_percent == 0 {
            self.since = None;
            self.untold = None;
            return;
        }
        let share = u64::from(seen.failed).saturating_mul(100);
        let bound = u64::from(seen.threshold_percent).saturating_mul(seen.runs.into());
        match seen.since {
            None if seen.runs >= FEWEST && share >= bound => {
                self.since = Some(now);
                self.untold = Some(untold(Turn::Began, now, seen));
            }
            Some(since) if share.saturating_mul(2) < bound => {
                self.since = None;
                self.untold = Some(untold(Turn::Ended, since, seen));
            }
            None | Some(_) => {}
        }
    }

    fn hand_out(&mut self, now: UnixTime) -> Option<AlertChange> {
        let untold = self.untold.as_mut()?;
        let handed = untold.handed_at;
        if handed.is_some_and(|at| now.since(at) < PATIENCE) {
            return None;
        }
        untold.handed_at = Some(now);
        Some(untold.news)
    }

    /// Somebody has been told, or nobody could be.
    pub(super) fn told(&mut self, news: &AlertChange) {
        self.untold = self.untold.filter(|untold| untold.news != *news);
    }
}

fn is_recent(minute: &Minute, now: UnixTime) -> bool {
    now.since(minute.at) < WINDOW
}

fn untold(turn: Turn, since: UnixTime, seen: Alert) -> Untold {
    Untold {
        news: AlertChange {
            turn,
            since,
            runs: seen.runs,
            failed: seen.failed,
            threshold_percent: seen.threshold_percent,
        },
        handed_at: None,
    }
}
