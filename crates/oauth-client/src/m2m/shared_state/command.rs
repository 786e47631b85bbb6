//! What is asked of the board, and what it answers.

use oauth_core::UnixTime;
use oauth_core::breaker::{Breaker, BreakerState, Held, Pass, PeerFailed};
use serde::{Deserialize, Serialize};

use crate::m2m::hop::HopName;

/// A token that only those can read who share the key. The times are for the board's decisions; those that count
/// are sealed with the token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealedToken {
    /// Which token this is: each has a higher number than those before it.
    pub generation: u64,
    /// When it expires.
    pub expires_at: UnixTime,
    /// From when on it is renewed.
    pub renew_at: UnixTime,
    /// The sealed token in base64url.
    pub sealed: String,
}

#[cfg(test)]
documented::stored!(SealedToken);

/// How a request went that had been let through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AttemptOutcome {
    /// The peer.
    pub peer: HopName,
    /// The leave that it was made with.
    pub pass: Pass,
    /// How the peer failed, if it did.
    pub failed: Option<PeerFailed>,
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    /// May this peer be called?
    Admit {
        /// The peer.
        peer: HopName,
        /// The lease that the call is made under: a sign that its holder lives.
        lease: Option<u64>,
    },
    /// A call has ended.
    Report(AttemptOutcome),
    /// A token is wanted.
    Want {
        /// Whether the caller has one that lives, and wants the next one.
        ahead: bool,
        /// No generation up to this one is of use: the API has refused it.
        refused: u64,
        /// The renewal that the caller has waited for.
        waited_for: Option<u64>,
    },
    /// A token was got under the lease with its generation's number.
    Keep(SealedToken),
    /// The holder of a lease has no token to keep.
    GiveUp {
        /// The lease.
        lease: u64,
        /// A fixed word for the reason, for those who wait.
        error: Option<String>,
        /// For how many seconds nobody should try.
        pause: Option<i64>,
    },
    /// Every token there is counts as refused, and nobody is asked to wait any more.
    Forget,
    /// What is there?
    Look,
}

/// Whether a peer may be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Admission {
    /// The leave, or why there is none.
    pub pass: Result<Pass, Held>,
    /// The peer's breaker.
    pub breaker: Breaker,
    /// No generation up to this one is of use.
    pub refused: u64,
}

/// What the board knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct View {
    /// The token endpoint's breaker.
    pub token_endpoint: Breaker,
    /// The API's breaker.
    pub api: Breaker,
    /// When the token expires, and from when on it is renewed, if there is one that lives.
    pub token: Option<(UnixTime, UnixTime)>,
    /// Whether someone is renewing.
    pub renewing: bool,
}

/// What is answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Answer {
    /// Whether the peer may be called.
    Admission(Admission),
    /// The lease under which the call was to be made is another's by now.
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
    /// Someone else is asking the server.
    Busy {
        /// Their lease.
        number: u64,
    },
    /// Nobody should ask the server for some seconds.
    Wait {
        /// The seconds.
        seconds: i64,
    },
    /// The renewal that was waited for failed.
    Failed {
        /// A fixed word for the reason.
        error: String,
    },
    /// It is noted.
    Done,
    /// It is noted, and this is what the peer's breaker has become.
    Reported(Breaker),
    /// What the board knows.
    View(View),
}

/// A breaker has changed its state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// Whose.
    pub peer: HopName,
    /// What it was when somebody last looked.
    pub from: BreakerState,
    /// What it is.
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
    /// The changes that nobody has been told of yet.
    pub changes: Vec<Change>,
}
