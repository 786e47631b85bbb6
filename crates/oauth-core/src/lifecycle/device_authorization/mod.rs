//! A device authorization request (RFC 8628): a device asks, a user decides elsewhere, and the
//! device, which polls meanwhile, gets the decision once.
//!
//! No endpoint offers it yet: the metadata does not name the grant type.

use from_json::FromJson;
use serde::Serialize;

use crate::{
    UnixTime,
    id::{ClientId, UserId},
    scope::Scope,
};

/// Seconds between two polls, where the client was given no other interval (RFC 8628 §3.2).
pub const INTERVAL: i64 = 5;

/// By how much each poll that comes too early lengthens the interval, in seconds (RFC 8628 §3.5).
pub const SLOWER: i64 = 5;

/// The longest interval, in seconds: a client that never slows down is not driven beyond it.
pub const LONGEST_INTERVAL: i64 = 60;

/// A device's request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// The client on the device.
    pub client_id: ClientId,
    /// The requested scope.
    pub scope: Scope,
    /// The resource that it is for, in its registered form.
    pub resource: String,
    /// When the request, and both of its codes, stop counting.
    pub expires_at: UnixTime,
}

/// The grant of a user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    /// Who.
    pub user_id: UserId,
    /// What, at most what was asked for.
    pub scope: Scope,
    /// When they entered their password.
    pub auth_time: UnixTime,
}

/// A request. Absent means: never begun, or deleted some time after it expired.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(deny_unknown_fields)]
pub struct DeviceRequest {
    /// The version of this record: 1.
    pub version: u8,
    /// The device's request.
    pub asked: Asked,
    /// Where the request is in its life.
    pub state: State,
}

/// Where a request is in its life. That it has expired follows from the time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum State {
    /// No decision yet.
    Pending {
        /// Seconds to wait between two polls.
        interval: i64,
        /// When the device polled last.
        polled_at: Option<UnixTime>,
    },
    /// A user approved it; the device has not polled since.
    Approved(Approval),
    /// A user said no.
    Denied,
    /// The device received the approval, once.
    Redeemed,
}

/// A command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    /// Begin.
    Begin(Asked),
    /// The device asks whether someone has decided (RFC 8628 §3.4).
    Poll {
        /// The client, authenticated as its registration says.
        client_id: ClientId,
    },
    /// Look what is asked for, so that a user can decide.
    Look,
    /// A user said yes, and the user code led here.
    Approve(Approval),
    /// A user said no.
    Deny,
}

/// A reply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Reply {
    /// It is so now.
    Done,
    /// A request that waits for a decision.
    Waiting(Asked),
    /// The device gets what it asked for, as far as the user granted it. It gets the decision once.
    Granted {
        /// The requested scope.
        asked: Asked,
        /// The details of the grant.
        approval: Approval,
    },
    /// No, and why.
    Refused(No),
}

/// Why not (RFC 8628 §3.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(rename_all = "snake_case")]
pub enum No {
    /// There is no such request, or it is another client's: `invalid_grant`.
    Unknown,
    /// The device already has its answer: `invalid_grant`.
    Redeemed,
    /// The same device code began twice, which is a fault.
    Exists,
    /// `authorization_pending`
    Pending,
    /// `slow_down`
    SlowDown,
    /// `access_denied`
    Denied,
    /// `expired_token`
    Expired,
    /// A decision exists already, or more was granted than asked for.
    Undecidable,
}

type Next = (Option<DeviceRequest>, Reply);

fn refused(request: Option<DeviceRequest>, no: No) -> Next {
    (request, Reply::Refused(no))
}

/// One step in the life of a request.
pub fn step(request: Option<DeviceRequest>, command: Command, now: UnixTime) -> Next {
    let Some(request) = request else {
        return match command {
            Command::Begin(asked) => (Some(begin(asked)), Reply::Done),
            Command::Poll { .. } | Command::Look | Command::Approve(_) | Command::Deny => {
                refused(None, No::Unknown)
            }
        };
    };
    match command {
        // A device code is 128 random bits or more: the same one twice is a fault, and harmless.
        Command::Begin(_) => refused(Some(request), No::Exists),
        Command::Poll { client_id } => poll(request, &client_id, now),
        Command::Look => {
            let waiting = undecided(&request, now).map(|()| request.asked.clone());
            let reply = waiting.map_or_else(Reply::Refused, Reply::Waiting);
            (Some(request), reply)
        }
        Command::Approve(approval) => {
            let within = approval.scope.is_subset_of(&request.asked.scope);
            let no = (!within).then_some(No::Undecidable);
            decide(request, no, State::Approved(approval), now)
        }
        Command::Deny => decide(request, None, State::Denied, now),
    }
}

/// When a request's record may be deleted: from then on it is as unknown as one that never began.
pub fn ends_at(request: &DeviceRequest) -> UnixTime {
    request.asked.expires_at
}

fn begin(asked: Asked) -> DeviceRequest {
    DeviceRequest {
        version: 1,
        asked,
        state: State::Pending {
            interval: INTERVAL,
            polled_at: None,
        },
    }
}

/// The order is the defence: another client learns nothing and changes nothing, not even the pace.
fn poll(request: DeviceRequest, client_id: &ClientId, now: UnixTime) -> Next {
    // 1. The client that it was issued to.
    if request.asked.client_id != *client_id {
        return refused(Some(request), No::Unknown);
    }
    // 2. Not answered before.
    if request.state == State::Redeemed {
        return refused(Some(request), No::Redeemed);
    }
    // 3. In time.
    if now >= request.asked.expires_at {
        return refused(Some(request), No::Expired);
    }
    // 4. The decision. Once there is one, the interval no longer applies.
    let DeviceRequest {
        version,
        asked,
        state,
    } = request;
    let (state, reply) = decision(state, &asked, now);
    let request = DeviceRequest {
        version,
        asked,
        state,
    };
    (Some(request), reply)
}

/// The reply to a poll in time, and the state after it.
fn decision(state: State, asked: &Asked, now: UnixTime) -> (State, Reply) {
    match state {
        State::Pending {
            interval,
            polled_at,
        } => {
            let (interval, no) = pace(interval, polled_at, now);
            let polled_at = Some(now);
            let state = State::Pending {
                interval,
                polled_at,
            };
            (state, Reply::Refused(no))
        }
        State::Approved(approval) => {
            let asked = asked.clone();
            (State::Redeemed, Reply::Granted { asked, approval })
        }
        State::Denied => (State::Denied, Reply::Refused(No::Denied)),
        State::Redeemed => (State::Redeemed, Reply::Refused(No::Redeemed)),
    }
}

/// The interval from now on, and the reply to a poll that found no decision.
fn pace(interval: i64, polled_at: Option<UnixTime>, now: UnixTime) -> (i64, No) {
    match polled_at {
        Some(before) if now.since(before) < interval => {
            let slower = interval.saturating_add(SLOWER).min(LONGEST_INTERVAL);
            (slower, No::SlowDown)
        }
        Some(_) | None => (interval, No::Pending),
    }
}

/// Whether a decision is still possible. Expired, decided and unknown look the same to a user who
/// guesses codes; the endpoint sees to that.
fn undecided(request: &DeviceRequest, now: UnixTime) -> Result<(), No> {
    if now >= request.asked.expires_at {
        return Err(No::Expired);
    }
    match request.state {
        State::Pending { .. } => Ok(()),
        State::Approved(_) | State::Denied | State::Redeemed => Err(No::Undecidable),
    }
}

fn decide(request: DeviceRequest, no: Option<No>, state: State, now: UnixTime) -> Next {
    match undecided(&request, now).err().or(no) {
        Some(no) => refused(Some(request), no),
        None => (Some(DeviceRequest { state, ..request }), Reply::Done),
    }
}

#[cfg(test)]
mod tests;
