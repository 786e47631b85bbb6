//! Revocation (RFC 7009) by a public client, and the refusals right after.

use leptos::prelude::*;
use oauth_client::code_flow::{read_revocation, revocation_request};

use super::super::called::Called;
use super::super::state::Flow;
use super::{End, refusals};
use crate::party::Party;
use crate::text::texts;

/// Revokes the grant, then shows that nothing of it opens anything any more.
pub(super) async fn take(flow: Flow) -> Result<String, String> {
    let metadata = flow.discover().await?;
    let tokens = flow.tokens.get_untracked();
    let tokens = tokens.ok_or_else(|| texts().tokens.tokens_lost.to_owned())?;
    let client = untrack(|| flow.settings()).ok_or_else(|| texts().wire.bad_config.to_owned())?;
    let (token, hint) = tokens.to_revoke();
    let Some(call) = revocation_request(&metadata, &client, token, hint) else {
        return Ok(texts().lifecycle.no_revocation.to_owned());
    };
    let answered = flow
        .ask(Party::Auth, texts().lifecycle.message_revoke, call)
        .await?;
    read_revocation(answered.status, answered.body.as_bytes())
        .map_err(|refused| (texts().lifecycle.not_revoked)(&refused))?;
    flow.lifecycle.end.set(End::Revoked);
    refusals::look(flow).await
}

/// The calls after the end.
pub(super) fn results(flow: Flow) -> impl IntoView {
    let refusals = flow.lifecycle.refusals;
    view! {
        <Show when=move || refusals.with(|list| !list.is_empty())>
            <h4 class="small muted">{texts().lifecycle.after_the_end}</h4>
            <dl class="values">{move || refusals.with(|list| list.iter().map(Called::line).collect::<Vec<_>>())}</dl>
        </Show>
    }
}
