//! What a run tells about itself: every hop, and nothing secret.

use oauth_core::UnixTime;
use oauth_core::breaker::{Breaker, BreakerState};
use serde::{Deserialize, Serialize};

/// The hops of a run, and the peers that they go to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HopName {
    /// A token was needed: from the cache or from the token endpoint.
    Token,
    /// The API was called.
    Api,
}

/// What the cache had to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CacheUse {
    /// It had the answer.
    Hit,
    /// It had to be asked for.
    Miss,
    /// There is none for this hop.
    None,
}

/// One hop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hop {
    /// Which hop this is.
    pub name: HopName,
    /// The request method.
    pub method: &'static str,
    /// The URL.
    pub url: String,
    /// The status of the answer, if one came.
    pub status: Option<u16>,
    /// When the hop began, on the platform's clock for durations.
    pub started_at: u64,
    /// How long it took.
    pub milliseconds: u64,
    /// How long the caller waited before it, because of what came before.
    pub waited: u64,
    /// Whether a cache answered.
    pub cache: CacheUse,
    /// Why it did, or could not: for people.
    pub cache_reason: Option<String>,
    /// Which try this is, beyond the first.
    pub retries: u32,
    /// The peer's breaker when the hop had ended.
    pub breaker: BreakerState,
    /// Why the breaker is not closed, or what it has counted: for people.
    pub breaker_reason: Option<String>,
    /// Why it failed, for people.
    pub failure: Option<String>,
}

/// A run ended early.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallFailed {
    /// Where.
    pub hop: HopName,
    /// A fixed word for the reason, or the OAuth error code.
    pub error: String,
    /// What happened and what to do about it, for people.
    pub message: String,
    /// Seconds until the next try, if an open breaker held this one back.
    pub retry_after: Option<i64>,
    /// Whether this worker lacks something, and no peer has failed.
    pub ours: bool,
}

/// Why a breaker is as it is; `None` when there is nothing to say. `alone` is whether this isolate knows it by itself
/// because the board does not answer.
pub fn breaker_words(breaker: Breaker, now: UnixTime, alone: bool) -> Option<String> {
    let (failures, reason) = breaker.failures();
    let reason = reason.map_or("unknown", |reason| reason.slug());
    let words = match breaker.state(now) {
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
        format!("{words}. {ALONE}")
    } else {
        words
    })
}

const ALONE: &str = "What isolates share cannot be reached, so this one counts by itself";
