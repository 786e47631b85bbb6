//! What the client needs of the world, each of it a port.

use std::fmt;
use std::rc::Rc;

use oauth_core::breaker::Held;
use oauth_core::jose::{Jwk, Signer};
use oauth_core::secret::Secret;
use oauth_core::{Fault, UnixTime};

use super::shared_state::{Command, Reply, SealedToken};
use crate::http_call::{HttpCall, HttpReply};

/// Network, clock, randomness and the log. An implementation bounds the size of an answer, and never follows a
/// redirect.
pub trait Platform {
    /// Sends a request, and waits for its answer at most so many milliseconds.
    async fn send(&self, call: &HttpCall, limit_ms: u32) -> Result<HttpReply, SendFailed>;

    /// The time.
    fn now(&self) -> UnixTime;

    /// Milliseconds on a clock that only has to go forward: for durations.
    fn milliseconds(&self) -> u64;

    /// Waits.
    async fn pause(&self, milliseconds: u32);

    /// Bytes from a cryptographic source.
    fn random(&self) -> Result<[u8; 16], Fault>;

    /// Writes a line, JSON without anything secret, where lines are collected.
    fn log(&self, line: &str);
}

/// The way to the [`board`](super::shared_state). It fails within a second or so: the client does without.
pub trait SharedState {
    /// Puts a command to the board.
    async fn ask(&self, command: &Command) -> Result<Reply, Fault>;
}

/// A near copy of the sealed token, for isolates that begin. Whatever it says may be old.
pub trait Copies {
    /// The copy, if there is one.
    async fn read(&self) -> Result<Option<SealedToken>, Fault>;

    /// Keeps a copy until its token expires.
    async fn write(&self, kept: &SealedToken) -> Result<(), Fault>;
}

/// Authenticated encryption under a key that all isolates of this client share, and nobody else has.
pub trait Sealer {
    /// Seals; the context must be the same again to open it.
    async fn seal(&self, plaintext: &[u8], context: &[u8]) -> Result<Vec<u8>, Fault>;

    /// Opens what was sealed under the same key and context.
    async fn open(&self, sealed: &[u8], context: &[u8]) -> Result<Secret<Vec<u8>>, Fault>;
}

/// A private key and its public half.
#[derive(Debug)]
pub struct Key<S> {
    /// Signs.
    pub signer: Rc<S>,
    /// What the signatures are checked with.
    pub public: Jwk,
}

/// With what the client shows who it is.
pub trait Credentials {
    /// What signs.
    type Signer: Signer;

    /// The private key, for assertions and proofs. A fault when there is none.
    async fn key(&self) -> Result<Key<Self::Signer>, Fault>;

    /// The client secret, if there is one.
    fn secret(&self) -> Option<Secret<String>>;
}

/// All of it.
pub trait World: Platform + SharedState + Copies + Sealer + Credentials {}

impl<W: Platform + SharedState + Copies + Sealer + Credentials> World for W {}

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
