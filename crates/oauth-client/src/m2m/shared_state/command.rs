//! The commands to the shared state, each with answers of its own.

use from_json::FromJson;
use oauth_core::UnixTime;
use oauth_core::breaker::{Breaker, PeerFailed, Permit};
use oauth_core::lifecycle::ask::ask;
use serde::Serialize;

// A reply to a command is the answer alone; the changes beside it are for the log.
use super::reply::{Admission, Answer as Reply, Overtaken, View, WantReply};
use crate::m2m::run::hop::HopName;

/// A token that only the isolates of this client can open. The times are for the decisions of the shared state; the
/// ones that count are sealed with the token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(deny_unknown_fields)]
pub struct SealedToken {
    /// Which token this is: each has a higher number than those before it.
    pub generation: u64,
    /// The time when it expires.
    pub expires_at: UnixTime,
    /// From when it is renewed.
    pub renew_at: UnixTime,
    /// The sealed token in base64url.
    pub sealed: String,
}

#[cfg(test)]
documented::stored!(SealedToken);

/// The outcome of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(deny_unknown_fields)]
pub struct AttemptOutcome {
    /// The peer.
    pub peer: HopName,
    /// The breaker's permission for it.
    #[serde(rename = "pass")]
    pub permit: Permit,
    /// The peer's failure, if it failed.
    pub failed: Option<PeerFailed>,
}

/// Asks whether a peer may be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(deny_unknown_fields)]
pub struct Admit {
    /// The peer.
    pub peer: HopName,
    /// The lease that the call is made under. It is extended.
    pub lease: Option<u64>,
}

/// Reports that a call has ended; the reply is the peer's breaker after it.
#[derive(Clone, Copy, Debug)]
pub struct Report(pub AttemptOutcome);

/// Asks for a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(deny_unknown_fields)]
pub struct Want {
    /// Whether the caller still has a valid one, and wants the next.
    pub ahead: bool,
    /// The API has refused the generations up to this one.
    pub refused: u64,
    /// The renewal that the caller has waited for.
    pub waited_for: Option<u64>,
}

/// Shares the token that the holder of a lease obtained. Its generation is the lease's number.
#[derive(Clone, Debug)]
pub struct Keep(pub SealedToken);

/// Ends a lease whose holder obtained no token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(deny_unknown_fields)]
pub struct GiveUp {
    /// The lease.
    pub lease: u64,
    /// A fixed word for the reason, for those that wait.
    pub error: Option<String>,
    /// The seconds for which no isolate should try.
    pub pause: Option<i64>,
}

/// Treats every token as refused, and ends any pause.
#[derive(Clone, Copy, Debug)]
pub struct Forget;

/// Reads the state.
#[derive(Clone, Copy, Debug)]
pub struct Look;

/// A command as it is sent to the shared state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    /// [`Admit`].
    Admit(Admit),
    /// [`Report`].
    Report(AttemptOutcome),
    /// [`Want`].
    Want(Want),
    /// [`Keep`].
    Keep(SealedToken),
    /// [`GiveUp`].
    GiveUp(GiveUp),
    /// [`Forget`].
    Forget,
    /// [`Look`].
    Look,
}

ask!(Admit => Command::Admit, Result<Admission, Overtaken>, {
    Reply::Admission(admission) => Ok(admission),
    Reply::Overtaken => Err(Overtaken),
});
ask!(Report => |Report(outcome)| Command::Report(outcome), Breaker, {
    Reply::Reported(breaker) => breaker,
});
ask!(Want => Command::Want, WantReply, {
    Reply::Token(token) => WantReply::Token(token),
    Reply::Lease { number, renewal } => WantReply::Lease { number, renewal },
    Reply::Busy { number } => WantReply::Busy(number),
    Reply::Wait { seconds } => WantReply::Wait(seconds),
    Reply::Failed { error } => WantReply::Failed(error),
});
ask!(Keep => |Keep(token)| Command::Keep(token), (), { Reply::Done => () });
// A lease that another isolate has needs no end.
ask!(GiveUp => Command::GiveUp, (), { Reply::Done | Reply::Overtaken => () });
ask!(Forget => |_| Command::Forget, (), { Reply::Done => () });
ask!(Look => |_| Command::Look, View, { Reply::View(view) => view });
