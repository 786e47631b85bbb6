//! The facts of a finished run, for the history: numbers and fixed words, nothing secret.

use from_json::FromJson;
use serde::Serialize;

use super::hop::CacheUse;

/// The facts of one run, complete when the work after its answer is done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(deny_unknown_fields)]
pub struct RunFacts {
    /// The id of the request that ran it.
    pub id: String,
    /// The operator who asked for it; `None` where anyone may run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// The time when it began, in milliseconds since the Unix epoch.
    pub at: i64,
    /// The time until the answer was there, in milliseconds.
    pub milliseconds: u64,
    /// A fixed word for the reason, or the OAuth error code, if it failed.
    pub error: Option<String>,
    /// Whether its first token came from a cache.
    pub cache: CacheUse,
    /// Requests that were made once more: after a back-off, or with another token.
    pub retries: u32,
    /// Requests to the token endpoint, those of a renewal after the answer included.
    pub token_requests: u32,
    /// Tokens that a cache gave.
    pub cache_hits: u32,
    /// Tokens that took the place of an earlier one.
    pub renewals: u32,
    /// Changes of a breaker's state that this run brought about or was the first to see.
    pub breaker_changes: u32,
}

#[cfg(test)]
documented::stored!(RunFacts);
