//! Refresh (RFC 6749 §6), and the effect of a second use of a rotated refresh token (RFC 9700 §4.14.2).

use oauth_core::secret::Secret;

use super::metadata::ProviderMetadata;
use super::prepare::ClientSettings;
use crate::http_call::{HttpCall, Parameter};
use crate::token_response::{TokenRefused, Tokens, read_token_response};

/// A refresh request. `scope` narrows the new access token's scope; `None` requests all of it again.
pub fn refresh_request(
    metadata: &ProviderMetadata,
    client: &ClientSettings,
    refresh_token: &Secret<String>,
    scope: Option<&str>,
) -> HttpCall {
    let mut parameters = vec![
        Parameter::new("grant_type", "refresh_token"),
        Parameter::new("refresh_token", refresh_token.expose()),
        Parameter::new("client_id", &client.client_id),
    ];
    parameters.extend(scope.map(|scope| Parameter::new("scope", scope)));
    parameters.extend(
        client
            .resource
            .iter()
            .map(|resource| Parameter::new("resource", resource)),
    );
    HttpCall::post_form(&metadata.token_endpoint, parameters)
}

impl Tokens {
    /// The tokens after a refresh gave `newer`: without a new refresh token the old one stays, without a
    /// `scope` it is that of before (RFC 6749 §5.1, §6). The ID token stays the one of the sign-in: one that
    /// comes with a refresh would have to be checked against it first (OIDC Core §12.2).
    #[must_use]
    pub fn refreshed(&self, newer: Self) -> Self {
        Self {
            refresh_token: newer.refresh_token.or_else(|| self.refresh_token.clone()),
            scope: newer.scope.or_else(|| self.scope.clone()),
            id_token: self.id_token.clone(),
            ..newer
        }
    }

    /// Whether a scope was granted that `granted` does not hold: a refresh may narrow, never widen (RFC 6749 §6).
    pub fn exceeds(&self, granted: &str) -> bool {
        self.scope
            .iter()
            .flat_map(|scope| scope.split(' '))
            .any(|token| granted.split(' ').all(|known| known != token))
    }
}

/// The result of using a refresh token a second time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecondUse {
    /// The first answer again, byte for byte: the server assumes that the first one was lost.
    SameAnswer,
    /// Refused: the token had been used, so the server revokes the whole grant.
    ReuseFound,
    /// Other tokens: at this server a refresh token may be used more than once.
    OtherTokens,
    /// Neither tokens nor `invalid_grant`.
    Refused(TokenRefused),
}

/// Compares the second answer with the body of the first.
pub fn read_second_use(first: &[u8], status: u16, second: &[u8]) -> SecondUse {
    match read_token_response(status, second) {
        Ok(_) if first == second => SecondUse::SameAnswer,
        Ok(_) => SecondUse::OtherTokens,
        Err(refused) if refused.slug() == "invalid_grant" => SecondUse::ReuseFound,
        Err(refused) => SecondUse::Refused(refused),
    }
}
