//! Token revocation (RFC 7009) by a public client.

use std::fmt;

use from_json::FromJson;
use oauth_core::secret::Secret;

use super::metadata::ProviderMetadata;
use super::prepare::ClientSettings;
use crate::http_call::{HttpCall, Parameter};
use crate::token_response::{LARGEST_ANSWER, Tokens};

/// The kind of the token: a hint, because a server looks for all kinds (RFC 7009 §2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenTypeHint {
    /// An access token.
    AccessToken,
    /// A refresh token.
    RefreshToken,
}

impl TokenTypeHint {
    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AccessToken => "access_token",
            Self::RefreshToken => "refresh_token",
        }
    }
}

impl Tokens {
    /// The token to revoke: the refresh token if there is one, because the grant and all its access tokens end with
    /// it (RFC 7009 §2.1), otherwise the access token.
    pub fn to_revoke(&self) -> (&Secret<String>, TokenTypeHint) {
        self.refresh_token
            .as_ref()
            .map_or((&self.access_token, TokenTypeHint::AccessToken), |token| {
                (token, TokenTypeHint::RefreshToken)
            })
    }
}

/// A revocation request; `None` where the server has no such endpoint.
pub fn revocation_request(
    metadata: &ProviderMetadata,
    client: &ClientSettings,
    token: &Secret<String>,
    hint: TokenTypeHint,
) -> Option<HttpCall> {
    let endpoint = metadata.revocation_endpoint.as_ref()?;
    let parameters = vec![
        Parameter::new("token", token.expose()),
        Parameter::new("token_type_hint", hint.name()),
        Parameter::new("client_id", &client.client_id),
    ];
    Some(HttpCall::post_form(endpoint, parameters))
}

/// Why a token was not revoked, as far as the client knows: it must be assumed to be valid (RFC 7009 §2.2.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RevocationRefused {
    /// The server refused with an error of RFC 7009 §2.2.1 or RFC 6749 §5.2.
    Error {
        /// The status of the answer.
        status: u16,
        /// The error code.
        error: String,
        /// The server's explanation for developers.
        description: Option<String>,
    },
    /// Any other status; after a 503 the client may try again.
    Status(u16),
}

impl fmt::Display for RevocationRefused {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Error {
                status,
                error,
                description,
            } => {
                write!(
                    formatter,
                    "the revocation endpoint answered {status} {error}"
                )?;
                description
                    .iter()
                    .try_for_each(|text| write!(formatter, ": {text}"))
            }
            Self::Status(status) => write!(formatter, "the revocation endpoint answered {status}"),
        }
    }
}

impl std::error::Error for RevocationRefused {}

#[derive(FromJson)]
struct Failure {
    error: String,
    error_description: Option<String>,
}

/// Reads the revocation endpoint's answer. After 200 the body says nothing (RFC 7009 §2.2); a token that
/// the server does not know is answered alike.
pub fn read_revocation(status: u16, body: &[u8]) -> Result<(), RevocationRefused> {
    match status {
        200 => Ok(()),
        400..=499 if body.len() <= LARGEST_ANSWER => Err(from_json::from_slice::<Failure>(body)
            .map_or(RevocationRefused::Status(status), |failure| {
                RevocationRefused::Error {
                    status,
                    error: failure.error,
                    description: failure.error_description,
                }
            })),
        _ => Err(RevocationRefused::Status(status)),
    }
}
