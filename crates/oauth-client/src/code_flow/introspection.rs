//! What an introspection answer says (RFC 7662 §2.2).
//!
//! A public client cannot introspect (RFC 7662 §2.1): it reads an answer that a confidential party passed on.

use serde::Deserialize;

/// An answer larger than this is not read.
const LARGEST_ANSWER: usize = 64 * 1024;

/// What the answer says about the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Introspection {
    /// It may be used now.
    Active,
    /// It is unknown, expired or revoked; the answer does not tell which.
    Inactive,
    /// The question itself was refused, with this status.
    Refused(u16),
    /// The answer does not say whether the token is active, which it must.
    Malformed,
}

#[derive(Deserialize)]
struct Members {
    active: bool,
}

/// Reads an introspection answer.
pub fn read_introspection(status: u16, body: &[u8]) -> Introspection {
    if status != 200 {
        return Introspection::Refused(status);
    }
    if body.len() > LARGEST_ANSWER {
        return Introspection::Malformed;
    }
    match serde_json::from_slice(body) {
        Ok(Members { active: true }) => Introspection::Active,
        Ok(Members { active: false }) => Introspection::Inactive,
        Err(_) => Introspection::Malformed,
    }
}
