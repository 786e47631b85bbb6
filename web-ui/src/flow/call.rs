//! Step 7 (RFC 6750): the API called with the token, without the right scope, and with a forged token.

use leptos::prelude::*;
use oauth_client::HttpCall;
use oauth_core::scope::Scope;
use oauth_core::secret::Secret;

use super::frame::value;
use super::state::Flow;
use crate::message::Answered;
use crate::party::Party;
use crate::words::en as words;

/// A call that was made, and whether it was answered as it should be.
#[derive(Clone)]
pub(crate) struct Called {
    title: &'static str,
    path: &'static str,
    expected: u16,
    answered: Answered,
}

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

/// Makes every call of the plan.
pub(crate) async fn take(flow: Flow) -> Result<String, String> {
    let tokens = flow
        .tokens
        .get_untracked()
        .ok_or_else(|| words::TOKENS_LOST.to_owned())?;
    let api = flow
        .config
        .with_untracked(|config| config.as_ref().map(|config| config.api.clone()));
    let api = api.ok_or_else(|| words::BAD_CONFIG.to_owned())?;
    let asked = flow
        .kept
        .with_untracked(|kept| kept.scope.clone())
        .unwrap_or_default();
    let granted = Scope::parse(tokens.scope.as_deref().unwrap_or(&asked))
        .map_err(|_| words::BAD_SCOPE.to_owned())?;
    flow.called.set(Vec::new());
    for plan in plans(&granted) {
        make(flow, &api, &plan, &tokens.access_token).await?;
    }
    let as_planned = |call: &Called| call.answered.status == call.expected;
    if flow
        .called
        .with_untracked(|called| called.iter().all(as_planned))
    {
        Ok(words::CALLS_AS_EXPECTED.to_owned())
    } else {
        Err(words::CALLS_UNEXPECTED.to_owned())
    }
}

async fn make(flow: Flow, api: &str, plan: &Plan, token: &Secret<String>) -> Result<(), String> {
    let call = HttpCall::get(format!("{api}{}", plan.path));
    let call = if plan.forged {
        call.with_bearer(&Secret::new(forged(token.expose())))
    } else {
        call.with_bearer(token)
    };
    let answered = flow.ask(Party::Api, plan.title, call).await?;
    flow.called.update(|called| {
        called.push(Called {
            title: plan.title,
            path: plan.path,
            expected: plan.expected,
            answered,
        });
    });
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
        plan(words::MESSAGE_PROTECTED, "/api/protected", 200, false),
        plan(words::MESSAGE_PROFILE, "/api/user/profile", profile, false),
    ];
    let lacking = GUARDED
        .into_iter()
        .find(|(_, scope)| !granted.contains(scope));
    plans.extend(lacking.map(|(path, _)| plan(words::MESSAGE_SCOPE, path, 403, false)));
    plans.push(plan(words::MESSAGE_FORGED, "/api/protected", 401, true));
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
pub(crate) fn body(flow: Flow) -> impl IntoView {
    view! {
        <dl class="values">{move || flow.called.with(|called| called.iter().map(line).collect::<Vec<_>>())}</dl>
    }
}

fn line(called: &Called) -> impl IntoView + use<> {
    let as_expected = called.answered.status == called.expected;
    let class = if as_expected { "ok" } else { "bad" };
    let word = match (as_expected, called.answered.is_success()) {
        (true, true) => words::ALLOWED,
        (true, false) => words::REFUSED_RIGHTLY,
        (false, _) => words::UNEXPECTED,
    };
    let name = view! {
        {called.title}
        <span class=format!("status {class}")>{called.answered.status}" "{word}</span>
    };
    let about = words::about_status(called.answered.status);
    value(name, format!("GET {}", called.path), about, class)
}
