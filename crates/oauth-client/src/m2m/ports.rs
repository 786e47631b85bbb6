//! The ports of the client: what it needs of the platform.

use std::fmt;
use std::rc::Rc;

use oauth_core::breaker::Open;
use oauth_core::jose::{Jwk, Signer};
use oauth_core::secret::Secret;
use oauth_core::{Fault, UnixTime};

use super::shared_state::{Command, Reply, SealedToken};
use crate::http_call::{HttpCall, HttpReply};

/// Network, clock, randomness and the log. An implementation bounds the size of an answer, and never follows a
/// redirect.
pub trait Platform {
    /// Sends a request, and waits at most `limit_ms` for its answer.
    async fn send(&self, call: &HttpCall, limit_ms: u32) -> Result<HttpReply, SendFailed>;

    /// The time.
    fn now(&self) -> UnixTime;

    /// Milliseconds on a monotonic clock, for durations.
    fn milliseconds(&self) -> u64;

    /// Sleeps.
    async fn pause(&self, milliseconds: u32);

    /// Bytes from a cryptographic source.
    fn random(&self) -> Result<[u8; 16], Fault>;

    /// Writes a line of JSON, which contains nothing secret, to the log.
    fn log(&self, line: &str);
}

/// Access to the [shared state](super::shared_state). It fails within about a second; the client does without.
pub trait SharedState {
    /// Gives a command to the shared state.
    async fn ask(&self, command: &Command) -> Result<Reply, Fault>;
}

/// A near copy of the sealed token, for new isolates. It may be old.
pub trait Copies {
    /// The copy, if there is one.
    async fn read(&self) -> Result<Option<SealedToken>, Fault>;

    /// Stores a copy until its token expires.
    async fn write(&self, token: &SealedToken) -> Result<(), Fault>;
}

/// Authenticated encryption under a key that only the isolates of this client have.
pub trait Sealer {
    /// Encrypts. Opening requires the same context.
    async fn seal(&self, plaintext: &[u8], context: &[u8]) -> Result<Vec<u8>, Fault>;

    /// Decrypts what was sealed under the same key and context.
    async fn open(&self, sealed: &[u8], context: &[u8]) -> Result<Secret<Vec<u8>>, Fault>;
}

/// A private key and its public half.
#[derive(Debug)]
pub struct Key<S> {
    /// The private key.
    pub signer: Rc<S>,
    /// The public key.
    pub public: Jwk,
}

/// The credentials of the client.
pub trait Credentials {
    /// The type of the private key.
    type Signer: Signer;

    /// The private key, for assertions and proofs. A fault when there is none.
    async fn key(&self) -> Result<Key<Self::Signer>, Fault>;

    /// The client secret, if there is one.
    fn secret(&self) -> Option<Secret<String>>;
}

/// All ports.
pub trait World: Platform + SharedState + Copies + Sealer + Credentials {}

impl<W: Platform + SharedState + Copies + Sealer + Credentials> World for W {}

/// The reason why no answer came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SendFailed {
    /// The peer did not answer in time.
    TimedOut,
    /// The peer could not be reached or broke off, with the platform's error for the log.
    Unreachable(String),
    /// The answer is larger than the client accepts.
    TooLarge,
    /// The peer's breaker is open: nothing was sent.
    Open(Open),
}

impl SendFailed {
    /// A fixed word for logs and traces.
    pub const fn slug(&self) -> &'static str {
        match self {
            Self::TimedOut => "timed_out",
            Self::Unreachable(_) => "unreachable",
            Self::TooLarge => "answer_too_large",
            Self::Open(_) => "breaker_open",
        }
    }

    /// Seconds until the next attempt, if the breaker prevented this one.
    pub(super) const fn retry_after(&self) -> Option<i64> {
        match self {
            Self::Open(open) => Some(open.seconds),
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
            Self::Open(open) => {
                return write!(
                    formatter,
                    "kept failing ({}) and is not called for another {} s",
                    open.reason.slug(),
                    open.seconds
                );
            }
        })
    }
}

impl std::error::Error for SendFailed {}
