//! Authenticates the client of a request to an endpoint for clients (RFC 6749 §2.3).

use std::rc::Rc;

use oauth_core::{
    Refusal, Secret,
    client::{AuthMethod, Client},
    client_assertion::{self, NotAccepted},
    client_authentication::{self, Presented, Proof},
    form::Form,
    http::{Answer, Incoming},
    id::ClientId,
    lifecycle::one_time::{Present, Verdict},
};

use crate::{
    answer,
    audit::{AuditEvent, Event, Origin},
    client_document, client_secret,
    context::{Context, Stop},
    ports::{Audit, ClientAuthentication},
    rate,
};

/// A client that has proved who it is. Only [`authenticate`] makes one.
#[derive(Debug)]
pub(crate) struct ClientAuthenticated {
    client: Rc<Client>,
    method: AuthMethod,
}

impl ClientAuthenticated {
    /// The client.
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// Whether it is known to be the client, and not only someone who knows its id.
    pub(crate) fn has_proved_itself(&self) -> bool {
        self.method != AuthMethod::None
    }

    /// Whether it has proved to be a client that an operator has registered. Anyone can have any other, with its secret.
    pub(crate) fn is_no_stranger(&self) -> bool {
        self.has_proved_itself() && self.client.registered_by.is_operator()
    }
}

/// Authenticates the client. A 401 carries a challenge only if the client used the `Authorization` header
/// (RFC 6749 §5.2).
pub(crate) async fn authenticate<P: ClientAuthentication>(
    context: &Context<'_, P>,
    request: &Incoming,
    form: &Form,
) -> Result<ClientAuthenticated, Stop> {
    let authorization = request.headers.value("authorization");
    let outcome = prove(context, request, form).await;
    count(context, request, &outcome)?;
    match outcome {
        Err(Stop::Refused(refusal)) => {
            failed(context, form, refusal);
            Err(Stop::from(challenge(refusal, authorization.is_some())))
        }
        Err(stop) => Err(stop),
        Ok(authenticated) => {
            context.log(|log| log.client_id = Some(authenticated.client.client_id.to_string()));
            context.note_client(|origin| origin.is_of(&authenticated.client.client_id));
            if !authenticated.client.is_public() {
                context.note_client(Origin::proves);
            }
            Ok(authenticated)
        }
    }
}

/// Records that a client did not prove who it is, with the id that it presented.
fn failed<P: Audit>(context: &Context<'_, P>, form: &Form, refusal: Refusal) {
    if context.origin().client_id().is_none()
        && let Ok(Some(named)) = form.one("client_id")
    {
        context.note_client(|origin| origin.presents(named));
    }
    context.note_client(Origin::records);
    context.record(AuditEvent {
        reason: Some(refusal.slug()),
        ..context.event(Event::ClientAuthenticationFailed)
    });
}

/// Counts the request: by the client, if it has proved who it is. Clients that no operator has registered count together
/// within a network, which could have any number of them. A fault of this server is nobody's request.
fn count<P: ClientAuthentication>(
    context: &Context<'_, P>,
    request: &Incoming,
    outcome: &Result<ClientAuthenticated, Stop>,
) -> Result<(), Refusal> {
    match outcome {
        Ok(authenticated) if authenticated.is_no_stranger() => {
            rate::of_caller(context, authenticated.client.client_id.as_str())
        }
        Ok(authenticated) if authenticated.has_proved_itself() => {
            rate::of_caller(context, &rate::asker(context))
        }
        Ok(_) | Err(Stop::Refused(_) | Stop::Answer(_)) => rate::of_stranger(context, request),
        Err(Stop::Fault(fault)) if client_document::is_client_s(fault) => {
            rate::of_stranger(context, request)
        }
        Err(Stop::Fault(_)) => Ok(()),
    }
}

/// The same, for endpoints that public clients may not use (RFC 7662 §2.1).
pub(crate) async fn authenticate_confidential<P: ClientAuthentication>(
    context: &Context<'_, P>,
    request: &Incoming,
    form: &Form,
) -> Result<ClientAuthenticated, Stop> {
    let authenticated = authenticate(context, request, form).await?;
    if authenticated.client.is_public() {
        let used_header = request.headers.value("authorization").is_some();
        return Err(challenge(Refusal::IntrospectionNotAllowed, used_header).into());
    }
    Ok(authenticated)
}

fn challenge(refusal: Refusal, used_header: bool) -> Answer {
    let answer = answer::refused(refusal);
    if answer.status == 401 && used_header {
        answer.with(
            "www-authenticate",
            "Basic realm=\"ostiary\", charset=\"UTF-8\"",
        )
    } else {
        answer
    }
}

async fn prove<P: ClientAuthentication>(
    context: &Context<'_, P>,
    request: &Incoming,
    form: &Form,
) -> Result<ClientAuthenticated, Stop> {
    let authorization = request.headers.value("authorization");
    let presented = client_authentication::read(authorization, form, client_assertion::client_id)?;
    let client_id = &presented.client_id;
    context.note_client(|origin| origin.presents(client_id.as_str()));
    // A client that this isolate knows goes on, whoever else is in its network.
    if !context.ports.has_copy(client_id) {
        rate::before_look_up(context, request)?;
    }
    let client = context.ports.client(client_id).await?;
    let outcome = verify(context, client.clone(), &presented).await;
    if client.is_none() || !matches!(outcome, Err(Stop::Refused(_))) {
        return outcome;
    }
    rate::before_look_up(context, request)?;
    // The secret may have changed, and an unknown client has cost a look at the registrations as well.
    match (client, context.ports.client_again(client_id).await?) {
        (Some(copy), Some(now))
            if copy.secret_hashes != now.secret_hashes
                || copy.sealed_secrets != now.sealed_secrets =>
        {
            verify(context, Some(now), &presented).await
        }
        _ => outcome,
    }
}

/// Checks the proof. An unknown client takes the same work and gets the same answer as a wrong secret.
async fn verify<P: ClientAuthentication>(
    context: &Context<'_, P>,
    client: Option<Rc<Client>>,
    presented: &Presented,
) -> Result<ClientAuthenticated, Stop> {
    let method = presented.proof.method();
    let known = client.as_deref();
    let able = known.filter(|client| client.authenticates_with(method));
    let proved = by_proof(context, able, presented).await;
    if known.is_some() && able.is_none() {
        return Err(Refusal::MethodNotRegistered.into());
    }
    let client = client.ok_or(Refusal::ClientUnauthenticated)?;
    proved?;
    Ok(ClientAuthenticated { client, method })
}

/// Checks the proof of a client that may give one of this kind; with the same work if there is none.
async fn by_proof<P: ClientAuthentication>(
    context: &Context<'_, P>,
    client: Option<&Client>,
    presented: &Presented,
) -> Result<(), Stop> {
    if let Proof::Assertion(assertion) = &presented.proof {
        return by_assertion(context, client, assertion).await;
    }
    if let Proof::SecretAssertion(assertion) = &presented.proof {
        return by_secret_assertion(context, client, assertion).await;
    }
    let hashes = client.map_or(&[][..], |client| &client.secret_hashes);
    let found = found_secret(context, presented, hashes);
    if presented.proof.method() != AuthMethod::None {
        let found = found.ok_or(Refusal::ClientSecretWrong)?;
        renew(context, &presented.client_id, found).await;
    }
    Ok(())
}

/// The secret that was presented, and the one of `hashes` that is its.
fn found_secret<'a, P>(
    context: &Context<'_, P>,
    presented: &'a Presented,
    hashes: &'a [String],
) -> Option<(&'a Secret<String>, &'a String)> {
    let found = |secrets: &[&'a Secret<String>]| {
        let keyring = context.keyring;
        keyring.find_client_secret(&presented.client_id, secrets, hashes)
    };
    match &presented.proof {
        Proof::None | Proof::Assertion(_) | Proof::SecretAssertion(_) => None,
        Proof::Basic { decoded, verbatim } => found(&[decoded, verbatim]),
        Proof::Post(secret) => found(&[secret]),
    }
}

/// Renews a hash that was made under the secret before the current one.
async fn renew<P: ClientAuthentication>(
    context: &Context<'_, P>,
    client_id: &ClientId,
    (secret, hash): (&Secret<String>, &String),
) {
    let keyring = context.keyring;
    if let Some(renewed) = keyring.renewed_client_secret_hash(client_id, secret.expose(), hash) {
        let ports = context.ports;
        ports.renew_secret_hash(client_id, hash, &renewed).await;
    }
}

async fn by_assertion<P: ClientAuthentication>(
    context: &Context<'_, P>,
    client: Option<&Client>,
    assertion: &Secret<String>,
) -> Result<(), Stop> {
    let fetched = match client.and_then(|client| client.jwks_uri.as_deref()) {
        Some(url) => {
            let key_id = client_assertion::key_id(assertion.expose());
            let asker = rate::asker(context);
            let keys = context.ports.client_keys(url, key_id.as_deref(), &asker);
            Some(keys.await?)
        }
        None => None,
    };
    let keys = fetched.as_deref();
    let keys = keys.or_else(|| client.and_then(|client| client.jwks.as_ref()));
    let presents = client_assertion::check(
        assertion.expose(),
        (client, keys),
        context.settings,
        context.keyring,
        context.ports.verifier(),
        context.now,
    )
    .await
    .map_err(|not_accepted| match not_accepted {
        NotAccepted::Refused(refusal) => Stop::Refused(refusal),
        NotAccepted::Fault(fault) => Stop::Fault(fault),
    })?;
    use_once(context, presents).await
}

async fn by_secret_assertion<P: ClientAuthentication>(
    context: &Context<'_, P>,
    client: Option<&Client>,
    assertion: &Secret<String>,
) -> Result<(), Stop> {
    let opened = client_secret::opened(context, client).await;
    let secrets: Vec<_> = opened.iter().map(|opened| &opened.secret).collect();
    let presents = client_assertion::check_by_secret(
        assertion.expose(),
        client,
        &secrets,
        context.settings,
        context.keyring,
        context.now,
    )?;
    use_once(context, presents).await?;
    if let Some(client) = client {
        client_secret::renew(context, &client.client_id, &opened).await;
    }
    Ok(())
}

async fn use_once<P: ClientAuthentication>(
    context: &Context<'_, P>,
    presents: Vec<Present>,
) -> Result<(), Stop> {
    for present in presents {
        if context.ports.present(present).await? == Verdict::Replayed {
            return Err(Refusal::AssertionReplayed.into());
        }
    }
    Ok(())
}
