//! What a run tells about itself: every hop, and nothing secret.

use oauth_core::breaker::BreakerState;
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
    /// Whether a cache answered.
    pub cache: CacheUse,
    /// Which try this is, beyond the first.
    pub retries: u32,
    /// The peer's breaker when the hop had ended.
    pub breaker: BreakerState,
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
}
