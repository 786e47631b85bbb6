//! Step 7 (RFC 6750): the API called with the token, without the right scope, and with a forged token.

use leptos::prelude::*;
use oauth_client::HttpCall;
use oauth_core::scope::Scope;
use oauth_core::secret::Secret;

use super::called::{Called, Expected};
use super::state::Flow;
use super::step::{Button, Page, Step};
use crate::party::Party;
use crate::text::texts;

/// A call to make: its path, what it shows, and the status that must come.
struct Plan {
    title: &'static str,
    path: &'static str,
    expected: u16,
    forged: bool,
}

/// Routes that need more than a token, with the scope that they need.
const GUARDED: [(&str, &str); 3] = [
    ("/students", "read:students"),
    ("/users", "read:users"),
    ("/api/user/profile", "read"),
];

/// The step.
pub(crate) const STEP: Step = Step {
    id: "call",
    text: || &texts().flow.call,
    take: |flow| Box::pin(take(flow)),
    body: |flow| body(flow).into_any(),
    button: Button::Framed,
    page: Page::Stays,
};

/// Makes every call of the plan.
async fn take(flow: Flow) -> Result<String, String> {
    let tokens = flow
        .tokens
        .get_untracked()
        .ok_or_else(|| texts().tokens.tokens_lost.to_owned())?;
    let api = flow.api()?;
    let asked = flow
        .saved
        .with_untracked(|saved| saved.scope.clone())
        .unwrap_or_default();
    let granted = Scope::parse(tokens.scope.as_deref().unwrap_or(&asked))
        .map_err(|_| texts().tokens.bad_scope.to_owned())?;
    flow.called.set(Vec::new());
    for plan in plans(&granted) {
        make(flow, &api, &plan, &tokens.access_token).await?;
    }
    let ended = flow.replayed.with_untracked(Option::is_some);
    flow.called.with_untracked(|called| {
        if called.iter().all(Called::is_as_expected) {
            Ok(texts().tokens.calls_as_expected.to_owned())
        } else if ended && called.iter().all(|call| call.status() == 401) {
            Err(texts().tokens.calls_after_replay.to_owned())
        } else {
            Err(texts().tokens.calls_unexpected.to_owned())
        }
    })
}

async fn make(flow: Flow, api: &str, plan: &Plan, token: &Secret<String>) -> Result<(), String> {
    let call = HttpCall::get(format!("{api}{}", plan.path));
    let call = if plan.forged {
        call.with_bearer(&Secret::new(forged(token.expose())))
    } else {
        call.with_bearer(token)
    };
    let (expected, about) = (
        Expected::status(plan.expected),
        (texts().tokens.about_status),
    );
    let called = Called::make(flow, Party::Api, plan.title, call, expected, about).await?;
    flow.called.update(|list| list.push(called));
    Ok(())
}

fn plans(granted: &Scope) -> Vec<Plan> {
    let plan = |title, path, expected, forged| Plan {
        title,
        path,
        expected,
        forged,
    };
    let profile = if granted.contains("read") { 200 } else { 403 };
    let mut plans = vec![
        plan(
            texts().tokens.message_protected,
            "/api/protected",
            200,
            false,
        ),
        plan(
            texts().tokens.message_profile,
            "/api/user/profile",
            profile,
            false,
        ),
    ];
    let lacking = GUARDED
        .into_iter()
        .find(|(_, scope)| !granted.contains(scope));
    plans.extend(lacking.map(|(path, _)| plan(texts().tokens.message_scope, path, 403, false)));
    plans.push(plan(
        texts().tokens.message_forged,
        "/api/protected",
        401,
        true,
    ));
    plans
}

/// The token with another signature: its first character is a different one.
fn forged(token: &str) -> String {
    let Some((signed, signature)) = token.rsplit_once('.') else {
        return format!("{token}x");
    };
    let mut rest = signature.chars();
    let first = if rest.next() == Some('A') { 'B' } else { 'A' };
    format!("{signed}.{first}{}", rest.as_str())
}

/// The calls and their answers.
fn body(flow: Flow) -> impl IntoView {
    view! {
        <dl class="values">{move || flow.called.with(|called| called.iter().map(Called::line).collect::<Vec<_>>())}</dl>
    }
}
