//! Introspection (RFC 7662). A public client cannot prove who it is, so it may not ask; the API may, and passes
//! on the authorization server's answer about the token that came with the call.

use leptos::prelude::*;
use oauth_client::HttpCall;
use oauth_client::code_flow::{Introspection, read_introspection};

use super::super::jwt_view::{listed, members_of};
use super::super::state::Flow;
use super::End;
use crate::party::Party;
use crate::text::texts;

/// Where the API passes its introspection on.
const PATH: &str = "/api/introspection";

/// Asks the API what the authorization server says of the access token.
pub(super) async fn take(flow: Flow) -> Result<String, String> {
    let tokens = flow.tokens.get_untracked();
    let tokens = tokens.ok_or_else(|| texts().tokens.tokens_lost.to_owned())?;
    flow.lifecycle.introspected.set(Vec::new());
    let call = HttpCall::get(format!("{}{PATH}", flow.api()?)).with_bearer(&tokens.access_token);
    let answered = flow
        .ask(Party::Api, texts().lifecycle.message_introspection, call)
        .await?;
    let ended = flow.lifecycle.end.get_untracked() != End::NotYet;
    let said = read_introspection(answered.status, answered.body.as_bytes());
    if matches!(said, Introspection::Active | Introspection::Inactive) {
        flow.lifecycle.introspected.set(members_of(&answered.body));
    }
    match (said, ended) {
        (Introspection::Active, false) => Ok(texts().lifecycle.active.to_owned()),
        (Introspection::Active, true) => Err(texts().lifecycle.still_active.to_owned()),
        (Introspection::Inactive, true) => Ok(texts().lifecycle.inactive.to_owned()),
        (Introspection::Inactive, false) => Err(texts().lifecycle.inactive.to_owned()),
        (Introspection::Refused(401), true) => {
            Ok(texts().lifecycle.introspection_guarded.to_owned())
        }
        (Introspection::Refused(status), _) => {
            Err((texts().lifecycle.introspection_refused)(status))
        }
        (Introspection::Malformed, _) => Err(texts().lifecycle.introspection_malformed.to_owned()),
    }
}

/// The introspection response, member by member.
pub(super) fn results(flow: Flow) -> impl IntoView {
    let members = flow.lifecycle.introspected;
    move || {
        members.with(|members| {
            (!members.is_empty()).then(|| listed(texts().lifecycle.introspected, members))
        })
    }
}
