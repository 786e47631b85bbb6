//! The lines that a run leaves in the log: one for each request, one for each change of a breaker.

use oauth_core::breaker::BreakerState;
use serde::Serialize;

use super::trace::{CacheUse, HopName};

/// A line. It has URLs, statuses, times and fixed words; no header, no body and no parameter.
#[derive(Debug, Default, Serialize)]
pub(super) struct Line<'a> {
    /// When, in milliseconds since the Unix epoch.
    pub(super) ts: u64,
    /// The id of the request that it is about.
    pub(super) request_id: &'a str,
    /// What happened.
    pub(super) what: &'static str,
    /// With whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) peer: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) ms: Option<u64>,
    /// Which try it was, counted from one.
    #[serde(rename = "try", skip_serializing_if = "Option::is_none")]
    pub(super) attempt: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) waited_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cache: Option<CacheUse>,
    /// Why a token was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) renewal: Option<&'static str>,
    /// The peer's breaker afterwards.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) breaker: Option<&'static str>,
    /// What the breaker was before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) from: Option<&'static str>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<&'a str>,
}

impl Line<'_> {
    pub(super) fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// What a request to this peer is called.
pub(super) const fn request_to(peer: HopName) -> &'static str {
    match peer {
        HopName::Token => "m2m.token_request",
        HopName::Api => "m2m.api_call",
    }
}

pub(super) const fn state_word(state: BreakerState) -> &'static str {
    match state {
        BreakerState::Closed => "closed",
        BreakerState::HalfOpen => "half_open",
        BreakerState::Open => "open",
    }
}
