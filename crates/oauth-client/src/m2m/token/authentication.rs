//! The token request (RFC 6749 §4.4.2) and client authentication.

use oauth_core::UnixTime;
use oauth_core::client_authentication::{JWT_BEARER, basic};

use super::assertion::sign_assertion;
use super::failed::TokenFailed;
use crate::http_call::{HttpCall, Parameter};
use crate::m2m::ports::World;
use crate::m2m::settings::{AuthMethod, Settings};

/// A request for a token. Each has an assertion of its own, because a server accepts one once.
pub(in crate::m2m) async fn token_call(
    settings: &Settings,
    world: &impl World,
) -> Result<HttpCall, TokenFailed> {
    let call = HttpCall::post_form(
        &settings.token_endpoint,
        vec![
            Parameter::new("grant_type", "client_credentials"),
            Parameter::new("scope", &settings.scope),
            Parameter::new("resource", &settings.resource),
        ],
    );
    authenticate(call, settings, world).await
}

/// Adds client authentication to a form (RFC 6749 §2.3, RFC 7523 §2.2).
pub(in crate::m2m) async fn authenticate(
    mut call: HttpCall,
    settings: &Settings,
    world: &impl World,
) -> Result<HttpCall, TokenFailed> {
    match settings.auth_method {
        AuthMethod::PrivateKeyJwt => {
            let assertion = assertion(settings, world).await?;
            call.set_parameter("client_id", &settings.client_id);
            call.set_parameter("client_assertion_type", JWT_BEARER);
            call.set_parameter("client_assertion", &assertion);
        }
        AuthMethod::ClientSecretPost => {
            let secret = world.secret().ok_or(TokenFailed::NoSecret)?;
            call.set_parameter("client_id", &settings.client_id);
            call.set_parameter("client_secret", secret.expose());
        }
        AuthMethod::ClientSecretBasic => {
            let secret = world.secret().ok_or(TokenFailed::NoSecret)?;
            let basic = basic(&settings.client_id, secret.expose());
            call = call.with_header("authorization", &basic);
        }
    }
    Ok(call)
}

async fn assertion(settings: &Settings, world: &impl World) -> Result<String, TokenFailed> {
    let random = world.random().map_err(TokenFailed::Fault)?;
    let key = world.key().await.map_err(TokenFailed::NoKey)?;
    let now: UnixTime = world.now();
    sign_assertion(
        &*key.signer,
        &settings.client_id,
        &settings.issuer,
        now,
        random,
    )
    .await
    .map_err(TokenFailed::Fault)
}
