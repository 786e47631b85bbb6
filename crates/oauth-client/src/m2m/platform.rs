//! What the token source needs of the world.

use std::fmt;

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
}

impl SendFailed {
    /// A fixed word for logs and traces.
    pub const fn slug(&self) -> &'static str {
        match self {
            Self::TimedOut => "timed_out",
            Self::Unreachable(_) => "unreachable",
            Self::TooLarge => "answer_too_large",
        }
    }
}

impl fmt::Display for SendFailed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::TimedOut => "did not answer in time",
            Self::Unreachable(_) => "cannot be reached",
            Self::TooLarge => "answered with more than this client reads",
        })
    }
}

impl std::error::Error for SendFailed {}
