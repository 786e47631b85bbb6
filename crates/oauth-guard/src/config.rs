//! The configuration of a guard: the issuer, the resource, and the rules for tokens.

use oauth_core::protected_resource::origin;
pub use oauth_core::token_binding::Dpop;

/// The issuer, the resource, and the rules for tokens. [`Config::new`] needs nothing but the issuer's keys; the rest is
/// set with `..`.
#[derive(Clone, Debug)]
pub struct Config {
    /// The authorization server, exactly as in `iss`.
    pub issuer: String,
    /// This resource server, exactly as in `aud` (RFC 8707 §2).
    pub resource: String,
    /// The resource server's origin, as clients write it in the `htu` of a proof (RFC 9449 §4.2). The request's host is
    /// not used.
    pub origin: String,
    /// The store of the issuer's keys.
    pub keys: KeptKeys,
    /// The treatment of tokens that are not JWTs.
    pub opaque: OpaqueTokens,
    /// The form of the issuer's opaque tokens.
    pub opaque_form: OpaqueForm,
    /// How the revocation of a JWT takes effect.
    pub revocation: JwtRevocation,
    /// Whether tokens may, or must, be bound to a client's key.
    pub dpop: Dpop,
    /// The rate limit of a client.
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
            opaque_form: OpaqueForm::default(),
            revocation: JwtRevocation::default(),
            dpop: Dpop::default(),
            rate: ClientRate::default(),
        }
    }

    /// The same rules for another resource.
    #[must_use]
    pub fn of_resource(&self, resource: &str) -> Self {
        Self {
            origin: origin(resource).unwrap_or(resource).to_owned(),
            resource: resource.to_owned(),
            ..self.clone()
        }
    }
}

/// The store of the issuer's keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KeptKeys {
    /// In the isolate's memory.
    #[default]
    InMemory,
    /// In memory, and in a copy that isolates share.
    WithCopy,
}

/// The treatment of tokens that are not JWTs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OpaqueTokens {
    /// They are refused without introspection.
    #[default]
    Refused,
    /// They are introspected (RFC 7662).
    Introspected {
        /// How long a response is cached, in seconds; 0 introspects for every request.
        cache: i64,
    },
}

/// The form of the issuer's opaque tokens. What does not have it is refused without introspection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OpaqueForm {
    /// Any: whatever is not a JWT is introspected.
    #[default]
    Any,
    /// That of Ostiary's tokens.
    Ostiary,
}

/// How the revocation of a JWT takes effect.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum JwtRevocation {
    /// Not at all: the token is valid until it expires.
    #[default]
    ByExpiry,
    /// At once: the tombstones are looked up for every request.
    ByTombstone,
}

/// The rate limit of a client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClientRate {
    /// None.
    #[default]
    Unlimited,
    /// The limit of [`RateLimits`](crate::RateLimits).
    Limited {
        /// After this many seconds a refused client may try again.
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
