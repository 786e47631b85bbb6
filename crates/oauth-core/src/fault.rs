//! A failure on our side, never reported as a refusal.
//!
//! A [`Fault`] becomes `503` with `Retry-After`. It is never turned into `invalid_grant` or
//! `{"active":false}`: a client that is refused discards its tokens.

use std::fmt;

/// Something on our side did not work: a store, a signature, the platform.
#[derive(Clone, Debug)]
pub struct Fault {
    /// The operation, as a fixed word for the log (`d1.read_client`).
    pub what: &'static str,
    /// The platform's own message. It goes to the log only, and never holds a secret.
    pub cause: String,
}

impl Fault {
    /// A fault in `what`, explained by `cause`.
    pub fn new(what: &'static str, cause: impl fmt::Display) -> Self {
        Self {
            what,
            cause: cause.to_string(),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.what, self.cause)
    }
}

impl std::error::Error for Fault {}
