//! Identifiers, each its own type, so that a user is never taken for a client.

use std::fmt;

use from_json::FromJson;
use serde::Serialize;

use crate::base64url;

/// The prefix of every user's id and of no client's: a machine's `sub` can never equal a user's.
pub const USER_PREFIX: &str = "u_";

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, FromJson)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The identifier as it travels.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }
    };
}

identifier! {
    /// A registered client (RFC 6749 §2.2).
    ClientId
}
identifier! {
    /// A user; the `sub` of tokens issued on their behalf.
    UserId
}
identifier! {
    /// A grant: 128 random bits, part of every code and refresh token that the grant issues.
    GrantId
}

/// Longest identifier that we look up.
const LONGEST: usize = 256;

/// Whether `text` is visible ASCII of a sane length (`VSCHAR` of RFC 6749 appendix A, without the blank).
fn is_identifier(text: &str) -> bool {
    !text.is_empty() && text.len() <= LONGEST && text.bytes().all(|byte| byte.is_ascii_graphic())
}

impl ClientId {
    /// Reads a `client_id`; `None` for what could never have been issued.
    pub fn parse(text: &str) -> Option<Self> {
        (is_identifier(text) && !text.starts_with(USER_PREFIX)).then(|| Self(text.to_owned()))
    }
}

impl UserId {
    /// Reads a user's id; `None` for what could never have been issued.
    pub fn parse(text: &str) -> Option<Self> {
        let plain = text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
        (is_identifier(text) && plain && text.starts_with(USER_PREFIX))
            .then(|| Self(text.to_owned()))
    }
}

impl GrantId {
    /// A new grant's id, from 128 random bits.
    pub fn from_random(bytes: [u8; 16]) -> Self {
        Self(base64url::encode(&bytes))
    }

    /// Reads a grant's id; `None` unless it is 128 bits in base64url.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = base64url::decode(text)?;
        (bytes.len() == 16).then(|| Self(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_cannot_carry_a_users_id() {
        assert!(ClientId::parse("u_ada").is_none());
        assert!(UserId::parse("web-ui").is_none());
        assert!(ClientId::parse("web-ui").is_some());
        assert!(UserId::parse("u_ada").is_some());
    }

    #[test]
    fn an_id_with_blanks_controls_or_dots_is_no_users_id() {
        for text in ["", "u_a da", "u_a\n", "u_ä", "u_a.b"] {
            assert!(UserId::parse(text).is_none(), "{text:?}");
        }
    }

    #[test]
    fn a_grant_id_is_128_bits() {
        let id = GrantId::from_random([7; 16]);
        assert_eq!(GrantId::parse(id.as_str()), Some(id));
        assert!(GrantId::parse("AAAA").is_none());
    }
}
