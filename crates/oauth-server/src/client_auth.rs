//! Authenticates the client of a request to an endpoint for clients (RFC 6749 §2.3).

use std::rc::Rc;

use oauth_core::{
    Refusal, Secret,
    client::{AuthMethod, Client},
    client_assertion::{self, NotAccepted},
    client_authentication::{self, Presented, Proof},
    form::Form,
    http::{Answer, Incoming},
    lifecycle::one_time::Verdict,
};

use crate::{
    answer,
    audit::{AuditEvent, Event, Origin},
    context::{Context, Stop},
    ports::{Audit, ClientAuthentication},
};

/// A client that has proved who it is. Only [`authenticate`] makes one.
#[derive(Debug)]
pub(crate) struct ClientAuthenticated {
    client: Rc<Client>,
}

impl ClientAuthenticated {
    /// The client.
    pub(crate) fn client(&self) -> &Client {
        &self.client
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
    let outcome = prove(context, authorization, form).await;
    match outcome {
        Err(Stop::Refused(refusal)) => {
            failed(context, form, refusal);
            Err(Stop::from(challenge(refusal, authorization.is_some())))
        }
        Err(stop) => Err(stop),
        Ok(authenticated) => {
            context.log(|log| log.client_id = Some(authenticated.client.client_id.to_string()));
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
    authorization: Option<&str>,
    form: &Form,
) -> Result<ClientAuthenticated, Stop> {
    let presented = client_authentication::read(authorization, form, client_assertion::client_id)?;
    context.note_client(|origin| origin.presents(presented.client_id.as_str()));
    let client = context.ports.client(&presented.client_id).await?;
    let Some(client) = client else {
        return Err(Stop::from(unknown(context, &presented)));
    };
    let method = presented.proof.method();
    if !client.authenticates_with(method) {
        return Err(Refusal::MethodNotRegistered.into());
    }
    match &presented.proof {
        Proof::None => {}
        Proof::Basic { decoded, verbatim } => {
            secret(context, &client, &[decoded, verbatim]).await?;
        }
        Proof::Post(secret_sent) => secret(context, &client, &[secret_sent]).await?,
        Proof::Assertion(assertion) => by_assertion(context, &client, assertion).await?,
    }
    Ok(ClientAuthenticated { client })
}

/// An unknown client takes the same work and gets the same answer as a wrong secret.
fn unknown<P>(context: &Context<'_, P>, presented: &Presented) -> Refusal {
    if presented.proof.method() != AuthMethod::None {
        let _ = context
            .keyring
            .client_secret_matches(&presented.client_id, "", "");
    }
    Refusal::ClientUnauthenticated
}

async fn secret<P: ClientAuthentication>(
    context: &Context<'_, P>,
    client: &Client,
    candidates: &[&Secret<String>],
) -> Result<(), Refusal> {
    let (keyring, client_id) = (context.keyring, &client.client_id);
    let matching = client.secret_hashes.iter().find_map(|hash| {
        let mut candidates = candidates.iter().map(|secret| secret.expose());
        let matches = |secret: &&String| keyring.client_secret_matches(client_id, secret, hash);
        Some((hash, candidates.find(matches)?))
    });
    let (hash, secret) = matching.ok_or(Refusal::ClientSecretWrong)?;
    if let Some(renewed) = keyring.renewed_client_secret_hash(client_id, secret, hash) {
        let ports = context.ports;
        ports.renew_secret_hash(client_id, hash, &renewed).await;
    }
    Ok(())
}

async fn by_assertion<P: ClientAuthentication>(
    context: &Context<'_, P>,
    client: &Client,
    assertion: &Secret<String>,
) -> Result<(), Stop> {
    let presents = client_assertion::check(
        assertion.expose(),
        client,
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
    for present in presents {
        if context.ports.present(present).await? == Verdict::Replayed {
            return Err(Refusal::AssertionReplayed.into());
        }
    }
    Ok(())
}
