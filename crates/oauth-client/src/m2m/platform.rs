//! What the token source needs of the world.

use std::fmt;

use oauth_core::breaker::Held;
use oauth_core::{Fault, UnixTime};

use crate::http_call::{HttpCall, HttpReply};

/// Network, clock and randomness. An implementation bounds the time of a request and the size of its
/// answer, and never follows a redirect.
pub trait Platform {
    /// Sends a request.
    async fn send(&self, call: &HttpCall) -> Result<HttpReply, SendFailed>;

    /// The time.
    fn now(&self) -> UnixTime;

    /// Milliseconds on a clock that only has to go forward: for durations.
    fn milliseconds(&self) -> u64;

    /// Waits.
    async fn pause(&self, milliseconds: u32);

    /// Bytes from a cryptographic source.
    fn random(&self) -> Result<[u8; 16], Fault>;
}

/// Why no answer came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SendFailed {
    /// Not in time.
    TimedOut,
    /// The peer could not be reached, or broke off; the platform's own words are for the log.
    Unreachable(String),
    /// The answer is larger than any answer should be.
    TooLarge,
    /// The peer's breaker is open: nothing was sent.
    Held(Held),
}

impl SendFailed {
    /// A fixed word for logs and traces.
    pub const fn slug(&self) -> &'static str {
        match self {
            Self::TimedOut => "timed_out",
            Self::Unreachable(_) => "unreachable",
            Self::TooLarge => "answer_too_large",
            Self::Held(_) => "breaker_open",
        }
    }
}

impl SendFailed {
    /// Seconds until the next try, if this one was held back.
    pub(super) const fn retry_after(&self) -> Option<i64> {
        match self {
            Self::Held(held) => Some(held.seconds),
            Self::TimedOut | Self::Unreachable(_) | Self::TooLarge => None,
        }
    }
}

impl fmt::Display for SendFailed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::TimedOut => "did not answer in time",
            Self::Unreachable(_) => "cannot be reached",
            Self::TooLarge => "answered with more than this client reads",
            Self::Held(held) => {
                return write!(
                    formatter,
                    "kept failing ({}) and is not called for another {} s",
                    held.reason.slug(),
                    held.seconds
                );
            }
        })
    }
}

impl std::error::Error for SendFailed {}
