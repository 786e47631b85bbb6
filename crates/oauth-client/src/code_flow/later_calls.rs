//! What is asked with the tokens: a refresh (RFC 6749 §6), UserInfo (OIDC Core §5.3).
//!
//! A call to an API is [`HttpCall::get`] with [`HttpCall::with_bearer`]; nothing more is to it.

use oauth_core::secret::Secret;

use super::metadata::ProviderMetadata;
use super::prepare::ClientSettings;
use crate::http_call::{HttpCall, Parameter};

/// A refresh request. `scope` narrows what the new access token may do; `None` asks for all again.
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

/// A UserInfo request; `None` where the server has no such endpoint.
pub fn userinfo_request(
    metadata: &ProviderMetadata,
    access_token: &Secret<String>,
) -> Option<HttpCall> {
    let endpoint = metadata.userinfo_endpoint.as_ref()?;
    Some(HttpCall::get(endpoint).with_bearer(access_token))
}
