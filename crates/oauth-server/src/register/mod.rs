//! Clients that register themselves (RFC 7591), and manage their registration with the token that they got for it
//! (RFC 7592).
//!
//! Nobody verifies what they say. So they get no privilege for the asking, users are told that nobody knows them, and a
//! registration that is not used goes by itself.

mod information;

use oauth_core::{
    Refusal, Secret, base64url,
    client::{AuthMethod, Client, RegisteredBy},
    endpoint,
    grant_type::GrantType,
    http::{Answer, Incoming},
    id::ClientId,
    keyring::Purpose,
    registration::{Metadata, Rules},
    remote_document::Reach,
    scope::{Scope, ScopeToken},
    secret::secrets_equal,
    settings::RegistrationMode,
};

use self::information::Issued;
use crate::{
    answer,
    audit::{AuditEvent, Event},
    client_secret,
    context::{Context, Stop},
    ending::registered,
    json_body::is_json,
    ports::{Ports, Random, Registration, RegistrationPorts, Seal, Validity},
    presented,
    rate::{self, Made},
    scope_descriptions,
};

/// How long a registration lives that is never used, in seconds.
const UNUSED: i64 = 86_400;
/// How long one lives after its last use at least. It lives longer than what was granted then.
const USED: i64 = 120 * 86_400;

/// Answers `POST /oauth/register`: a client registers itself (RFC 7591 §3).
pub async fn register<P: RegistrationPorts>(
    context: &Context<'_, P>,
    request: &Incoming,
) -> Result<Answer, Stop> {
    rate::of_stranger(context, request)?;
    let is_trusted = is_trusted(context, request)?;
    let metadata = metadata(request)?;
    rate::of_everyone(context, Made::Registration)?;
    let id: [u8; 16] = context.ports.random()?;
    let id = ["c_", &base64url::encode(&id)].concat();
    let id = ClientId::parse(&id).ok_or(Refusal::MetadataMalformed)?;
    let scopes = known_scopes(context, &metadata).await;
    let rules = rules(context, &scopes, is_trusted);
    let mut client = metadata.into_client(id, &rules)?;
    let secret = issue_secret(context, &mut client).await?;
    let token = random_text(context)?;
    let validity = Validity {
        from: context.now,
        until: context.now.plus(UNUSED),
    };
    let hash = token_hash(context, &client.client_id, token.expose());
    context.ports.register(&client, &hash, validity).await?;
    record(context, Event::ClientRegistered, &client.client_id);
    let issued = Issued {
        at: context.now,
        secret: secret.as_ref(),
        token: token.expose(),
    };
    Ok(information::answer(context.settings, 201, &client, &issued))
}

/// Answers `GET /oauth/register/{client_id}` (RFC 7592 §2.1).
pub async fn read<P: RegistrationPorts>(
    context: &Context<'_, P>,
    request: &Incoming,
) -> Result<Answer, Stop> {
    let managed = managed(context, request).await?;
    Ok(managed.answer(context, &managed.registration.client, None))
}

/// Answers `PUT /oauth/register/{client_id}`: what the client says about itself now takes the place of what it said
/// before (RFC 7592 §2.2).
pub async fn replace<P: RegistrationPorts>(
    context: &Context<'_, P>,
    request: &Incoming,
) -> Result<Answer, Stop> {
    let managed = managed(context, request).await?;
    let metadata = metadata(request)?;
    rate::of_everyone(context, Made::Registration)?;
    let former = &managed.registration.client;
    check_identity(context, former, &metadata)?;
    let shown = metadata.client_secret.clone();
    let scopes = known_scopes(context, &metadata).await;
    // Who may be a machine was decided when it registered.
    let rules = rules(
        context,
        &scopes,
        former.may_use(GrantType::ClientCredentials),
    );
    let mut client = metadata.into_client(former.client_id.clone(), &rules)?;
    client.not_before = former.not_before;
    let secret = if has_what_it_needs(former, &client) {
        client.secret_hashes.clone_from(&former.secret_hashes);
        client.sealed_secrets.clone_from(&former.sealed_secrets);
        shown
    } else {
        issue_secret(context, &mut client).await?
    };
    let hash = token_hash(context, &client.client_id, &managed.token);
    if !context.ports.change_registration(&client, &hash).await? {
        return Err(forbidden().into());
    }
    record(context, Event::ClientChanged, &client.client_id);
    Ok(managed.answer(context, &client, secret.as_ref()))
}

/// Answers `DELETE /oauth/register/{client_id}`: the client, and all access that it was given, ends (RFC 7592 §2.3).
pub async fn remove<P: RegistrationPorts>(
    context: &Context<'_, P>,
    request: &Incoming,
) -> Result<Answer, Stop> {
    let managed = managed(context, request).await?;
    let client_id = &managed.registration.client.client_id;
    context.ports.remove_registration(client_id).await?;
    registered::announce(context, Some(client_id.as_str())).await?;
    Ok(Answer::empty(204).with("cache-control", "no-store"))
}

/// Notes that a client which registered itself was used, some time after the answer.
pub(crate) fn note_use<P: Ports>(context: &Context<'_, P>, client: &Client) {
    if client.registered_by == RegisteredBy::Itself {
        // The use is noted to the day.
        let granted = context.settings.lifetimes.grant() + 2 * 86_400;
        let validity = Validity {
            from: context.now,
            until: context.now.plus(USED.max(granted)),
        };
        context.ports.client_is_used(&client.client_id, validity);
    }
}

/// Whether the client has an initial access token (RFC 7591 §3). One that is wrong is refused even where none is needed.
fn is_trusted<P>(context: &Context<'_, P>, request: &Incoming) -> Result<bool, Refusal> {
    let registration = &context.settings.registration;
    if registration.mode == RegistrationMode::Off {
        return Err(Refusal::RegistrationOff);
    }
    let token = match presented::bearer(request) {
        Err(Refusal::TokenMissing) if registration.mode == RegistrationMode::Open => {
            return Ok(false);
        }
        token => token?,
    };
    let is_right = |right: &Secret<String>| {
        // Hashed first: the time of the comparison does not tell the length.
        let hash = |text: &str| context.keyring.mac_text(Purpose::Name, &["initial", text]);
        secrets_equal(hash(right.expose()).as_bytes(), hash(&token).as_bytes())
    };
    if registration.token.as_ref().is_some_and(is_right) {
        Ok(true)
    } else {
        Err(Refusal::TokenInvalid)
    }
}

fn metadata(request: &Incoming) -> Result<Metadata, Refusal> {
    if !is_json(request.headers.value("content-type")) {
        return Err(Refusal::NotJson);
    }
    Metadata::parse(&request.body)
}

fn rules<'a, P>(context: &Context<'_, P>, scopes: &'a Scope, machines: bool) -> Rules<'a> {
    Rules {
        registered_by: RegisteredBy::Itself,
        scopes,
        machines,
        reach: context.settings.client_documents.unwrap_or(Reach::Public),
    }
}

/// The scopes that there are. Where a resource lists none, what the client names counts too.
async fn known_scopes<P: Ports>(context: &Context<'_, P>, metadata: &Metadata) -> Scope {
    let offered = scope_descriptions::offered(context).await;
    let named = metadata.scope.as_deref().filter(|_| !offered.is_complete);
    let named = named.unwrap_or_default().split_whitespace();
    let named: Scope = named
        .filter_map(|name| ScopeToken::parse(name).ok())
        .collect();
    offered.scopes.union(&named)
}

/// A registration, and the token that manages it.
struct Managed {
    registration: Registration,
    token: String,
}

impl Managed {
    fn answer<P>(
        &self,
        context: &Context<'_, P>,
        client: &Client,
        secret: Option<&Secret<String>>,
    ) -> Answer {
        let issued = Issued {
            at: self.registration.created_at,
            secret,
            token: &self.token,
        };
        information::answer(context.settings, 200, client, &issued)
    }
}

/// The registration that a request manages: its token is that of this very client (RFC 7592 §3). Anyone can have one: the
/// request counts as a stranger's.
async fn managed<P: RegistrationPorts>(
    context: &Context<'_, P>,
    request: &Incoming,
) -> Result<Managed, Stop> {
    rate::before_look_up(context, request)?;
    let outcome = presented_registration(context, request).await;
    if !matches!(outcome, Err(Stop::Fault(_))) {
        rate::of_stranger(context, request)?;
    }
    outcome
}

async fn presented_registration<P: RegistrationPorts>(
    context: &Context<'_, P>,
    request: &Incoming,
) -> Result<Managed, Stop> {
    if context.settings.registration.mode == RegistrationMode::Off {
        return Err(Refusal::RegistrationOff.into());
    }
    let token = presented::bearer(request)?;
    let id = request.path.strip_prefix(endpoint::REGISTRATIONS);
    let id = id.and_then(ClientId::parse).ok_or(Refusal::TokenInvalid)?;
    let registration = context.ports.registration(&id).await?;
    let registration = registration.ok_or(Refusal::TokenInvalid)?;
    let parts = ["registration", id.as_str(), &token];
    if !context
        .keyring
        .is_mac(Purpose::Name, &parts, &registration.token_hash)
    {
        return Err(Refusal::TokenInvalid.into());
    }
    context.log(|log| log.client_id = Some(id.to_string()));
    if registration.is_disabled {
        return Err(forbidden().into());
    }
    Ok(Managed {
        registration,
        token,
    })
}

/// The answer about a client that an administrator has disabled (RFC 7592 §2).
fn forbidden() -> Answer {
    Answer {
        status: 403,
        ..answer::refused(Refusal::RegistrationDisabled)
    }
}

/// A request may name the client's id and its secret, if they are right (RFC 7592 §2.2).
fn check_identity<P>(
    context: &Context<'_, P>,
    former: &Client,
    metadata: &Metadata,
) -> Result<(), Refusal> {
    let id = &former.client_id;
    let is_id = |named: &str| named == id.as_str();
    let is_secret = |secret: &Secret<String>| {
        let found = context
            .keyring
            .find_client_secret(id, &[secret], &former.secret_hashes);
        found.is_some()
    };
    if metadata.client_id.as_deref().is_none_or(is_id)
        && metadata.client_secret.as_ref().is_none_or(is_secret)
    {
        Ok(())
    } else {
        Err(Refusal::RegistrationIdentity)
    }
}

fn random_text<P: Random>(context: &Context<'_, P>) -> Result<Secret<String>, Stop> {
    let bytes: [u8; 32] = context.ports.random()?;
    Ok(Secret::new(base64url::encode(&bytes)))
}

/// Whether the secret that a client has serves its way of authentication, which may be another now.
fn has_what_it_needs(former: &Client, client: &Client) -> bool {
    let has_sealed = !former.sealed_secrets.is_empty();
    client.needs_secret()
        && !former.secret_hashes.is_empty()
        && client.authenticates_with(AuthMethod::ClientSecretJwt) == has_sealed
}

/// Gives the client a secret, if its way of authentication needs one.
async fn issue_secret<P: Random + Seal>(
    context: &Context<'_, P>,
    client: &mut Client,
) -> Result<Option<Secret<String>>, Stop> {
    if !client.needs_secret() {
        return Ok(None);
    }
    let secret = random_text(context)?;
    let hash = context
        .keyring
        .client_secret_hash(&client.client_id, secret.expose());
    client.secret_hashes = vec![hash];
    if client.authenticates_with(AuthMethod::ClientSecretJwt) {
        let bytes = Secret::new(secret.expose().clone().into_bytes());
        let sealed = client_secret::sealed(context, &client.client_id, &bytes).await?;
        client.sealed_secrets = vec![sealed];
    }
    Ok(Some(secret))
}

fn token_hash<P>(context: &Context<'_, P>, client_id: &ClientId, token: &str) -> String {
    let parts = ["registration", client_id.as_str(), token];
    context.keyring.mac_text(Purpose::Name, &parts)
}

fn record<P: Ports>(context: &Context<'_, P>, event: Event, client_id: &ClientId) {
    context.record(AuditEvent {
        client_id: Some(client_id.to_string()),
        actor: Some("client".to_owned()),
        ..context.event(event)
    });
    context.log(|log| log.client_id = Some(client_id.to_string()));
}
