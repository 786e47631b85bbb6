//! The commands to the history, each with replies of its own.

use from_json::FromJson;
use oauth_core::lifecycle::ask::ask;
use serde::Serialize;

use super::{ActiveTrouble, AlertChange, History, Trouble};
use crate::m2m::run::RunFacts;

/// Records a run. The caller reports the change of the alert, if any, and then says so ([`Reported`]).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// The run.
    pub run: RunFacts,
    /// The failures in a hundred runs from which there is an alert; 0 for never.
    pub threshold_percent: u32,
}

/// The change of the alert was reported, or could not be.
#[derive(Clone, Copy, Debug)]
pub struct Reported(pub AlertChange);

/// Reads the history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(deny_unknown_fields)]
pub struct Recall {
    /// As for a run.
    pub threshold_percent: u32,
}

/// Begins a trouble in place of any other, or ends the one there is.
#[derive(Clone, Copy, Debug)]
pub struct Provoke(pub Option<Trouble>);

/// Reads the trouble at the moment.
#[derive(Clone, Copy, Debug)]
pub struct AskTrouble;

/// A command as it is sent to the history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    /// [`Record`].
    Record(Record),
    /// [`Reported`].
    Reported(AlertChange),
    /// [`Recall`].
    Recall(Recall),
    /// [`Provoke`].
    Provoke(Option<Trouble>),
    /// [`AskTrouble`].
    AskTrouble,
}

impl Command {
    /// Whether giving it twice is like giving it once.
    pub const fn is_idempotent(&self) -> bool {
        match self {
            Self::Record(_) => false,
            Self::Reported(_) | Self::Recall(_) | Self::Provoke(_) | Self::AskTrouble => true,
        }
    }
}

/// A reply as it is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Reply {
    /// The run is recorded, and this is the change of the alert that is to be reported.
    Recorded(Option<AlertChange>),
    /// Done; nothing to report.
    Done,
    /// The history.
    History(History),
    /// The trouble at the moment.
    Trouble(Option<ActiveTrouble>),
}

ask!(Record => Command::Record, Option<AlertChange>, { Reply::Recorded(change) => change });
ask!(Reported => |Reported(change)| Command::Reported(change), (), { Reply::Done => () });
ask!(Recall => Command::Recall, History, { Reply::History(history) => history });
ask!(Provoke => |Provoke(trouble)| Command::Provoke(trouble), (), { Reply::Done => () });
ask!(AskTrouble => |_| Command::AskTrouble, Option<ActiveTrouble>, {
    Reply::Trouble(active) => active,
});
