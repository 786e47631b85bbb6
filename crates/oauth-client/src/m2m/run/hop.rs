//! The hops of a run: every request to a peer, and every token from a cache. Nothing in them is secret.

use from_json::FromJson;
use oauth_core::UnixTime;
use oauth_core::breaker::{self, BreakerState};
use serde::Serialize;

/// The hops of a run, and the peers that they go to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(rename_all = "snake_case")]
pub enum HopName {
    /// The client gets a token: from a cache or from the token endpoint.
    Token,
    /// The client calls the API.
    #[serde(rename = "students")]
    Api,
}

/// The part that a cache had in a hop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(rename_all = "snake_case")]
pub enum CacheUse {
    /// The cache had the answer.
    Hit,
    /// The cache did not have it.
    Miss,
    /// This hop has no cache.
    None,
}

/// The state of a circuit breaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(rename_all = "snake_case")]
pub enum Breaker {
    /// Requests go through.
    Closed,
    /// Requests fail at once.
    Open,
    /// One request may try.
    HalfOpen,
}

impl From<BreakerState> for Breaker {
    fn from(state: BreakerState) -> Self {
        match state {
            BreakerState::Closed => Self::Closed,
            BreakerState::HalfOpen => Self::HalfOpen,
            BreakerState::Open => Self::Open,
        }
    }
}

/// One hop of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(deny_unknown_fields)]
pub struct Hop {
    /// Which hop this is.
    pub name: HopName,
    /// The request method.
    pub method: String,
    /// The URL.
    pub url: String,
    /// The status of the answer; `None` when none came, or none was asked for.
    pub status: Option<u16>,
    /// The time when the hop began, in milliseconds since the run began.
    pub started_at_ms: u64,
    /// Its duration.
    pub milliseconds: u64,
    /// The pause before it: the back-off of a retry.
    pub waited_ms: u64,
    /// Whether a cache answered it.
    pub cache: CacheUse,
    /// The reason why the cache answered, or could not: for people.
    pub cache_reason: Option<String>,
    /// The attempts before this one; each is a hop of its own.
    pub retries: u32,
    /// The peer's circuit breaker when the hop had ended.
    pub breaker: Breaker,
    /// The reason why the breaker is not closed, or what it has counted: for people.
    pub breaker_reason: Option<String>,
    /// The reason why the hop failed, for people.
    pub failure: Option<String>,
}

/// The reason why a breaker is in its state, for people; `None` when there is nothing to say. `alone` is whether this
/// isolate counts by itself because the shared state is unreachable.
pub fn breaker_reason(breaker: breaker::Breaker, now: UnixTime, alone: bool) -> Option<String> {
    let (failures, reason) = breaker.failures();
    let reason = reason.map_or("unknown", |reason| reason.slug());
    let text = match breaker.state(now) {
        BreakerState::Closed if failures == 0 => return alone.then(|| ALONE.to_owned()),
        BreakerState::Closed => format!("{failures} in a row failed so far ({reason})"),
        BreakerState::Open => {
            let seconds = breaker.opens_in(now).unwrap_or_default();
            format!("{failures} in a row failed ({reason}); the next try is in {seconds} s")
        }
        BreakerState::HalfOpen => {
            format!("{failures} in a row failed ({reason}); one request tries whether it is over")
        }
    };
    Some(if alone {
        format!("{text}. {ALONE}")
    } else {
        text
    })
}

const ALONE: &str = "The shared state cannot be reached; this isolate is counting on its own";
