//! The answer to a request, however its endpoint ended.

use oauth_core::{
    Refusal,
    http::{Answer, Incoming},
};

use crate::{
    answer, audit,
    context::{Context, Stop},
    html_response,
    json_body::is_json,
    ports::{Audit, RateLimits},
    presented, rate,
};

/// How an endpoint's errors are rendered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Render {
    /// As JSON (RFC 6749 §5.2).
    Json,
    /// As a page.
    Page,
    /// As JSON where the request's body is JSON, else as a page.
    ByContentType,
    /// As JSON, with a challenge where the access token is at fault (RFC 6750 §3).
    Challenge,
}

/// Runs an endpoint in the language of its user, and renders its errors.
pub async fn respond<P: Audit + RateLimits>(
    context: &Context<'_, P>,
    request: &Incoming,
    render: Render,
    endpoint: impl Future<Output = Result<Answer, Stop>>,
) -> Answer {
    context.comes_from(request);
    // Answers to programs have no language.
    if matches!(render, Render::Page | Render::ByContentType) {
        context.accept_language(&request.headers);
    }
    let outcome = match rate::at_the_route(context, request) {
        Ok(()) => endpoint.await,
        Err(refusal) => Err(refusal.into()),
    };
    let mut answer = rendered(context, request, render, outcome);
    audit::refused::note(context, request, &mut answer);
    answer
}

/// The answer that an endpoint's outcome becomes, with everything that the log should say of the request.
pub fn rendered<P>(
    context: &Context<'_, P>,
    request: &Incoming,
    render: Render,
    outcome: Result<Answer, Stop>,
) -> Answer {
    let mut answer = match (render, outcome) {
        (_, Ok(answer)) => answer,
        (_, Err(Stop::Answer(answer))) => *answer,
        (Render::Page, Err(stop)) => html_response::stopped(context.text(), request, stop),
        (Render::ByContentType, Err(stop)) if !is_json(request.headers.value("content-type")) => {
            html_response::stopped(context.text(), request, stop)
        }
        (Render::Challenge, Err(Stop::Refused(refusal))) if concerns_token(refusal) => {
            presented::challenge(refusal)
        }
        (Render::Json | Render::ByContentType | Render::Challenge, Err(stop)) => {
            answer::json(Err(stop))
        }
    };
    answer.log.fill(context.logged());
    answer
}

/// Whether a refusal is about the access token, and not about the request that came with it.
fn concerns_token(refusal: Refusal) -> bool {
    refusal == Refusal::TokenMalformed || matches!(refusal.code().status(), 401 | 403)
}
