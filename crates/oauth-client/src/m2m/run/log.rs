//! The log lines of a run: one for each request, one for each change of a breaker.

use serde::Serialize;

use super::hop::{Breaker, CacheUse, HopName};

/// A line of the log. It has URLs, statuses, times and fixed words; no header, no body and no parameter.
#[derive(Debug, Default, Serialize)]
pub(super) struct Line<'a> {
    /// The time, in milliseconds since the Unix epoch.
    pub(super) ts: u64,
    /// The id of the request that it belongs to.
    pub(super) request_id: &'a str,
    /// The event.
    pub(super) what: &'static str,
    /// The peer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) peer: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) ms: Option<u64>,
    /// The number of the attempt, from one.
    #[serde(rename = "try", skip_serializing_if = "Option::is_none")]
    pub(super) attempt: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) waited_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cache: Option<CacheUse>,
    /// The reason why a token was requested.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) renewal: Option<&'static str>,
    /// The peer's breaker afterwards.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) breaker: Option<&'static str>,
    /// The state of the breaker before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) from: Option<&'static str>,
    /// The reason why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<&'a str>,
}

impl Line<'_> {
    pub(super) fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// The event of a request to this peer.
pub(super) const fn request_to(peer: HopName) -> &'static str {
    match peer {
        HopName::Token => "m2m.token_request",
        HopName::Api => "m2m.api_call",
    }
}

pub(super) const fn state_word(state: Breaker) -> &'static str {
    match state {
        Breaker::Closed => "closed",
        Breaker::HalfOpen => "half_open",
        Breaker::Open => "open",
    }
}
