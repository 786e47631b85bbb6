//! Step 4 (OAuth 2.1 §4.1.2, RFC 9207): what the redirect brought, checked before it is used.

use leptos::prelude::*;
use oauth_client::code_flow::{CallbackRefusal, Check};
use oauth_core::UnixTime;

use super::frame::value;
use super::run::begin_at_request;
use super::saved::Progress;
use super::state::Flow;
use super::step::{Button, Page, Step, StepState};
use crate::browser;
use crate::text::texts;

/// The step.
pub(crate) const STEP: Step = Step {
    id: "answer",
    text: || &texts().flow.answer,
    take: |flow| Box::pin(take(flow)),
    body: |flow| body(flow).into_any(),
    button: Button::Framed,
    page: Page::Stays,
};

/// Checks the answer against what this tab remembers.
async fn take(flow: Flow) -> Result<String, String> {
    let metadata = flow.discover().await?;
    let saved = flow.saved.get_untracked();
    let (Some(pending), Some(query)) = (saved.pending, saved.answer) else {
        return Err(texts().authorization.unasked_answer.to_owned());
    };
    match pending.check_callback(&metadata, &query, UnixTime(browser::now())) {
        Ok(received) => {
            flow.note(texts().authorization.note_checked);
            flow.checks.set(received.checks.clone());
            flow.received.set(Some(received));
            flow.remember(|saved| {
                if saved.progress == Progress::Unchecked {
                    saved.progress = Progress::Checked;
                }
            });
            Ok(texts().authorization.answer_fits.to_owned())
        }
        Err(refused) => {
            flow.note(texts().authorization.note_refused);
            flow.checks.set(refused.checks);
            Err(explained(&refused.reason))
        }
    }
}

/// The reason of a refusal, in words.
pub(crate) fn explained(reason: &CallbackRefusal) -> String {
    match reason {
        CallbackRefusal::Check(name) => (texts().authorization.check_failed)(*name),
        CallbackRefusal::Provider {
            error, description, ..
        } => (texts().authorization.server_refused)(error, description.as_deref()),
    }
}

/// Each check with what was expected and what came; after a refusal, the way on.
fn body(flow: Flow) -> impl IntoView {
    view! {
        <dl class="values">{move || flow.checks.with(|checks| checks.iter().map(checked).collect::<Vec<_>>())}</dl>
        <Show when=move || matches!(flow.state(&STEP), StepState::Refused(_))>
            <p>
                <button type="button" class="button" on:click=move |_| begin_at_request(flow)>{texts().authorization.begin_at_request}</button>
            </p>
        </Show>
    }
}

/// One check in view.
pub(crate) fn checked(check: &Check) -> impl IntoView + use<> {
    let (class, verdict) = if check.passed {
        ("ok", texts().authorization.matches)
    } else {
        ("bad", texts().authorization.does_not_match)
    };
    let shown = if check.expected == check.received {
        check.received.clone()
    } else {
        (texts().authorization.received_instead)(&check.received, &check.expected)
    };
    let name = view! {
        {check.name.slug()}
        <span class=format!("status {class}")>{verdict}</span>
    };
    let about = (texts().authorization.check_with_rule)(check.name);
    value(name, shown, about, class)
}
