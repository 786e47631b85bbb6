//! A machine-to-machine run.

use oauth_client::m2m::{CallFailed, Hop, HopName};
use serde::{Deserialize, Serialize};

/// A student, as `GET /students` of the API lists them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Student {
    /// The student's number.
    pub id: u64,
    /// The student's name.
    pub name: String,
}

/// `POST /m2m/run`, `GET /fetch-data`: one machine-to-machine run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// The id of the request that ran it, which is also in the log.
    pub id: String,
    /// The time when it began, in milliseconds since the Unix epoch.
    pub at: i64,
    /// Its outcome.
    pub outcome: Outcome,
    /// The students; empty when the run failed.
    pub students: Vec<Student>,
    /// The hops, in the order in which they were made.
    pub hops: Vec<Hop>,
    /// The duration of the whole run.
    pub milliseconds: u64,
}

/// The outcome of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields, tag = "result")]
pub enum Outcome {
    /// The students were read.
    Succeeded {},
    /// The run ended early.
    Failed {
        /// The hop that failed.
        hop: HopName,
        /// A fixed word for the reason.
        error: String,
        /// The failure and its remedy, for people.
        message: String,
    },
}

impl Outcome {
    /// Whether the students were read.
    pub const fn is_success(&self) -> bool {
        matches!(self, Self::Succeeded {})
    }
}

impl From<&CallFailed> for Outcome {
    fn from(failed: &CallFailed) -> Self {
        Self::Failed {
            hop: failed.hop(),
            error: failed.slug().to_owned(),
            message: failed.to_string(),
        }
    }
}
