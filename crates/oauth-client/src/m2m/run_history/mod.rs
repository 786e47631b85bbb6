//! The history of the client's runs: the last of them, the counts of each hour, whether too many fail, and the trouble
//! that an operator has provoked.
//!
//! Each command has replies of its own ([`Record`], [`Reported`], [`Recall`], [`Provoke`], [`AskTrouble`]).
//!
//! A lifecycle in rows: a hundred rows of runs, the oldest overwritten, one row an hour, one of running counts.
//! Recording a run reads two rows and writes three, however long the history is.

mod command;
mod tally;
mod watch;

#[cfg(test)]
mod tests;

use from_json::FromJson;
use oauth_core::lifecycle::rows::{self, Change, Rows, Stay, Step, Sweep};
use oauth_core::{Fault, UnixTime};
use serde::Serialize;

pub use command::{AskTrouble, Command, Provoke, Recall, Record, Reply, Reported};
pub use tally::{Hour, Tally};
pub use watch::{Alert, AlertChange, Turn};

use super::run::RunFacts;
use watch::Watch;

/// The number of runs in the history.
pub const RUNS: u64 = 100;
/// The span of the history, in seconds: 48 hours.
pub const RETENTION: i64 = 48 * HOUR;
/// A trouble ends after this time, in seconds.
pub const TROUBLE_LASTS: i64 = 120;

const HOUR: i64 = 3_600;

const RUN: &str = "run/";
const HOURS: &str = "hour/";
const HEAD: &str = "head";
const TROUBLE: &str = "trouble";

/// The history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(deny_unknown_fields)]
pub struct History {
    /// The last runs, the latest first.
    pub runs: Vec<RunFacts>,
    /// The hours in which there was a run, the latest first.
    pub hours: Vec<Hour>,
    /// Whether too many runs fail.
    pub alert: Alert,
    /// The trouble at the moment.
    pub trouble: Option<ActiveTrouble>,
}

/// A trouble that an operator may provoke, to see the client recover.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(rename_all = "snake_case")]
pub enum Trouble {
    /// The authorization server takes its time.
    Slow,
    /// It answers 500.
    ServerError,
    /// It answers 429 and says when to come back.
    TooManyRequests,
    /// It has another key for this client.
    RotatedKey,
    /// The client's token is revoked.
    RevokedToken,
    /// The API cannot be reached.
    DeadApi,
}

impl Trouble {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Slow,
        Self::ServerError,
        Self::TooManyRequests,
        Self::RotatedKey,
        Self::RevokedToken,
        Self::DeadApi,
    ];
}

/// A trouble in progress.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(deny_unknown_fields)]
pub struct ActiveTrouble {
    /// Which.
    pub trouble: Trouble,
    /// The time when it ends.
    pub ends_at: UnixTime,
}

/// The running counts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, FromJson)]
#[serde(deny_unknown_fields)]
struct Head {
    /// The number of the next run.
    next: u64,
    watch: Watch,
}

/// A run as it is stored. Its number gives the order.
#[derive(Serialize, FromJson)]
#[serde(deny_unknown_fields)]
struct StoredRun {
    number: u64,
    at: UnixTime,
    run: RunFacts,
}

#[cfg(test)]
documented::stored!(Head, StoredRun, ActiveTrouble);

/// Carries out a command.
pub fn step(rows: &impl Rows, command: Command, now: UnixTime) -> Result<Step<Reply>, Fault> {
    match command {
        Command::Record(record) => self::record(rows, record, now),
        Command::Reported(change) => reported(rows, &change),
        Command::Recall(recall) => {
            let history = self::recall(rows, recall.threshold_percent, now)?;
            Ok(Step::answer(Reply::History(history)))
        }
        Command::Provoke(trouble) => provoke(trouble, now),
        Command::AskTrouble => Ok(Step::answer(Reply::Trouble(trouble_now(rows, now)?))),
    }
}

fn record(rows: &impl Rows, record: Record, now: UnixTime) -> Result<Step<Reply>, Fault> {
    let Record {
        run,
        threshold_percent,
    } = record;
    let mut head: Head = rows::find(rows, HEAD)?.unwrap_or_default();
    let beginning = UnixTime(now.0 - now.0.rem_euclid(HOUR));
    let key = hour_key(beginning);
    let mut hour = rows::find(rows, &key)?.unwrap_or_else(|| Hour::beginning(beginning));
    hour.add(&run);
    let change = head
        .watch
        .count(run.error.is_some(), threshold_percent, now);
    let number = head.next;
    head.next = number.saturating_add(1);
    let at = now;
    Ok(Step {
        changes: vec![
            rows::put(run_key(number), &StoredRun { number, at, run })?,
            rows::put(key, &hour)?,
            rows::put(HEAD.to_owned(), &head)?,
        ],
        wake_at: Some(now.plus(RETENTION)),
        reply: Reply::Recorded(change),
    })
}

fn reported(rows: &impl Rows, change: &AlertChange) -> Result<Step<Reply>, Fault> {
    let Some(mut head) = rows::find::<Head>(rows, HEAD)? else {
        return Ok(Step::answer(Reply::Done));
    };
    head.watch.reported(change);
    Ok(Step {
        changes: vec![rows::put(HEAD.to_owned(), &head)?],
        wake_at: None,
        reply: Reply::Done,
    })
}

fn recall(rows: &impl Rows, threshold_percent: u32, now: UnixTime) -> Result<History, Fault> {
    let mut stored: Vec<StoredRun> = all(rows, RUN)?;
    stored.retain(|stored| now.since(stored.at) < RETENTION);
    stored.sort_by_key(|stored| std::cmp::Reverse(stored.number));
    let mut hours: Vec<Hour> = all(rows, HOURS)?;
    hours.retain(|hour| now < hour.ends_at());
    hours.reverse();
    let head: Head = rows::find(rows, HEAD)?.unwrap_or_default();
    Ok(History {
        runs: stored.into_iter().map(|stored| stored.run).collect(),
        hours,
        alert: head.watch.alert(threshold_percent, now),
        trouble: trouble_now(rows, now)?,
    })
}

fn all<T: FromJson>(rows: &impl Rows, prefix: &str) -> Result<Vec<T>, Fault> {
    let page = rows.rows(prefix, None, rows::SWEEP)?;
    page.iter().map(|(_, text)| rows::read(text)).collect()
}

fn provoke(trouble: Option<Trouble>, now: UnixTime) -> Result<Step<Reply>, Fault> {
    let key = TROUBLE.to_owned();
    let Some(trouble) = trouble else {
        return Ok(Step {
            changes: vec![Change::Delete { key }],
            wake_at: None,
            reply: Reply::Done,
        });
    };
    let ends_at = now.plus(TROUBLE_LASTS);
    Ok(Step {
        changes: vec![rows::put(key, &ActiveTrouble { trouble, ends_at })?],
        wake_at: Some(ends_at),
        reply: Reply::Done,
    })
}

fn trouble_now(rows: &impl Rows, now: UnixTime) -> Result<Option<ActiveTrouble>, Fault> {
    let trouble: Option<ActiveTrouble> = rows::find(rows, TROUBLE)?;
    Ok(trouble.filter(|trouble| now < trouble.ends_at))
}

/// Finds the rows, after `after`, that may be deleted.
pub fn sweep(rows: &impl Rows, after: Option<&str>, now: UnixTime) -> Result<Sweep, Fault> {
    rows::sweep(rows, after, now, |key, text| {
        if key.starts_with(RUN) {
            return rows::read::<StoredRun>(text)
                .map(|stored| Stay::Until(stored.at.plus(RETENTION)));
        }
        if key.starts_with(HOURS) {
            return rows::read::<Hour>(text).map(|hour| Stay::Until(hour.ends_at()));
        }
        if key == TROUBLE {
            return rows::read::<ActiveTrouble>(text).map(|active| Stay::Until(active.ends_at));
        }
        // The running counts, and the host's row.
        Ok(Stay::WithOthers)
    })
}

/// The row of a run: that of the run a hundred before it.
fn run_key(number: u64) -> String {
    format!("{RUN}{:02}", number % RUNS)
}

/// In the order of time.
fn hour_key(beginning: UnixTime) -> String {
    format!("{HOURS}{:012}", beginning.0)
}
