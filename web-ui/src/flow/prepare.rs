//! Step 1 (RFC 7636 §4.1, §4.2): verifier and challenge, `state` and `nonce`.

use leptos::prelude::*;

use super::frame::value;
use super::state::Flow;
use super::step::{Button, Page, Step};
use crate::text::texts;

/// The step.
pub(crate) const STEP: Step = Step {
    id: "prepare",
    text: || &texts().flow.prepare,
    take: |flow| Box::pin(take(flow)),
    body: |flow| body(flow).into_any(),
    button: Button::Framed,
    page: Page::Stays,
};

/// Draws the random bytes, and asks the server what it offers.
async fn take(flow: Flow) -> Result<String, String> {
    flow.discover().await?;
    let mut drawn = None;
    flow.remember(|saved| drawn = saved.draw());
    drawn.ok_or_else(|| texts().authorization.no_randomness.to_owned())?;
    restore(flow);
    Ok(texts().authorization.prepared.to_owned())
}

/// Puts the step into the conversation.
pub(crate) fn restore(flow: Flow) {
    flow.note(texts().authorization.note_prepared);
}

/// The values, and the hash from one to the other.
fn body(flow: Flow) -> impl IntoView {
    move || {
        flow.saved.with(super::saved::Saved::prepared).map(|prepared| {
            view! {
                <div class="hashing">
                    <span class="small"><code>"code_verifier"</code></span>
                    <span class="mono">{prepared.verifier().to_owned()}</span>
                    <span class="arrow">{texts().authorization.hashed}</span>
                    <span class="small"><code>"code_challenge"</code></span>
                    <span class="mono">{prepared.challenge()}</span>
                </div>
                <dl class="values">
                    {value("code_verifier", String::new(), texts().authorization.about_verifier, "")}
                    {value("state", prepared.state().to_owned(), texts().authorization.about_state, "")}
                    {value("nonce", prepared.nonce().to_owned(), texts().authorization.about_nonce, "")}
                </dl>
            }
        })
    }
}
