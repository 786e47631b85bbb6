//! openidconnect, with discovery.

use anyhow::{Context as _, Result, bail, ensure};
use openidconnect::{
    AccessTokenHash, AdditionalProviderMetadata, AuthType, AuthenticationFlow, AuthorizationCode,
    ClientId, ClientName, ClientSecret, CsrfToken, EndpointMaybeSet, EndpointNotSet, EndpointSet,
    IntrospectionUrl, IssuerUrl, Nonce, OAuth2TokenResponse as _, PkceCodeChallenge,
    ProviderMetadata, RedirectUrl, RequestTokenError, RevocationUrl, Scope,
    TokenIntrospectionResponse as _, TokenResponse as _,
    core::{
        CoreAuthDisplay, CoreClaimName, CoreClaimType, CoreClient, CoreClientAuthMethod,
        CoreClientRegistrationRequest, CoreErrorResponseType, CoreGrantType, CoreJsonWebKey,
        CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm, CoreResponseMode,
        CoreResponseType, CoreRevocableToken, CoreSubjectIdentifierType, CoreTokenResponse,
        CoreUserInfoClaims,
    },
    registration::EmptyAdditionalClientMetadata,
};
use serde::{Deserialize, Serialize};

use crate::{
    Step,
    system::{ISSUER, System, remember},
};

/// The endpoints that the library leaves to those who use it.
#[derive(Clone, Debug, Deserialize, Serialize)]
struct Endpoints {
    revocation_endpoint: RevocationUrl,
    introspection_endpoint: IntrospectionUrl,
}
impl AdditionalProviderMetadata for Endpoints {}

type Metadata = ProviderMetadata<
    Endpoints,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// Who a client is.
struct Identity {
    id: String,
    secret: Option<String>,
    redirect: String,
    proof: AuthType,
}

pub fn steps() -> Vec<Step> {
    let person = |id: &'static str, proof: AuthType| -> Step {
        let name = format!(
            "openidconnect: {id} by {proof:?}: discovery, code with PKCE, ID token, UserInfo, refresh, revocation"
        );
        (
            name,
            Box::new(move |system| sign_in(system, &known(system, id, &proof)?)),
        )
    };
    vec![
        person("web-ui", AuthType::RequestBody),
        person("web-app", AuthType::BasicAuth),
        person("web-app", AuthType::RequestBody),
        (
            "openidconnect: registration, and a sign-in with what came of it".into(),
            Box::new(registered),
        ),
        (
            "openidconnect: a resource server asks about a token".into(),
            Box::new(introspection),
        ),
    ]
}

fn known(system: &System, id: &str, proof: &AuthType) -> Result<Identity> {
    let client = system.client(id)?;
    Ok(Identity {
        id: id.to_owned(),
        secret: client.secret.clone(),
        redirect: client.redirect.clone().unwrap_or_default(),
        proof: proof.clone(),
    })
}

fn discover(system: &System) -> Result<Metadata> {
    Ok(Metadata::discover(
        &IssuerUrl::new(ISSUER.to_owned())?,
        system,
    )?)
}

fn witnessed(tokens: &CoreTokenResponse) -> Result<()> {
    remember(tokens.access_token().secret(), "access_token");
    remember(
        tokens.refresh_token().context("no refresh token")?.secret(),
        "refresh_token",
    );
    Ok(())
}

fn client(system: &System, identity: &Identity) -> Result<Client> {
    let metadata = discover(system)?;
    let endpoints = metadata.additional_metadata().clone();
    let secret = identity.secret.clone().map(ClientSecret::new);
    let client =
        CoreClient::from_provider_metadata(metadata, ClientId::new(identity.id.clone()), secret)
            .set_auth_type(identity.proof.clone())
            .set_redirect_uri(RedirectUrl::new(identity.redirect.clone())?)
            .set_revocation_url(endpoints.revocation_endpoint);
    Ok(client)
}

fn sign_in(system: &System, identity: &Identity) -> Result<()> {
    let client = client(system, identity)?;
    let (tokens, nonce) = authorized(system, &client)?;
    check(system, &client, &tokens, &nonce)?;
    end(system, &client, &tokens)
}

fn authorized(system: &System, client: &Client) -> Result<(CoreTokenResponse, Nonce)> {
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    remember(verifier.secret(), "code_verifier");
    let flow = AuthenticationFlow::<CoreResponseType>::AuthorizationCode;
    let (url, state, nonce) = client
        .authorize_url(flow, CsrfToken::new_random, Nonce::new_random)
        .add_scopes(["profile", "email", "read"].map(|scope| Scope::new(scope.to_owned())))
        .set_pkce_challenge(challenge)
        .url();
    let returned = system.browse(&url)?;
    ensure!(
        returned.get("state") == Some(state.secret()),
        "another state"
    );
    let code = AuthorizationCode::new(returned.get("code").context("no code")?.clone());
    let tokens = client
        .exchange_code(code)?
        .set_pkce_verifier(verifier)
        .request(system)?;
    witnessed(&tokens)?;
    Ok((tokens, nonce))
}

/// The ID token, its hash of the access token, and UserInfo.
fn check(
    system: &System,
    client: &Client,
    tokens: &CoreTokenResponse,
    nonce: &Nonce,
) -> Result<()> {
    let id_token = tokens.id_token().context("no ID token")?;
    let verifier = client.id_token_verifier();
    let claims = id_token.claims(&verifier, nonce)?;
    let (algorithm, key) = (id_token.signing_alg()?, id_token.signing_key(&verifier)?);
    let hash = AccessTokenHash::from_token(tokens.access_token(), algorithm, key)?;
    ensure!(claims.access_token_hash() == Some(&hash), "another at_hash");
    let subject = claims.subject().clone();
    let person: CoreUserInfoClaims = client
        .user_info(tokens.access_token().clone(), Some(subject))?
        .request(system)?;
    ensure!(person.email().is_some(), "{person:?}");
    ensure!(
        person
            .preferred_username()
            .is_some_and(|name| name.as_str() == "ada"),
        "{person:?}"
    );
    Ok(())
}

/// Refresh, revocation, and what is answered to a dead token.
fn end(system: &System, client: &Client, tokens: &CoreTokenResponse) -> Result<()> {
    let token = tokens.refresh_token().context("no refresh token")?;
    let renewed = client.exchange_refresh_token(token)?.request(system)?;
    witnessed(&renewed)?;
    system.call("/api/user/profile", renewed.access_token().secret())?;
    let token = renewed.refresh_token().context("no refresh token")?;
    client
        .revoke_token(CoreRevocableToken::RefreshToken(token.clone()))?
        .request(system)?;
    match client.exchange_refresh_token(token)?.request(system) {
        Err(RequestTokenError::ServerResponse(answer))
            if *answer.error() == CoreErrorResponseType::InvalidGrant =>
        {
            Ok(())
        }
        other => bail!("{other:?}"),
    }
}

fn registered(system: &System) -> Result<()> {
    let metadata = discover(system)?;
    let endpoint = metadata
        .registration_endpoint()
        .context("no registration endpoint")?;
    let redirect = "http://127.0.0.1:9999/callback".to_owned();
    let request = CoreClientRegistrationRequest::new(
        vec![RedirectUrl::new(redirect.clone())?],
        EmptyAdditionalClientMetadata::default(),
    )
    .set_client_name(Some(
        [(None, ClientName::new("Rust".to_owned()))]
            .into_iter()
            .collect(),
    ))
    .set_grant_types(Some(vec![
        CoreGrantType::AuthorizationCode,
        CoreGrantType::RefreshToken,
    ]));
    let client = request.register(endpoint, system)?;
    let secret = client.client_secret().map(|secret| secret.secret().clone());
    if let Some(secret) = &secret {
        remember(secret, "client_secret");
    }
    if let Some(token) = client.registration_access_token() {
        remember(token.secret(), "registration_access_token");
    }
    let id = client.client_id().to_string();
    sign_in(
        system,
        &Identity {
            id,
            secret,
            redirect,
            proof: AuthType::BasicAuth,
        },
    )
}

fn introspection(system: &System) -> Result<()> {
    let metadata = discover(system)?;
    let endpoints = metadata.additional_metadata().clone();
    let client = |id: &str| -> Result<_> {
        let secret = system.client(id)?.secret.clone().map(ClientSecret::new);
        Ok(CoreClient::from_provider_metadata(
            metadata.clone(),
            ClientId::new(id.to_owned()),
            secret,
        )
        .set_introspection_url(endpoints.introspection_endpoint.clone()))
    };
    let tokens = client("client-123")?
        .exchange_client_credentials()?
        .add_scope(Scope::new("read:students".to_owned()))
        .request(system)?;
    remember(tokens.access_token().secret(), "access_token");
    let told = client("api")?
        .introspect(tokens.access_token())
        .request(system)?;
    ensure!(
        told.active()
            && told
                .client_id()
                .is_some_and(|id| id.as_str() == "client-123"),
        "{told:?}"
    );
    Ok(())
}
