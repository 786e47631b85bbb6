//! The replies of the shared state.

use from_json::FromJson;
use oauth_core::UnixTime;
use oauth_core::breaker::{Breaker, BreakerState, Open, PeerFailed, Permit};
use serde::Serialize;

use super::command::SealedToken;
use crate::m2m::run::hop::HopName;

/// The decision whether a peer may be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(deny_unknown_fields)]
pub struct Admission {
    /// The permission, or why there is none.
    #[serde(rename = "pass")]
    pub permit: Result<Permit, Open>,
    /// The peer's breaker.
    pub breaker: Breaker,
    /// The generations up to this one have been refused.
    pub refused: u64,
}

/// The lease for the call now belongs to another isolate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overtaken;

/// The reply to a caller that wants a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WantReply {
    /// Here it is.
    Token(SealedToken),
    /// Ask the server for it.
    Lease {
        /// The lease, and the generation of the token that comes of it.
        number: u64,
        /// Whether it takes the place of an earlier token.
        renewal: bool,
    },
    /// Another isolate, which has this lease, is asking the server.
    Busy(u64),
    /// No isolate should ask the server for so many seconds.
    Wait(i64),
    /// The renewal that was waited for failed, for this reason.
    Failed(String),
}

/// A view of the shared state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, FromJson)]
#[serde(deny_unknown_fields)]
pub struct View {
    /// The token endpoint's breaker.
    pub token_endpoint: Breaker,
    /// The API's breaker.
    pub api: Breaker,
    /// The times when the token expires and from when it is renewed, if there is a valid one.
    pub token: Option<(UnixTime, UnixTime)>,
    /// Whether an isolate is renewing.
    pub renewing: bool,
}

/// The answer to a command, as it is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Answer {
    /// Whether the peer may be called.
    Admission(Admission),
    /// The lease for the call now belongs to another isolate.
    Overtaken,
    /// Here is a token.
    Token(SealedToken),
    /// Ask the server for a token; it will have this number.
    Lease {
        /// The lease, and the generation of the token that comes of it.
        number: u64,
        /// Whether it takes the place of an earlier token.
        renewal: bool,
    },
    /// Another isolate is asking the server.
    Busy {
        /// Its lease.
        number: u64,
    },
    /// No isolate should ask the server for some seconds.
    Wait {
        /// The seconds.
        seconds: i64,
    },
    /// The renewal that was waited for failed.
    Failed {
        /// A fixed word for the reason.
        error: String,
    },
    /// Done; nothing to report.
    Done,
    /// The outcome is recorded. This is the peer's breaker after it.
    Reported(Breaker),
    /// The state.
    View(View),
}

/// A breaker has changed its state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// The peer.
    pub peer: HopName,
    /// The state at the last reply.
    pub from: BreakerState,
    /// The state now.
    pub to: BreakerState,
    /// The last failure.
    pub reason: Option<PeerFailed>,
}

/// The reply to a command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(deny_unknown_fields)]
pub struct Reply {
    /// The answer.
    pub answer: Answer,
    /// The changes since the last reply.
    pub changes: Vec<Change>,
}
