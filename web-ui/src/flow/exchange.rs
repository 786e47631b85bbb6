//! Step 5 (OAuth 2.1 §4.1.3): the code for tokens, as it goes over the wire.

use leptos::prelude::*;
use oauth_client::code_flow::CodeReceived;
use oauth_client::read_token_response;

use super::frame::{tamper, value};
use super::run::begin_at_request;
use super::saved::Progress;
use super::state::Flow;
use super::step::{Button, Page, Step, StepState};
use crate::party::Party;
use crate::text::texts;

/// A verifier that is well-formed and wrong.
const WRONG_VERIFIER: &str = "a-verifier-that-this-flow-never-made-0123456789";

/// The step.
pub(crate) const STEP: Step = Step {
    id: "exchange",
    text: || &texts().flow.exchange,
    take: |flow| Box::pin(take(flow)),
    body: |flow| body(flow).into_any(),
    button: Button::Framed,
    page: Page::Stays,
};

/// Sends the token request, tampered with if that was asked for.
async fn take(flow: Flow) -> Result<String, String> {
    let received = flow
        .received
        .get_untracked()
        .ok_or_else(|| texts().tokens.tokens_lost.to_owned())?;
    let mut call = received.token_request();
    if flow.wrong_verifier.get_untracked() {
        call.set_parameter("code_verifier", WRONG_VERIFIER);
    }
    let answered = flow
        .ask(Party::Auth, texts().tokens.message_token, call)
        .await?;
    let tokens = read_token_response(answered.status, answered.body.as_bytes())
        .map_err(|refused| (texts().tokens.exchange_refused)(&refused))?;
    flow.tokens.set(Some(tokens));
    flow.remember(|saved| saved.progress = Progress::Redeemed);
    if flow.use_twice.get_untracked() {
        use_again(flow, &received).await?;
    }
    Ok(texts().tokens.exchanged.to_owned())
}

/// The same request a second time: the server must refuse, and end what it issued at first.
async fn use_again(flow: Flow, received: &CodeReceived) -> Result<(), String> {
    let answered = flow
        .ask(
            Party::Auth,
            texts().tokens.message_token_again,
            received.token_request(),
        )
        .await?;
    let text = match read_token_response(answered.status, answered.body.as_bytes()) {
        Ok(_) => texts().tokens.twice_accepted.to_owned(),
        Err(refused) => (texts().tokens.twice_refused)(&refused),
    };
    flow.replayed.set(Some(text));
    Ok(())
}

/// The switches, and what the answer held.
fn body(flow: Flow) -> impl IntoView {
    let open = move || flow.state(&STEP).may_be_taken();
    view! {
        {tamper(texts().tokens.wrong_verifier, texts().tokens.about_wrong_verifier, flow.wrong_verifier, open)}
        {tamper(texts().tokens.use_twice, texts().tokens.about_use_twice, flow.use_twice, open)}
        {move || flow.replayed.get().map(|text| view! { <p class="notice">{text}</p> })}
        <Show when=move || lost(flow)>
            <p>
                <button type="button" class="button" on:click=move |_| begin_at_request(flow)>{texts().authorization.begin_at_request}</button>
            </p>
        </Show>
        {move || flow.tokens.get().map(|_| given(flow))}
    }
}

/// Whether the code was used, and what it gave is gone.
pub(crate) fn lost(flow: Flow) -> bool {
    matches!(flow.state(&STEP), StepState::Refused(_))
        && flow.tokens.with(Option::is_none)
        && flow
            .saved
            .with(|saved| saved.progress == Progress::Redeemed)
}

fn given(flow: Flow) -> impl IntoView {
    let characters = |text: &str| (texts().tokens.characters_in_memory)(text.len());
    let lines = flow.tokens.with(|tokens| {
        tokens.as_ref().map(|tokens| {
            let mut lines = vec![(
                "access_token",
                characters(tokens.access_token.expose()),
                texts().tokens.about_access_token,
            )];
            lines.extend(tokens.expires_in.map(|seconds| {
                (
                    "expires_in",
                    format!("{seconds} s"),
                    texts().tokens.about_expires_in,
                )
            }));
            lines.extend(tokens.id_token.as_ref().map(|token| {
                (
                    "id_token",
                    characters(token.expose()),
                    texts().tokens.about_id_token,
                )
            }));
            lines.extend(tokens.refresh_token.as_ref().map(|token| {
                (
                    "refresh_token",
                    characters(token.expose()),
                    texts().tokens.about_refresh_token,
                )
            }));
            lines.extend(
                tokens
                    .scope
                    .as_ref()
                    .map(|scope| ("scope", scope.clone(), texts().tokens.about_granted_scope)),
            );
            lines
        })
    });
    let lines = lines.unwrap_or_default().into_iter();
    view! { <dl class="values">{lines.map(|(name, text, about)| value(name, text, about, "")).collect::<Vec<_>>()}</dl> }
}
