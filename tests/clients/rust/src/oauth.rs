//! oauth2: the flows of OAuth alone.

use anyhow::{Context as _, Result, bail, ensure};
use oauth2::{
    AuthType, AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointNotSet,
    EndpointSet, IntrospectionUrl, PkceCodeChallenge, RedirectUrl, RequestTokenError,
    RevocationUrl, Scope, StandardRevocableToken, TokenIntrospectionResponse as _,
    TokenResponse as _, TokenUrl,
    basic::{BasicClient, BasicErrorResponseType},
};

use crate::{
    Step,
    system::{ISSUER, System, remember},
};

pub fn steps() -> Vec<Step> {
    let with = |proof: AuthType| -> Vec<Step> {
        let (machine, person) = (proof.clone(), proof.clone());
        vec![
            (
                format!(
                    "oauth2: a machine by {proof:?}: client credentials, introspection, revocation"
                ),
                Box::new(move |system| credentials(system, &machine)),
            ),
            (
                format!(
                    "oauth2: a person by {proof:?}: code with PKCE, refresh, a code used twice"
                ),
                Box::new(move |system| code(system, &person)),
            ),
        ]
    };
    let wrong: Step = (
        "oauth2: a wrong secret is an error that it understands".into(),
        Box::new(wrong_secret),
    );
    [
        with(AuthType::BasicAuth),
        with(AuthType::RequestBody),
        vec![wrong],
    ]
    .into_iter()
    .flatten()
    .collect()
}

type WebApp = BasicClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointSet>;

fn url(path: &str) -> String {
    format!("{ISSUER}/oauth/{path}")
}

fn scope(name: &str) -> Scope {
    Scope::new(name.to_owned())
}

fn credentials(system: &System, proof: &AuthType) -> Result<()> {
    let client = |id: &str| -> Result<_> {
        let secret = system.client(id)?.secret.clone().context("no secret")?;
        Ok(BasicClient::new(ClientId::new(id.to_owned()))
            .set_client_secret(ClientSecret::new(secret))
            .set_auth_type(proof.clone())
            .set_token_uri(TokenUrl::new(url("token"))?)
            .set_introspection_url(IntrospectionUrl::new(url("introspect"))?)
            .set_revocation_url(RevocationUrl::new(url("revoke"))?))
    };
    let machine = client("client-123")?;
    let tokens = machine
        .exchange_client_credentials()
        .add_scope(scope("read:students"))
        .request(system)?;
    let token = tokens.access_token();
    remember(token.secret(), "access_token");
    system.call("/students", token.secret())?;
    let api = client("api")?;
    ensure!(api.introspect(token).request(system)?.active());
    machine
        .revoke_token(StandardRevocableToken::AccessToken(token.clone()))?
        .request(system)?;
    ensure!(!api.introspect(token).request(system)?.active());
    Ok(())
}

fn web_app(system: &System, proof: &AuthType) -> Result<WebApp> {
    let known = system.client("web-app")?;
    let client = BasicClient::new(ClientId::new("web-app".to_owned()))
        .set_client_secret(ClientSecret::new(
            known.secret.clone().context("no secret")?,
        ))
        .set_auth_type(proof.clone())
        .set_auth_uri(AuthUrl::new(url("authorize"))?)
        .set_token_uri(TokenUrl::new(url("token"))?)
        .set_redirect_uri(RedirectUrl::new(
            known.redirect.clone().context("no redirect URI")?,
        )?);
    Ok(client)
}

fn code(system: &System, proof: &AuthType) -> Result<()> {
    let client = web_app(system, proof)?;
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    remember(verifier.secret(), "code_verifier");
    let (asked, state) = client
        .authorize_url(CsrfToken::new_random)
        .add_scopes(["read", "offline_access"].map(scope))
        .set_pkce_challenge(challenge)
        .url();
    let returned = system.browse(&asked)?;
    ensure!(
        returned.get("state") == Some(state.secret()),
        "another state"
    );
    let code = AuthorizationCode::new(returned.get("code").context("no code")?.clone());
    let verifier = || oauth2::PkceCodeVerifier::new(verifier.secret().clone());
    let tokens = client
        .exchange_code(code.clone())
        .set_pkce_verifier(verifier())
        .request(system)?;
    let token = tokens.refresh_token().context("no refresh token")?;
    remember(token.secret(), "refresh_token");
    let renewed = client.exchange_refresh_token(token).request(system)?;
    remember(renewed.access_token().secret(), "access_token");
    system.call("/api/user/profile", renewed.access_token().secret())?;
    match client
        .exchange_code(code)
        .set_pkce_verifier(verifier())
        .request(system)
    {
        Err(RequestTokenError::ServerResponse(answer))
            if *answer.error() == BasicErrorResponseType::InvalidGrant =>
        {
            Ok(())
        }
        other => bail!("{other:?}"),
    }
}

fn wrong_secret(system: &System) -> Result<()> {
    let client = BasicClient::new(ClientId::new("client-123".to_owned()))
        .set_client_secret(ClientSecret::new("not-the-secret".to_owned()))
        .set_token_uri(TokenUrl::new(url("token"))?);
    match client.exchange_client_credentials().request(system) {
        Err(RequestTokenError::ServerResponse(answer))
            if *answer.error() == BasicErrorResponseType::InvalidClient =>
        {
            Ok(())
        }
        other => bail!("{other:?}"),
    }
}
