//! What a client learns of its registration (RFC 7591 §3.2.1, RFC 7592 §3): everything as it counts now.

use oauth_core::{
    Secret, UnixTime,
    client::{ApplicationType, Client},
    endpoint,
    grant_type::GrantType,
    http::Answer,
    jose::{Algorithm, JwkSet},
    redirect_uri::RegisteredRedirectUri,
    scope::Scope,
    settings::Settings,
};
use serde::Serialize;

/// What was issued to a client.
pub(super) struct Issued<'a> {
    /// When its id was issued.
    pub(super) at: UnixTime,
    /// Its secret, where it is known.
    pub(super) secret: Option<&'a Secret<String>>,
    /// Its registration access token.
    pub(super) token: &'a str,
}

#[derive(Serialize)]
struct Information<'a> {
    client_id: &'a str,
    client_id_issued_at: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret: Option<&'a str>,
    /// Secrets do not expire.
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret_expires_at: Option<u8>,
    registration_access_token: &'a str,
    registration_client_uri: &'a str,
    client_name: &'a str,
    redirect_uris: &'a [RegisteredRedirectUri],
    token_endpoint_auth_method: &'a str,
    grant_types: &'a [GrantType],
    response_types: &'a [&'a str],
    scope: &'a Scope,
    application_type: ApplicationType,
    #[serde(skip_serializing_if = "Option::is_none")]
    jwks: Option<&'a JwkSet>,
    #[serde(skip_serializing_if = "Option::is_none")]
    jwks_uri: Option<&'a str>,
    subject_type: &'a str,
    id_token_signed_response_alg: Algorithm,
    require_pushed_authorization_requests: bool,
    dpop_bound_access_tokens: bool,
}

/// The answer that has it.
pub(super) fn answer(
    settings: &Settings,
    status: u16,
    client: &Client,
    issued: &Issued<'_>,
) -> Answer {
    let id = client.client_id.as_str();
    let uri = [settings.issuer.as_str(), endpoint::REGISTRATIONS, id].concat();
    let method = client.token_endpoint_auth_methods.first();
    let has_code = client.grant_types.contains(&GrantType::AuthorizationCode);
    let information = Information {
        client_id: id,
        client_id_issued_at: issued.at.0,
        client_secret: issued.secret.map(|secret| secret.expose().as_str()),
        client_secret_expires_at: issued.secret.map(|_| 0),
        registration_access_token: issued.token,
        registration_client_uri: &uri,
        client_name: &client.client_name,
        redirect_uris: &client.redirect_uris,
        token_endpoint_auth_method: method.map_or("none", |method| method.name()),
        grant_types: &client.grant_types,
        response_types: if has_code { &["code"] } else { &[] },
        scope: &client.default_scope,
        application_type: client.application_type,
        jwks: client.jwks.as_ref(),
        jwks_uri: client.jwks_uri.as_deref(),
        subject_type: "public",
        id_token_signed_response_alg: Algorithm::Rs256,
        require_pushed_authorization_requests: client.require_pushed_authorization_requests,
        dpop_bound_access_tokens: client.dpop_bound_access_tokens,
    };
    Answer::json(status, &information).with("cache-control", "no-store")
}
