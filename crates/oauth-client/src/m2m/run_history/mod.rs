//! What is remembered of the caller's runs: the last of them, the hours, whether too many fail, and the trouble that
//! an operator has provoked.
//!
//! A lifecycle in rows: a hundred rows of runs that take turns, one row an hour, one for what is counted on the way.
//! Recording a run reads two rows and writes three, however much is kept.

mod tally;
mod watch;

#[cfg(test)]
mod tests;

use oauth_core::lifecycle::rows::{self, Change, Rows, Stay, Step, Sweep};
use oauth_core::{Fault, UnixTime};
use serde::{Deserialize, Serialize};

pub use tally::{Hour, Tally};
pub use watch::{Alert, AlertChange, Turn};

use super::run_facts::RunFacts;
use watch::Watch;

/// So many runs are kept.
pub const RUNS: u64 = 100;
/// So long, in seconds, everything is kept: 48 hours.
pub const RETENTION: i64 = 48 * HOUR;
/// A trouble ends by itself after this time, in seconds.
pub const TROUBLE_LASTS: i64 = 120;

const HOUR: i64 = 3_600;

const RUN: &str = "run/";
const HOURS: &str = "hour/";
const HEAD: &str = "head";
const TROUBLE: &str = "trouble";

/// What can be asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    /// Remember a run.
    Record {
        /// The run.
        run: RunFacts,
        /// From how many failures in a hundred runs there is an alert; 0 for never.
        threshold_percent: u32,
    },
    /// The news was told, or is given up.
    Reported(AlertChange),
    /// Say what is remembered.
    Recall {
        /// As for a run.
        threshold_percent: u32,
    },
    /// Begin a trouble in place of any other, or end the one there is.
    Provoke(Option<Trouble>),
    /// Say which trouble there is.
    AskTrouble,
}

impl Command {
    /// Whether asking twice is like asking once.
    pub const fn is_idempotent(&self) -> bool {
        match self {
            Self::Record { .. } => false,
            Self::Reported(_) | Self::Recall { .. } | Self::Provoke(_) | Self::AskTrouble => true,
        }
    }
}

/// What is answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Reply {
    /// It is remembered. Whoever gets news tells it, and then says so.
    Recorded(Option<AlertChange>),
    /// Very well.
    Done,
    /// What is remembered.
    History(History),
    /// The trouble that there is.
    Trouble(Option<ActiveTrouble>),
}

/// Everything that is remembered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct History {
    /// The last runs, the latest first.
    pub runs: Vec<RunFacts>,
    /// The hours in which there was a run, the latest first.
    pub hours: Vec<Hour>,
    /// Whether too many runs fail.
    pub alert: Alert,
    /// The trouble that there is.
    pub trouble: Option<ActiveTrouble>,
}

/// What an operator may provoke, to watch the caller cope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trouble {
    /// The authorization server takes its time.
    Slow,
    /// It answers 500.
    ServerError,
    /// It answers 429 and says when to come back.
    TooManyRequests,
    /// It knows another key of this client.
    RotatedKey,
    /// The token that the caller holds is revoked.
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

/// A trouble that there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActiveTrouble {
    /// Which.
    pub trouble: Trouble,
    /// When it ends by itself.
    pub ends_at: UnixTime,
}

/// What is counted on the way.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    /// The number of the next run.
    next: u64,
    watch: Watch,
}

/// A run as it is kept: its number says which of two is the later.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredRun {
    number: u64,
    at: UnixTime,
    run: RunFacts,
}

#[cfg(test)]
documented::stored!(Head, StoredRun, ActiveTrouble);

/// One step.
pub fn step(rows: &impl Rows, command: Command, now: UnixTime) -> Result<Step<Reply>, Fault> {
    match command {
        Command::Record {
            run,
            threshold_percent,
        } => record(rows, run, threshold_percent, now),
        Command::Reported(news) => told(rows, &news),
        Command::Recall { threshold_percent } => {
            let history = recall(rows, threshold_percent, now)?;
            Ok(Step::answer(Reply::History(history)))
        }
        Command::Provoke(trouble) => provoke(trouble, now),
        Command::AskTrouble => Ok(Step::answer(Reply::Trouble(trouble_now(rows, now)?))),
    }
}

fn record(
    rows: &impl Rows,
    run: RunFacts,
    threshold_percent: u32,
    now: UnixTime,
) -> Result<Step<Reply>, Fault> {
    let mut head: Head = rows::find(rows, HEAD)?.unwrap_or_default();
    let beginning = UnixTime(now.0 - now.0.rem_euclid(HOUR));
    let key = hour_key(beginning);
    let mut hour = rows::find(rows, &key)?.unwrap_or_else(|| Hour::beginning(beginning));
    hour.add(&run);
    let news = head
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
        reply: Reply::Recorded(news),
    })
}

fn told(rows: &impl Rows, news: &AlertChange) -> Result<Step<Reply>, Fault> {
    let Some(mut head) = rows::find::<Head>(rows, HEAD)? else {
        return Ok(Step::answer(Reply::Done));
    };
    head.watch.told(news);
    Ok(Step {
        changes: vec![rows::put(HEAD.to_owned(), &head)?],
        wake_at: None,
        reply: Reply::Done,
    })
}

fn recall(rows: &impl Rows, threshold_percent: u32, now: UnixTime) -> Result<History, Fault> {
    let mut kept: Vec<StoredRun> = all(rows, RUN)?;
    kept.retain(|kept| now.since(kept.at) < RETENTION);
    kept.sort_by_key(|kept| std::cmp::Reverse(kept.number));
    let mut hours: Vec<Hour> = all(rows, HOURS)?;
    hours.retain(|hour| now < hour.ends_at());
    hours.reverse();
    let head: Head = rows::find(rows, HEAD)?.unwrap_or_default();
    Ok(History {
        runs: kept.into_iter().map(|kept| kept.run).collect(),
        hours,
        alert: head.watch.alert(threshold_percent, now),
        trouble: trouble_now(rows, now)?,
    })
}

fn all<T: serde::de::DeserializeOwned>(rows: &impl Rows, prefix: &str) -> Result<Vec<T>, Fault> {
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

/// Finds the rows, after `after`, that have had their time.
pub fn sweep(rows: &impl Rows, after: Option<&str>, now: UnixTime) -> Result<Sweep, Fault> {
    rows::sweep(rows, after, now, |key, text| {
        if key.starts_with(RUN) {
            return rows::read::<StoredRun>(text).map(|kept| Stay::Until(kept.at.plus(RETENTION)));
        }
        if key.starts_with(HOURS) {
            return rows::read::<Hour>(text).map(|hour| Stay::Until(hour.ends_at()));
        }
        if key == TROUBLE {
            return rows::read::<ActiveTrouble>(text).map(|active| Stay::Until(active.ends_at));
        }
        // What is counted on the way, and a row of the host's own.
        Ok(Stay::WithOthers)
    })
}

/// Runs take turns in as many rows as are kept.
fn run_key(number: u64) -> String {
    format!("{RUN}{:02}", number % RUNS)
}

/// In the order of time.
fn hour_key(beginning: UnixTime) -> String {
    format!("{HOURS}{:012}", beginning.0)
}
