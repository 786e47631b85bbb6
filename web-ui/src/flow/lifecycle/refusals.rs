//! Calls that show that an ended grant opens nothing.

use leptos::prelude::*;
use oauth_client::HttpCall;

use super::super::called::{Called, Expected};
use super::super::state::Flow;
use super::refresh;
use crate::party::Party;
use crate::text::texts;

/// The API with the newest access token.
const OF_THE_API: Expected = Expected {
    status: 401,
    error: Some("invalid_token"),
};

/// The token endpoint with the newest refresh token.
const OF_THE_SERVER: Expected = Expected {
    status: 400,
    error: Some("invalid_grant"),
};

/// Uses both newest tokens once more, and says whether both were refused.
pub(super) async fn look(flow: Flow) -> Result<String, String> {
    let list = flow.lifecycle.refusals;
    list.set(Vec::new());
    let tokens = flow.tokens.get_untracked();
    let tokens = tokens.ok_or_else(|| texts().tokens.tokens_lost.to_owned())?;
    let about = texts().lifecycle.about_ended;
    let api = HttpCall::get(format!("{}/api/protected", flow.api()?));
    let api = api.with_bearer(&tokens.access_token);
    let called = Called::make(
        flow,
        Party::Api,
        texts().lifecycle.message_ended_call,
        api,
        OF_THE_API,
        about,
    );
    let called = called.await?;
    let accepted = called.status() == 200;
    list.update(|list| list.push(called));
    if tokens.refresh_token.is_some() {
        let call = refresh::request(flow, &tokens).await?;
        let title = texts().lifecycle.message_ended_refresh;
        let called = Called::make(flow, Party::Auth, title, call, OF_THE_SERVER, about).await?;
        list.update(|list| list.push(called));
    }
    if list.with_untracked(|list| list.iter().all(Called::is_as_expected)) {
        Ok(texts().lifecycle.all_refused.to_owned())
    } else if accepted {
        Err(texts().lifecycle.api_accepts.to_owned())
    } else {
        Err(texts().tokens.calls_unexpected.to_owned())
    }
}
