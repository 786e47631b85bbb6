//! Step 5 (OAuth 2.1 §4.1.3): the code for tokens, as it goes over the wire.

use leptos::prelude::*;
use oauth_client::code_flow::CodeReceived;
use oauth_client::{TokenRefused, read_token_response};

use super::frame::{tamper, value};
use super::kept::Progress;
use super::run::begin_at_request;
use super::state::Flow;
use super::step::{Step, StepState};
use crate::party::Party;
use crate::words::en as words;

/// A verifier that is well-formed and wrong.
const WRONG_VERIFIER: &str = "a-verifier-that-this-flow-never-made-0123456789";

/// Sends the token request, tampered with if that was asked for.
pub(crate) async fn take(flow: Flow) -> Result<String, String> {
    let received = flow
        .received
        .get_untracked()
        .ok_or_else(|| words::TOKENS_LOST.to_owned())?;
    let mut call = received.token_request();
    if flow.wrong_verifier.get_untracked() {
        call.set_parameter("code_verifier", WRONG_VERIFIER);
    }
    let answered = flow.ask(Party::Auth, words::MESSAGE_TOKEN, call).await?;
    let tokens =
        read_token_response(answered.status, answered.body.as_bytes()).map_err(|refused| {
            format!(
                "{}. {}",
                sentence(&refused),
                words::about_error(refused.slug())
            )
        })?;
    flow.tokens.set(Some(tokens));
    flow.remember(|kept| kept.progress = Progress::Redeemed);
    if flow.use_twice.get_untracked() {
        use_again(flow, &received).await?;
    }
    Ok(words::EXCHANGED.to_owned())
}

/// The refusal as a sentence that still lacks its full stop.
fn sentence(refused: &TokenRefused) -> String {
    refused.to_string().trim_end_matches('.').to_owned()
}

/// The same request a second time: the server must refuse, and end what it issued at first.
async fn use_again(flow: Flow, received: &CodeReceived) -> Result<(), String> {
    let answered = flow
        .ask(
            Party::Auth,
            words::MESSAGE_TOKEN_AGAIN,
            received.token_request(),
        )
        .await?;
    let text = match read_token_response(answered.status, answered.body.as_bytes()) {
        Ok(_) => words::TWICE_ACCEPTED.to_owned(),
        Err(refused) => format!(
            "{}: {}. {}",
            words::TWICE_REFUSED,
            sentence(&refused),
            words::ABOUT_TWICE_REFUSED
        ),
    };
    flow.replayed.set(Some(text));
    Ok(())
}

/// The switches, and what the answer held.
pub(crate) fn body(flow: Flow) -> impl IntoView {
    let open = move || flow.state(Step::Exchange).may_be_taken();
    view! {
        {tamper(words::WRONG_VERIFIER, words::ABOUT_WRONG_VERIFIER, flow.wrong_verifier, open)}
        {tamper(words::USE_TWICE, words::ABOUT_USE_TWICE, flow.use_twice, open)}
        {move || flow.replayed.get().map(|text| view! { <p class="notice">{text}</p> })}
        <Show when=move || lost(flow)>
            <p>
                <button type="button" class="button" on:click=move |_| begin_at_request(flow)>{words::BEGIN_AT_REQUEST}</button>
            </p>
        </Show>
        {move || flow.tokens.get().map(|_| given(flow))}
    }
}

/// Whether the code was used, and what it gave is gone.
pub(crate) fn lost(flow: Flow) -> bool {
    matches!(flow.state(Step::Exchange), StepState::Refused(_))
        && flow.tokens.with(Option::is_none)
        && flow.kept.with(|kept| kept.progress == Progress::Redeemed)
}

fn given(flow: Flow) -> impl IntoView {
    let characters = |text: &str| format!("{} {}", text.len(), words::CHARACTERS_IN_MEMORY);
    let lines = flow.tokens.with(|tokens| {
        tokens.as_ref().map(|tokens| {
            let mut lines = vec![(
                "access_token",
                characters(tokens.access_token.expose()),
                words::ABOUT_ACCESS_TOKEN,
            )];
            lines.extend(tokens.expires_in.map(|seconds| {
                (
                    "expires_in",
                    format!("{seconds} s"),
                    words::ABOUT_EXPIRES_IN,
                )
            }));
            lines.extend(tokens.id_token.as_ref().map(|token| {
                (
                    "id_token",
                    characters(token.expose()),
                    words::ABOUT_ID_TOKEN,
                )
            }));
            lines.extend(tokens.refresh_token.as_ref().map(|token| {
                (
                    "refresh_token",
                    characters(token.expose()),
                    words::ABOUT_REFRESH_TOKEN,
                )
            }));
            lines.extend(
                tokens
                    .scope
                    .as_ref()
                    .map(|scope| ("scope", scope.clone(), words::ABOUT_GRANTED_SCOPE)),
            );
            lines
        })
    });
    let lines = lines.unwrap_or_default().into_iter();
    view! { <dl class="values">{lines.map(|(name, text, about)| value(name, text, about, "")).collect::<Vec<_>>()}</dl> }
}
