//! Pushed authorization requests (RFC 9126): a client sends its request itself, and the browser carries a reference to
//! it.

use oauth_core::{
    Refusal,
    authorize::{self, Rejected},
    client::Client,
    credential::RequestUri,
    form::{self, Form},
    http::{Answer, Incoming},
    id::GrantId,
    lifecycle::grant::RequestSource,
};
use serde::Serialize;

use crate::{
    answer,
    client_auth::{self, ClientAuthenticated},
    context::{Context, Stop},
    dpop,
    form_body::read_form,
    ports::{ClientAuthentication, Ports},
    pushed_request,
    rate::{self, Made},
    validated_request::LONGEST,
};

/// The parameters that authenticate the client and are no part of its request.
const CREDENTIALS: [&str; 3] = ["client_secret", "client_assertion", "client_assertion_type"];

/// RFC 9126 §2.2
#[derive(Serialize)]
struct Pushed {
    request_uri: String,
    expires_in: i64,
}

/// Answers a pushed authorization request.
pub async fn par<P: Ports>(context: &Context<'_, P>, request: &Incoming) -> Result<Answer, Stop> {
    let form = read_form(request)?;
    let authenticated = client_auth::authenticate(context, request, &form).await?;
    let client = authenticated.client();
    check(context, client, &form)?;
    let jkt = thumbprint(context, request, &form, &authenticated).await?;
    let parameters = form
        .iter()
        .filter(|(name, _)| !CREDENTIALS.contains(name) && *name != "dpop_jkt");
    let parameters = form::encode(parameters.chain(jkt.as_deref().map(|jkt| ("dpop_jkt", jkt))));
    if parameters.len() > LONGEST {
        return Err(too_large(Refusal::TooLarge).into());
    }
    let body = pushed(context, &authenticated, &parameters).await?;
    Ok(Answer::json(201, &body).with("cache-control", "no-store"))
}

/// Stores the request of a client that an operator has registered, and that has proved who it is. Anyone else's is carried by
/// its reference.
async fn pushed<P: Ports>(
    context: &Context<'_, P>,
    authenticated: &ClientAuthenticated,
    parameters: &str,
) -> Result<Pushed, Stop> {
    let client_id = &authenticated.client().client_id;
    let lifetimes = &context.settings.lifetimes;
    let grant = GrantId::from_random(context.ports.random()?);
    if authenticated.is_no_stranger() {
        pushed_request::keep(context, &grant, client_id, parameters).await?;
        return Ok(Pushed {
            request_uri: RequestUri { grant }.issue(context.keyring),
            expires_in: lifetimes.pushed_request,
        });
    }
    rate::of_everyone(context, Made::PushedRequest)?;
    let request_uri = pushed_request::carry(context, &grant, parameters).await?;
    if pushed_request::query(client_id, &request_uri).len() > LONGEST {
        return Err(too_large(Refusal::TooLongToCarry).into());
    }
    Ok(Pushed {
        request_uri,
        expires_in: lifetimes.carried_request(),
    })
}

/// The key that the code is to be bound to: the request names it, or its proof shows it (RFC 9449 §10.1).
async fn thumbprint<P: ClientAuthentication>(
    context: &Context<'_, P>,
    request: &Incoming,
    form: &Form,
    by: &ClientAuthenticated,
) -> Result<Option<String>, Stop> {
    let named = form.one("dpop_jkt")?;
    let proof = dpop::read(context, request, None).await?;
    if named
        .zip(proof.as_ref())
        .is_some_and(|(named, proof)| named != proof.jkt())
    {
        return Err(Refusal::ThumbprintDiffers.into());
    }
    // A proof that a stranger sends again binds a code to the same key, which the stranger does not have.
    let proved = if by.is_no_stranger() {
        dpop::use_once(context, proof).await?
    } else {
        proof.map(|proof| proof.jkt().to_owned())
    };
    Ok(proved.or_else(|| named.map(str::to_owned)))
}

/// The checks of the authorization endpoint (RFC 9126 §2.1); a refusal goes to the client and not to a user.
fn check<P>(context: &Context<'_, P>, client: &Client, form: &Form) -> Result<(), Refusal> {
    if form.one("request_uri")?.is_some() {
        return Err(Refusal::RequestUriPushed);
    }
    match authorize::check(form, client, context.settings, RequestSource::Pushed) {
        Ok(_) => Ok(()),
        Err(Rejected::Page(refusal) | Rejected::Redirect { refusal, .. }) => Err(refusal),
    }
}

/// RFC 9126 §2.3
fn too_large(refusal: Refusal) -> Answer {
    Answer {
        status: 413,
        ..answer::refused(refusal)
    }
}
