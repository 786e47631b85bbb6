//! The introspection answer (RFC 7662 §2.2).
//!
//! A public client cannot introspect (RFC 7662 §2.1): it reads an answer that a confidential client passed on.

use from_json::FromJson;

/// The largest answer that is read, in bytes.
const LARGEST_ANSWER: usize = 64 * 1024;

/// The state of the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Introspection {
    /// It is active.
    Active,
    /// It is unknown, expired or revoked; the answer does not say which.
    Inactive,
    /// The introspection request was refused with this status.
    Refused(u16),
    /// The answer does not say whether the token is active, which it must.
    Malformed,
}

#[derive(FromJson)]
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
    match from_json::from_slice(body) {
        Ok(Members { active: true }) => Introspection::Active,
        Ok(Members { active: false }) => Introspection::Inactive,
        Err(_) => Introspection::Malformed,
    }
}
