//! The status of the machine-to-machine client.

use oauth_client::m2m::run_history::{self, Tally, Trouble};
use oauth_client::m2m::{Breaker, CacheUse, HopName, RunFacts};
use oauth_core::UnixTime;
use serde::{Deserialize, Serialize};

/// `GET /m2m/status`: the caller, as all isolates that serve the app know it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Status {
    /// The token cache.
    pub token_cache: TokenCache,
    /// The circuit breaker of the token endpoint or of the API, whichever lets less through.
    pub breaker: Breaker,
    /// Each peer's breaker.
    pub breakers: Vec<PeerBreaker>,
    /// The counts of all hours in the history.
    pub counters: Tally,
    /// The last runs, the latest first.
    pub runs: Vec<PastRun>,
    /// The last hours, the latest first; an hour without a run is left out.
    pub hours: Vec<Hour>,
    /// Whether too many runs fail.
    pub alert: Alert,
    /// The troubles that can be provoked; none where that is switched off.
    pub troubles: Vec<Trouble>,
    /// The trouble that is provoked now.
    pub trouble: Option<ActiveTrouble>,
}

/// The circuit breaker of one peer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeerBreaker {
    /// The hop whose peer it is.
    pub hop: HopName,
    /// Its state.
    pub state: Breaker,
    /// Failures in a row.
    pub failures: u32,
    /// The reason why it is not closed, or what failed last: for people.
    pub reason: Option<String>,
    /// Seconds until the next try, while it is open.
    pub seconds_left: Option<i64>,
}

/// A run of the history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PastRun {
    /// The id of the request that ran it.
    pub id: String,
    /// The operator who asked for it; `None` where anyone may run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// The time when it began, in milliseconds since the Unix epoch.
    pub at: i64,
    /// Its duration.
    pub milliseconds: u64,
    /// The fixed word for the reason, if it failed.
    pub error: Option<String>,
    /// Whether the token came from a cache.
    pub cache: CacheUse,
    /// The number of hops that were tried again.
    pub retries: u32,
}

/// The counts of an hour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hour {
    /// The time when it began, in milliseconds since the Unix epoch.
    pub at: i64,
    /// Its counts.
    pub counters: Tally,
    /// All its runs together, in milliseconds.
    pub total_ms: u64,
    /// Its longest run, in milliseconds.
    pub longest_ms: u64,
}

/// Whether too many runs fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alert {
    /// Runs looked at: the latest ones within the window.
    pub runs: u32,
    /// The number of them that failed.
    pub failed: u32,
    /// The failures in a hundred runs from which there is an alert.
    pub threshold_percent: u32,
    /// Since when there is one, in milliseconds since the Unix epoch.
    pub since: Option<i64>,
}

/// A trouble that is provoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActiveTrouble {
    /// Which.
    pub trouble: Trouble,
    /// Seconds until it ends by itself.
    pub seconds_left: i64,
}

/// `POST /m2m/trouble`: the request; the answer is `Status`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provoke {
    /// Which trouble; `None` ends the one there is.
    pub trouble: Option<Trouble>,
}

/// The token cache.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenCache {
    /// Whether it holds a token that can be used.
    pub state: TokenCacheState,
    /// Seconds until the token expires.
    pub seconds_left: Option<i64>,
    /// Seconds until it is renewed.
    pub renews_in: Option<i64>,
    /// The scope of the token.
    pub scope: String,
    /// The client's authentication method (`token_endpoint_auth_method` of RFC 7591).
    pub auth_method: String,
    /// Whether the token is bound to a key of the caller (RFC 9449).
    pub sender_constrained: bool,
}

/// Whether the cache holds a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenCacheState {
    /// There is none.
    Empty,
    /// There is one, to be used as it is.
    Fresh,
    /// There is one, which the next call renews.
    Ageing,
    /// A new one is being asked for.
    Renewing,
}

impl From<RunFacts> for PastRun {
    fn from(run: RunFacts) -> Self {
        Self {
            id: run.id,
            by: run.by,
            at: run.at,
            milliseconds: run.milliseconds,
            error: run.error,
            cache: run.cache,
            retries: run.retries,
        }
    }
}

impl From<run_history::Hour> for Hour {
    fn from(hour: run_history::Hour) -> Self {
        Self {
            at: milliseconds(hour.at),
            counters: hour.tally,
            total_ms: hour.total_ms,
            longest_ms: hour.longest_ms,
        }
    }
}

impl From<run_history::Alert> for Alert {
    fn from(alert: run_history::Alert) -> Self {
        Self {
            runs: alert.runs,
            failed: alert.failed,
            threshold_percent: alert.threshold_percent,
            since: alert.since.map(milliseconds),
        }
    }
}

const fn milliseconds(time: UnixTime) -> i64 {
    time.0.saturating_mul(1000)
}
