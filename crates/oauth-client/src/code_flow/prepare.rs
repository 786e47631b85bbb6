//! The first step, before the browser leaves: the verifier, `state` and `nonce` (RFC 7636 §4.1 and §4.2).

use std::fmt;

use oauth_core::UnixTime;
use oauth_core::base64url;
use oauth_core::pkce::CodeVerifier;

use super::authorization_request::AuthorizationRequest;
use super::metadata::ProviderMetadata;
use super::pending::Pending;
use crate::http_call::Parameter;

/// Random bytes from a cryptographic source, 256 bits for each value.
pub struct Seed {
    /// Becomes the code verifier.
    pub verifier: [u8; 32],
    /// Becomes `state`.
    pub state: [u8; 32],
    /// Becomes `nonce`.
    pub nonce: [u8; 32],
}

/// The client, and what it requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientSettings {
    /// The client's identifier.
    pub client_id: String,
    /// Where the server sends the browser back to: one of the registered URIs.
    pub redirect_uri: String,
    /// The scope, space-separated; empty leaves it to the server.
    pub scope: String,
    /// The resource that the access token is for (RFC 8707).
    pub resource: Option<String>,
}

/// The flow before the browser leaves.
pub struct Prepared {
    verifier: CodeVerifier,
    state: String,
    nonce: String,
}

/// Makes verifier, `state` and `nonce` from random bytes.
pub fn prepare(seed: &Seed) -> Prepared {
    Prepared {
        verifier: CodeVerifier::from_random(seed.verifier),
        state: base64url::encode(&seed.state),
        nonce: base64url::encode(&seed.nonce),
    }
}

/// The verifier is a secret and is not printed.
impl fmt::Debug for Prepared {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Prepared(…)")
    }
}

impl Prepared {
    /// The code verifier: a secret of this browser until the code is exchanged.
    pub fn verifier(&self) -> &str {
        self.verifier.as_str()
    }

    /// BASE64URL(SHA256(verifier)), which is public (RFC 7636 §4.2, S256).
    pub fn challenge(&self) -> String {
        self.verifier.challenge().as_str().to_owned()
    }

    /// Ties the response to this browser.
    pub fn state(&self) -> &str {
        &self.state
    }

    /// Ties the ID token to this flow.
    pub fn nonce(&self) -> &str {
        &self.nonce
    }

    /// The authorization request (OAuth 2.1 §4.1.1).
    pub fn authorization_request(
        &self,
        metadata: &ProviderMetadata,
        client: &ClientSettings,
    ) -> AuthorizationRequest {
        let challenge = self.challenge();
        let parameters = [
            ("response_type", "code"),
            ("client_id", &client.client_id),
            ("redirect_uri", &client.redirect_uri),
            ("scope", &client.scope),
            ("state", &self.state),
            ("nonce", &self.nonce),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
            ("resource", client.resource.as_deref().unwrap_or_default()),
        ]
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| Parameter::new(name, value))
        .collect();
        AuthorizationRequest {
            endpoint: metadata.authorization_endpoint.clone(),
            parameters,
        }
    }

    /// The record that finishes the flow when the browser comes back.
    pub fn pending(
        &self,
        metadata: &ProviderMetadata,
        client: &ClientSettings,
        now: UnixTime,
    ) -> Pending {
        Pending {
            version: Pending::VERSION,
            issuer: metadata.issuer.clone(),
            client_id: client.client_id.clone(),
            redirect_uri: client.redirect_uri.clone(),
            scope: client.scope.clone(),
            resource: client.resource.clone(),
            verifier: self.verifier.as_str().to_owned(),
            state: self.state.clone(),
            nonce: self.nonce.clone(),
            started_at: now,
        }
    }
}
