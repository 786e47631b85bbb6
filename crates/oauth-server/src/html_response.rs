//! The headers of every page, and the pages for refusals and faults.

use oauth_core::{
    Fault, Refusal,
    http::{Answer, Incoming},
};

use crate::{
    context::Stop,
    page::{self, ErrorPage, Page, text::texts},
};

/// A page with the headers that every page has: never stored, never framed, no script, no referrer
/// (RFC 9700 §4.2, §4.16).
pub(crate) fn page(status: u16, page: impl Into<Page>) -> Answer {
    let Page { html, sources } = page.into();
    Answer::html(status, html)
        .with("cache-control", "no-store")
        .with("referrer-policy", "no-referrer")
        .with("x-frame-options", "DENY")
        .with(
            "content-security-policy",
            page::content_security_policy(&sources),
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

/// A refusal as a page.
pub(crate) fn refused(request: &Incoming, refusal: Refusal) -> Answer {
    let (status, title, remedy) = explained(refusal);
    let mut answer = page(
        status,
        page::error(&ErrorPage {
            title,
            sentence: refusal.description(),
            remedy,
            error: refusal.code().as_str(),
            request_id: &request.request_id,
        }),
    );
    answer.log.refusal = Some(refusal.slug());
    answer
}

fn explained(refusal: Refusal) -> (u16, &'static str, &'static str) {
    let text = &texts().error;
    if matches!(refusal, Refusal::CsrfMismatch | Refusal::SessionEnded) {
        return (403, text.form_title, text.form_remedy);
    }
    (400, text.request_title, text.request_remedy)
}

/// A fault as a page.
pub(crate) fn failed(request: &Incoming, fault: &Fault) -> Answer {
    let text = &texts().error;
    let html = page::error(&ErrorPage {
        title: text.fault_title,
        sentence: text.fault_sentence,
        remedy: text.fault_remedy,
        error: "temporarily_unavailable",
        request_id: &request.request_id,
    });
    let mut answer = page(503, html).with("retry-after", "2");
    answer.log.cause = Some(fault.to_string());
    answer
}
