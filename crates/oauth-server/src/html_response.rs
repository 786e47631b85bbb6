//! The headers of every page, and the pages for refusals and faults.

use oauth_core::{
    Fault, Refusal,
    http::{Answer, Incoming, RETRY_AFTER},
};

use crate::{
    answer,
    context::Stop,
    page::{
        self, ErrorPage, Page,
        text::{ErrorText, Text},
    },
};

/// A page with the headers that every page has: never stored, never framed, no script, no referrer
/// (RFC 9700 §4.2, §4.16). As nothing stores it, it needs no `Vary: Accept-Language`.
pub(crate) fn page(status: u16, page: Page) -> Answer {
    Answer::html(status, page.html)
        .with("content-language", page.language)
        .with("cache-control", "no-store")
        .with("referrer-policy", "no-referrer")
        .with("x-frame-options", "DENY")
        .with(
            "content-security-policy",
            page::content_security_policy(&page.sources),
        )
}

/// The page for an endpoint that stopped early.
pub(crate) fn stopped(text: &Text, request: &Incoming, stop: Stop) -> Answer {
    match stop {
        Stop::Answer(answer) => *answer,
        Stop::Refused(refusal) => refused(text, request, refusal),
        Stop::Fault(fault) => failed(text, request, &fault),
    }
}

/// A refusal as a page.
pub(crate) fn refused(text: &Text, request: &Incoming, refusal: Refusal) -> Answer {
    let (status, title, remedy) = explained(&text.error, refusal);
    let error = ErrorPage {
        title,
        sentence: text.error.sentence(refusal),
        remedy,
        error: refusal.code().as_str(),
        request_id: &request.request_id,
        back: None,
    };
    let mut answer = page(status, page::error(text, &error));
    answer.log.refusal = Some(refusal.slug());
    answer::slowed(answer, refusal)
}

fn explained(text: &ErrorText, refusal: Refusal) -> (u16, &'static str, &'static str) {
    if refusal == Refusal::CsrfMismatch {
        return (403, text.form_title, text.form_remedy);
    }
    if refusal == Refusal::TooManyRequests {
        return (429, text.rate_title, text.rate_remedy);
    }
    (400, text.request_title, text.request_remedy)
}

/// A fault as a page.
pub(crate) fn failed(text: &Text, request: &Incoming, fault: &Fault) -> Answer {
    let error = ErrorPage {
        title: text.error.fault_title,
        sentence: text.error.fault_sentence,
        remedy: text.error.fault_remedy,
        error: "temporarily_unavailable",
        request_id: &request.request_id,
        back: None,
    };
    let mut answer = page(503, page::error(text, &error)).with("retry-after", RETRY_AFTER);
    answer.log.cause = Some(fault.to_string());
    answer
}
