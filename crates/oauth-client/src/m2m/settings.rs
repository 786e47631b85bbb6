//! The settings of the client.

use std::fmt::Write as _;

use super::attempt::RetryPolicy;

/// The client's authentication method (`token_endpoint_auth_method`, RFC 7591 §2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AuthMethod {
    /// An assertion that it signs (RFC 7523).
    #[default]
    PrivateKeyJwt,
    /// A secret in the `Authorization` header (RFC 6749 §2.3.1).
    ClientSecretBasic,
    /// A secret in the body (RFC 6749 §2.3.1).
    ClientSecretPost,
}

impl AuthMethod {
    /// The registered name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PrivateKeyJwt => "private_key_jwt",
            Self::ClientSecretBasic => "client_secret_basic",
            Self::ClientSecretPost => "client_secret_post",
        }
    }
}

/// Whether a token is bound to the client's key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Binding {
    /// Not bound: a bearer token (RFC 6750).
    #[default]
    Bearer,
    /// Bound; requests carry proofs of the key (RFC 9449).
    Dpop,
}

/// The token's purpose, and how the client requests it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The authorization server's issuer identifier: the assertion's audience.
    pub issuer: String,
    /// Its token endpoint.
    pub token_endpoint: String,
    /// This client.
    pub client_id: String,
    /// The scope that is asked for.
    pub scope: String,
    /// The resource that the token is for (RFC 8707).
    pub resource: String,
    /// The client's authentication method.
    pub auth_method: AuthMethod,
    /// Whether tokens are bound to the client's key.
    pub binding: Binding,
    /// The retry policy.
    pub retry: RetryPolicy,
}

impl Settings {
    /// The purpose of a token: it is sealed to it, and its shared state and copy are named by it. The length of each
    /// part is in it, so that no two settings have the same.
    pub fn purpose(&self) -> String {
        let kind = match self.binding {
            Binding::Bearer => "Bearer",
            Binding::Dpop => "DPoP",
        };
        let mut purpose = "m2m token 1".to_owned();
        for part in [
            &self.issuer,
            &self.client_id,
            &self.resource,
            &self.scope,
            kind,
        ] {
            // Writing to a String cannot fail.
            let _ = write!(purpose, " {}:{part}", part.len());
        }
        purpose
    }
}
