//! The pages' common headers, and refusals that a person sees instead of a client.

use oauth_core::{
    Fault, Refusal,
    http::{Answer, Incoming},
};

use crate::{
    context::Stop,
    page::{self, ErrorPage},
};

/// A page with the headers that every page has: never stored, never framed, no script, no referrer
/// (RFC 9700 §4.2, §4.16). `form_action` lists where its forms may lead besides ourselves.
pub(crate) fn page(status: u16, html: String, form_action: &[&str]) -> Answer {
    Answer::html(status, html)
        .with("cache-control", "no-store")
        .with("referrer-policy", "no-referrer")
        .with("x-frame-options", "DENY")
        .with(
            "content-security-policy",
            page::content_security_policy(form_action),
        )
}

/// The page for an endpoint that stopped early.
pub(crate) fn stopped(request: &Incoming, stop: Stop) -> Answer {
    match stop {
        Stop::Answer(answer) => *answer,
        Stop::Refused(refusal) => refused(request, refusal),
        Stop::Fault(fault) => failed(request, &fault),
    }
}

/// A refusal as a page: what happened, why, what to do next.
pub(crate) fn refused(request: &Incoming, refusal: Refusal) -> Answer {
    let (status, title, remedy) = words(refusal);
    let mut answer = page(
        status,
        page::error(&ErrorPage {
            title,
            sentence: refusal.description(),
            remedy,
            error: refusal.code().as_str(),
            request_id: &request.request_id,
        }),
        &[],
    );
    answer.log.refusal = Some(refusal.slug());
    answer
}

fn words(refusal: Refusal) -> (u16, &'static str, &'static str) {
    if matches!(refusal, Refusal::CsrfMismatch | Refusal::SessionEnded) {
        let remedy =
            "Go back to the application and start again from there. Cookies must be allowed.";
        return (403, "This form cannot be accepted", remedy);
    }
    let remedy =
        "Nothing was shared. If you came from an application, tell its makers the code below.";
    (400, "This request cannot be answered", remedy)
}

/// A fault of ours as a page.
pub(crate) fn failed(request: &Incoming, fault: &Fault) -> Answer {
    let html = page::error(&ErrorPage {
        title: "Something on our side is not working",
        sentence: "The server cannot answer now.",
        remedy: "Try again in a moment.",
        error: "temporarily_unavailable",
        request_id: &request.request_id,
    });
    let mut answer = page(503, html, &[]).with("retry-after", "2");
    answer.log.cause = Some(fault.to_string());
    answer
}
