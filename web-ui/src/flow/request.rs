//! Step 2 (OAuth 2.1 §4.1.1): the authorization request, parameter by parameter.

use leptos::prelude::*;
use oauth_client::code_flow::AuthorizationRequest;
use oauth_core::UnixTime;

use super::frame::{tamper, value};
use super::saved::Progress;
use super::state::Flow;
use super::step::{Button, Page, Step, StepState};
use crate::browser;
use crate::text::texts;

/// The step.
pub(crate) const STEP: Step = Step {
    id: "request",
    text: || &texts().flow.request,
    take: |flow| Box::pin(take(flow)),
    body: |flow| body(flow).into_any(),
    button: Button::Framed,
    page: Page::Stays,
};

/// Builds the request and the record that must outlive the trip.
async fn take(flow: Flow) -> Result<String, String> {
    let metadata = flow.discover().await?;
    let settings = untrack(|| flow.settings()).ok_or_else(|| texts().wire.bad_config.to_owned())?;
    let prepared = flow.saved.with_untracked(super::saved::Saved::prepared);
    let prepared = prepared.ok_or_else(|| texts().authorization.no_randomness.to_owned())?;
    let pending = prepared.pending(&metadata, &settings, UnixTime(browser::now()));
    let changed = flow.change_state.get_untracked();
    flow.remember(|saved| {
        saved.scope = Some(settings.scope.clone());
        saved.pending = Some(pending);
        saved.state_changed = changed;
        saved.answer = None;
        saved.progress = Progress::Unchecked;
    });
    Ok(texts().authorization.request_built.to_owned())
}

/// The request as it will be sent, tampered with if that was asked for.
pub(crate) fn built(flow: Flow) -> Option<AuthorizationRequest> {
    let saved = flow.saved.get();
    saved.pending.as_ref()?;
    let metadata = flow.metadata.get()?;
    let mut request = saved
        .prepared()?
        .authorization_request(&metadata, &flow.settings()?);
    if saved.state_changed {
        let changed: String = saved.prepared()?.state().chars().rev().collect();
        request.set_parameter("state", &changed);
    }
    Some(request)
}

/// The field, the switch, and the URL taken apart.
fn body(flow: Flow) -> impl IntoView {
    let editable = move || matches!(flow.state(&STEP), StepState::Ready | StepState::Refused(_));
    view! {
        <div class="field">
            <label for="scope">{texts().authorization.scope_field}</label>
            <input
                id="scope"
                name="scope"
                autocomplete="off"
                autocapitalize="off"
                spellcheck="false"
                aria-describedby="scope-help"
                disabled=move || !editable()
                prop:value=move || flow.scope.get()
                on:input:target=move |event| flow.scope.set(event.target().value())
            />
            <p class="small muted" id="scope-help">{move || scopes(flow)}</p>
        </div>
        {tamper(texts().authorization.change_state, texts().authorization.about_change_state, flow.change_state, editable)}
        {move || built(flow).map(|request| apart(&request))}
    }
}

fn scopes(flow: Flow) -> String {
    let known = flow.metadata.with(|metadata| {
        metadata
            .as_ref()
            .map(|known| known.scopes_supported.join(" "))
    });
    known.map_or_else(String::new, |known| {
        (texts().authorization.scopes_known)(&known)
    })
}

fn apart(request: &AuthorizationRequest) -> impl IntoView + use<> {
    let parameters: Vec<_> = request
        .parameters
        .iter()
        .map(|parameter| {
            let about = (texts().authorization.about_parameter)(&parameter.name);
            value(parameter.name.clone(), parameter.value.clone(), about, "")
        })
        .collect();
    view! {
        <p class="mono"><strong>"GET "</strong>{request.endpoint.clone()}</p>
        <dl class="values">{parameters}</dl>
    }
}
