//! The answer to an authorization request: the browser goes back to the client.

use oauth_core::{Refusal, client::Client, http::Answer, redirect_uri::ValidRedirect};

use crate::{
    context::Context,
    html_response,
    page::{self, ErrorPage},
};

/// Redirects to the client with an error (RFC 6749 §4.1.2.1).
pub(crate) fn refused<P>(
    context: &Context<'_, P>,
    redirect: &ValidRedirect,
    state: Option<&str>,
    refusal: Refusal,
) -> Answer {
    let mut answer = sent(with_error(context, redirect, state, refusal));
    answer.log.refusal = Some(refusal.slug());
    answer
}

/// Answers a request that is not valid. A client that an operator registered gets the error at once. To any other place, which
/// a stranger may have registered for just this, the user goes by a link, or not at all (RFC 9700 §4.11).
pub(crate) fn invalid<P>(
    context: &Context<'_, P>,
    client: &Client,
    redirect: &ValidRedirect,
    state: Option<&str>,
    refusal: Refusal,
) -> Answer {
    if client.registered_by.is_operator() {
        return refused(context, redirect, state, refusal);
    }
    let text = context.text();
    let uri = with_error(context, redirect, state, refusal);
    let error = ErrorPage {
        title: text.error.request_title,
        sentence: text.error.sentence(refusal),
        remedy: text.error.stranger_remedy,
        error: refusal.code().as_str(),
        request_id: &context.origin().request_id(),
        back: Some((&uri, redirect.authority())),
    };
    let mut answer = html_response::page(400, page::error(text, &error));
    answer.log.refusal = Some(refusal.slug());
    answer
}

fn with_error<P>(
    context: &Context<'_, P>,
    redirect: &ValidRedirect,
    state: Option<&str>,
    refusal: Refusal,
) -> String {
    let parameters = [
        ("error", refusal.code().as_str()),
        ("error_description", refusal.description()),
    ];
    with_parameters(context, redirect, state, &parameters)
}

/// Sends the browser back to the client with `parameters`, its `state`, and the `iss` of this server (RFC 9207 §2).
pub(crate) fn to<P>(
    context: &Context<'_, P>,
    redirect: &ValidRedirect,
    state: Option<&str>,
    parameters: &[(&str, &str)],
) -> Answer {
    sent(with_parameters(context, redirect, state, parameters))
}

fn with_parameters<P>(
    context: &Context<'_, P>,
    redirect: &ValidRedirect,
    state: Option<&str>,
    parameters: &[(&str, &str)],
) -> String {
    let mut parameters = parameters.to_vec();
    parameters.extend(state.map(|state| ("state", state)));
    parameters.push(("iss", &context.settings.issuer));
    redirect.with_params(&parameters)
}

fn sent(uri: String) -> Answer {
    Answer::see_other(uri)
        .with("cache-control", "no-store")
        .with("referrer-policy", "no-referrer")
}
