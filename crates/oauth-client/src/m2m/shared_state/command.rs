//! The commands to the shared state, and its answers.

use oauth_core::UnixTime;
use oauth_core::breaker::{Breaker, BreakerState, Held, Pass, PeerFailed};
use serde::{Deserialize, Serialize};

use crate::m2m::hop::HopName;

/// A token that only the isolates of this client can open. The times are for the decisions of the shared state; the
/// ones that count are sealed with the token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealedToken {
    /// Which token this is: each has a higher number than those before it.
    pub generation: u64,
    /// When it expires.
    pub expires_at: UnixTime,
    /// From when it is renewed.
    pub renew_at: UnixTime,
    /// The sealed token in base64url.
    pub sealed: String,
}

#[cfg(test)]
documented::stored!(SealedToken);

/// The outcome of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AttemptOutcome {
    /// The peer.
    pub peer: HopName,
    /// The breaker's permission for it.
    pub pass: Pass,
    /// How the peer failed, if it did.
    pub failed: Option<PeerFailed>,
}

/// A command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    /// May this peer be called?
    Admit {
        /// The peer.
        peer: HopName,
        /// The lease that the call is made under. It is extended.
        lease: Option<u64>,
    },
    /// A call has ended.
    Report(AttemptOutcome),
    /// A token is wanted.
    Want {
        /// Whether the caller still has a valid one, and wants the next.
        ahead: bool,
        /// The API has refused the generations up to this one.
        refused: u64,
        /// The renewal that the caller has waited for.
        waited_for: Option<u64>,
    },
    /// The holder of a lease obtained a token, whose generation is the lease's number.
    Keep(SealedToken),
    /// The holder of a lease obtained no token.
    GiveUp {
        /// The lease.
        lease: u64,
        /// A fixed word for the reason, for those that wait.
        error: Option<String>,
        /// The seconds for which no isolate should try.
        pause: Option<i64>,
    },
    /// Treat every token as refused, and end any pause.
    Forget,
    /// Read the state.
    Look,
}

/// The decision whether a peer may be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Admission {
    /// The permission, or why there is none.
    pub pass: Result<Pass, Held>,
    /// The peer's breaker.
    pub breaker: Breaker,
    /// The generations up to this one have been refused.
    pub refused: u64,
}

/// A view of the shared state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct View {
    /// The token endpoint's breaker.
    pub token_endpoint: Breaker,
    /// The API's breaker.
    pub api: Breaker,
    /// When the token expires, and from when it is renewed, if there is a valid one.
    pub token: Option<(UnixTime, UnixTime)>,
    /// Whether an isolate is renewing.
    pub renewing: bool,
}

/// The answer to a command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reply {
    /// The answer.
    pub answer: Answer,
    /// The changes since the last reply.
    pub changes: Vec<Change>,
}
