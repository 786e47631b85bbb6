//! The answer to an authorization request: the browser goes back to the client.

use oauth_core::{Refusal, http::Answer, redirect_uri::ValidRedirect};

use crate::context::Context;

/// Redirects to the client with an error (RFC 6749 §4.1.2.1).
pub(crate) fn refused<P>(
    context: &Context<'_, P>,
    redirect: &ValidRedirect,
    state: Option<&str>,
    refusal: Refusal,
) -> Answer {
    let parameters = [
        ("error", refusal.code().as_str()),
        ("error_description", refusal.description()),
    ];
    let mut answer = to(context, redirect, state, &parameters);
    answer.log.refusal = Some(refusal.slug());
    answer
}

/// Sends the browser back to the client with `parameters`, its `state`, and the `iss` of this server (RFC 9207 §2).
pub(crate) fn to<P>(
    context: &Context<'_, P>,
    redirect: &ValidRedirect,
    state: Option<&str>,
    parameters: &[(&str, &str)],
) -> Answer {
    let mut parameters = parameters.to_vec();
    parameters.extend(state.map(|state| ("state", state)));
    parameters.push(("iss", &context.settings.issuer));
    Answer::see_other(redirect.with_params(&parameters))
        .with("cache-control", "no-store")
        .with("referrer-policy", "no-referrer")
}
