//! Revocation (RFC 7009) by a public client, and the refusals right after.

use leptos::prelude::*;
use oauth_client::code_flow::{read_revocation, revocation_request};

use super::super::called::Called;
use super::super::state::Flow;
use super::{End, refusals};
use crate::party::Party;
use crate::words::en as words;

/// Revokes the grant, then shows that nothing of it opens anything any more.
pub(super) async fn take(flow: Flow) -> Result<String, String> {
    let metadata = flow.discover().await?;
    let tokens = flow.tokens.get_untracked();
    let tokens = tokens.ok_or_else(|| words::TOKENS_LOST.to_owned())?;
    let client = untrack(|| flow.settings()).ok_or_else(|| words::BAD_CONFIG.to_owned())?;
    let (token, hint) = tokens.to_revoke();
    let Some(call) = revocation_request(&metadata, &client, token, hint) else {
        return Ok(words::NO_REVOCATION.to_owned());
    };
    let answered = flow.ask(Party::Auth, words::MESSAGE_REVOKE, call).await?;
    read_revocation(answered.status, answered.body.as_bytes())
        .map_err(|refused| format!("{refused}. {}", words::NOT_REVOKED))?;
    flow.lifecycle.end.set(End::Revoked);
    refusals::look(flow).await
}

/// The calls after the end.
pub(super) fn results(flow: Flow) -> impl IntoView {
    let refusals = flow.lifecycle.refusals;
    view! {
        <Show when=move || refusals.with(|list| !list.is_empty())>
            <h4 class="small muted">{words::AFTER_THE_END}</h4>
            <dl class="values">{move || refusals.with(|list| list.iter().map(Called::line).collect::<Vec<_>>())}</dl>
        </Show>
    }
}
