//! Whose tokens a guard accepts, and how it finds out about them.

use oauth_core::protected_resource::origin;

/// Whose tokens are accepted, and as whom. [`Config::new`] asks for nothing but the issuer's keys; the rest is set with
/// `..`.
#[derive(Clone, Debug)]
pub struct Config {
    /// The authorization server, exactly as in `iss`.
    pub issuer: String,
    /// This resource server, exactly as in `aud` (RFC 8707 §2).
    pub resource: String,
    /// Our own origin, as clients write it in the `htu` of a proof (RFC 9449 §4.2). The request's host is not asked.
    pub origin: String,
    /// Where the issuer's keys are kept.
    pub keys: KeptKeys,
    /// The treatment of tokens that are not JWTs.
    pub opaque: OpaqueTokens,
    /// How it is seen that a JWT was revoked.
    pub revocation: JwtRevocation,
    /// Whether tokens may, or must, be bound to a client's key.
    pub dpop: Dpop,
    /// How often a client may come.
    pub rate: ClientRate,
}

impl Config {
    /// Accepts the issuer's JWTs for this resource, as bearer tokens, until they expire.
    pub fn new(issuer: impl Into<String>, resource: impl Into<String>) -> Self {
        let resource = resource.into();
        Self {
            issuer: issuer.into(),
            origin: origin(&resource).unwrap_or(&resource).to_owned(),
            resource,
            keys: KeptKeys::default(),
            opaque: OpaqueTokens::default(),
            revocation: JwtRevocation::default(),
            dpop: Dpop::default(),
            rate: ClientRate::default(),
        }
    }
}

/// Where the issuer's keys are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KeptKeys {
    /// In the isolate's memory.
    #[default]
    InMemory,
    /// There, and in a copy that isolates share.
    WithCopy,
}

/// The treatment of tokens that are not JWTs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OpaqueTokens {
    /// They are refused; the authorization server is not asked.
    #[default]
    Refused,
    /// The authorization server is asked (RFC 7662).
    Introspected {
        /// How long an answer counts, in seconds; 0 asks for every request.
        cache: i64,
    },
}

/// How it is seen that a JWT was revoked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum JwtRevocation {
    /// It is not: the token lives until it expires.
    #[default]
    ByExpiry,
    /// The tombstones are looked at for every request.
    ByTombstone,
}

/// Whether tokens are accepted that are bound to a client's key (RFC 9449).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dpop {
    /// They are refused: nothing is asked of [`Proofs`](crate::Proofs).
    #[default]
    Off,
    /// They are, and bearer tokens too.
    Accepted,
    /// They are, and no others.
    Required,
}

/// How often a client may come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClientRate {
    /// As often as it likes.
    #[default]
    Unlimited,
    /// As often as [`RateLimits`](crate::RateLimits) says.
    Limited {
        /// After so many seconds a client that was refused may come again.
        period: i64,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_origin_is_what_comes_before_the_path() {
        for (resource, expected) in [
            ("https://a.example", "https://a.example"),
            ("https://a.example/", "https://a.example"),
            ("https://a.example:8443/x/y", "https://a.example:8443"),
            ("urn:api", "urn:api"),
            ("", ""),
        ] {
            assert_eq!(Config::new("i", resource).origin, expected);
        }
    }
}
