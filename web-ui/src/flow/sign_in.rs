//! Step 3: the person signs in and consents, on the authorization server's own origin.

use leptos::prelude::*;
use oauth_client::HttpCall;
use oauth_core::http::Method;

use super::request;
use super::state::Flow;
use super::step::{Button, Page, Step};
use crate::browser;
use crate::message::{Message, Reply};
use crate::party::Party;
use crate::text::{placed, texts};

/// The step.
pub(crate) const STEP: Step = Step {
    id: "sign_in",
    text: || &texts().flow.sign_in,
    take: |flow| Box::pin(async move { take(flow) }),
    body: |flow| body(flow).into_any(),
    button: Button::Framed,
    page: Page::Left,
};

/// Leaves this page for the authorization server.
fn take(flow: Flow) -> Result<String, String> {
    let request = untrack(|| request::built(flow))
        .ok_or_else(|| texts().authorization.no_request.to_owned())?;
    browser::leave_for(&request.url());
    Ok(texts().authorization.leaving.to_owned())
}

/// Puts the trip into the conversation: there with the request, back with the answer.
pub(crate) fn restore(flow: Flow) {
    if let Some(request) = untrack(|| request::built(flow)) {
        let there = navigation(request.url());
        flow.record(Message {
            from: Party::App,
            to: Party::Auth,
            title: texts().authorization.message_authorize,
            call: there,
            reply: Reply::Navigated,
        });
    }
    let query = flow
        .saved
        .with_untracked(|saved| saved.answer.clone())
        .unwrap_or_default();
    let back = navigation(format!("{}/callback{query}", browser::origin()));
    flow.record(Message {
        from: Party::Auth,
        to: Party::App,
        title: texts().authorization.message_redirect,
        call: back,
        reply: Reply::Navigated,
    });
}

fn navigation(url: String) -> HttpCall {
    let mut call = HttpCall::get(url);
    call.method = Method::Get;
    call.headers = vec![("accept".to_owned(), "text/html".to_owned())];
    call
}

/// The authorization server's part, of which this page sees nothing.
fn body(flow: Flow) -> impl IntoView {
    let issuer = Signal::derive(move || {
        flow.metadata
            .with(|metadata| metadata.as_ref().map(|known| known.issuer.clone()))
    });
    view! {
        <p>
            {placed(texts().authorization.about_sign_in, |_| view! { <span class="mono">{issuer}</span> }.into_any())}
        </p>
        <p class="small muted">{texts().authorization.about_password}</p>
    }
}
