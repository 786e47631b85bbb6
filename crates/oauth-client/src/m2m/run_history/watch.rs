//! The alert: whether too many runs failed within the last minutes.
//!
//! It begins with enough failures among enough runs, and ends when runs fail less than half as often: a share around
//! the threshold does not make it come and go. Silence ends nothing, because it shows nothing.

use from_json::FromJson;
use oauth_core::UnixTime;
use serde::Serialize;

/// The window, in seconds, in steps of a minute.
const WINDOW: i64 = 600;
const MINUTE: i64 = 60;
/// With fewer runs than this in the window no alert begins.
const FEWEST: u32 = 5;
/// A change that was given to a caller, and has not been reported since, is given to another after this time, in seconds.
const PATIENCE: i64 = 30;

/// Whether too many runs fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(deny_unknown_fields)]
pub struct Alert {
    /// The runs in the window.
    pub runs: u32,
    /// The number of them that failed.
    pub failed: u32,
    /// The failures in a hundred runs from which there is an alert; 0 for never.
    pub threshold_percent: u32,
    /// Since when there is one.
    pub since: Option<UnixTime>,
}

/// The beginning or the end of an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(rename_all = "snake_case")]
pub enum Turn {
    /// It begins.
    Began,
    /// It ends.
    Ended,
}

/// An alert that has begun or ended, and is still to be reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(deny_unknown_fields)]
pub struct AlertChange {
    /// Whether it began or ended.
    pub turn: Turn,
    /// The time when the alert began.
    pub since: UnixTime,
    /// The runs in the window when it happened.
    pub runs: u32,
    /// The number of them that failed.
    pub failed: u32,
    /// The failures in a hundred runs from which there is an alert.
    pub threshold_percent: u32,
}

/// A minute in which there was a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(deny_unknown_fields)]
struct Minute {
    at: UnixTime,
    runs: u32,
    failed: u32,
}

/// A change that is still to be reported, and when it was last given to a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(deny_unknown_fields)]
struct Unreported {
    #[serde(rename = "news")]
    change: AlertChange,
    #[serde(rename = "handed_at")]
    given_at: Option<UnixTime>,
}

/// The window, and the alert that follows from it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, FromJson)]
#[serde(deny_unknown_fields)]
pub(super) struct Watch {
    /// The window's minutes, the oldest first; a minute without a run is left out.
    minutes: Vec<Minute>,
    /// Since when there is an alert.
    since: Option<UnixTime>,
    #[serde(rename = "untold")]
    unreported: Option<Unreported>,
}

#[cfg(test)]
documented::stored!(Watch, Minute, Unreported, AlertChange);

impl Watch {
    /// Counts a run. The caller reports the change, if any.
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
        self.give_out(now)
    }

    /// The alert, as the window shows it.
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
            self.unreported = None;
            return;
        }
        let share = u64::from(seen.failed).saturating_mul(100);
        let bound = u64::from(seen.threshold_percent).saturating_mul(seen.runs.into());
        match seen.since {
            None if seen.runs >= FEWEST && share >= bound => {
                self.since = Some(now);
                self.unreported = Some(unreported(Turn::Began, now, seen));
            }
            Some(since) if share.saturating_mul(2) < bound => {
                self.since = None;
                self.unreported = Some(unreported(Turn::Ended, since, seen));
            }
            None | Some(_) => {}
        }
    }

    fn give_out(&mut self, now: UnixTime) -> Option<AlertChange> {
        let unreported = self.unreported.as_mut()?;
        let given = unreported.given_at;
        if given.is_some_and(|at| now.since(at) < PATIENCE) {
            return None;
        }
        unreported.given_at = Some(now);
        Some(unreported.change)
    }

    /// The change was reported, or could not be.
    pub(super) fn reported(&mut self, change: &AlertChange) {
        self.unreported = self
            .unreported
            .filter(|unreported| unreported.change != *change);
    }
}

fn is_recent(minute: &Minute, now: UnixTime) -> bool {
    now.since(minute.at) < WINDOW
}

fn unreported(turn: Turn, since: UnixTime, seen: Alert) -> Unreported {
    Unreported {
        change: AlertChange {
            turn,
            since,
            runs: seen.runs,
            failed: seen.failed,
            threshold_percent: seen.threshold_percent,
        },
        given_at: None,
    }
}
