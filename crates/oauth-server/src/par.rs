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
    answer, client_auth,
    context::{Context, Stop},
    dpop,
    form_body::read_form,
    ports::{ClientAuthentication, Ports},
    pushed_request,
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
    let client = client_auth::authenticate(context, request, &form).await?;
    let client = client.client();
    check(context, client, &form)?;
    let jkt = thumbprint(context, request, &form).await?;
    let parameters = form
        .iter()
        .filter(|(name, _)| !CREDENTIALS.contains(name) && *name != "dpop_jkt");
    let parameters = form::encode(parameters.chain(jkt.as_deref().map(|jkt| ("dpop_jkt", jkt))));
    if parameters.len() > LONGEST {
        return Err(too_large().into());
    }
    let grant = GrantId::from_random(context.ports.random()?);
    pushed_request::keep(context, &grant, &client.client_id, &parameters).await?;
    let body = Pushed {
        request_uri: RequestUri { grant }.issue(context.keyring),
        expires_in: context.settings.lifetimes.pushed_request,
    };
    Ok(Answer::json(201, &body).with("cache-control", "no-store"))
}

/// The key that the code is to be bound to: the request names it, or its proof shows it (RFC 9449 §10.1).
async fn thumbprint<P: ClientAuthentication>(
    context: &Context<'_, P>,
    request: &Incoming,
    form: &Form,
) -> Result<Option<String>, Stop> {
    let named = form.one("dpop_jkt")?;
    let proof = dpop::read(context, request, None).await?;
    if named
        .zip(proof.as_ref())
        .is_some_and(|(named, proof)| named != proof.jkt())
    {
        return Err(Refusal::ThumbprintDiffers.into());
    }
    let proved = dpop::use_once(context, proof).await?;
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
fn too_large() -> Answer {
    Answer {
        status: 413,
        ..answer::refused(Refusal::TooLarge)
    }
}
