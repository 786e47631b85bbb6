//! The health of the app.

use serde::{Deserialize, Serialize};

/// `GET /health` of the app: it is well when it answers; its peers are listed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Health {
    /// `ok`.
    pub status: String,
    /// The authorization server, as the app reaches it.
    pub auth: PeerHealth,
    /// The API, as the app reaches it.
    pub api: PeerHealth,
}

/// Whether a peer answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PeerHealth {
    /// It answered that it is well.
    Ok,
    /// It answered, but is not well.
    Failing,
    /// It did not answer in time.
    Unreachable,
}
