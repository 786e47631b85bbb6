//! The operator's sign-in: the authorization code flow with PKCE, by the step machine that the walkthrough uses.
//!
//! The browser comes back to `/callback`, as it does for the walkthrough; `state` says whose answer it is.

use getrandom::fill;
use oauth_client::code_flow::{
    ClientSettings, Expectations, Pending, ProviderMetadata, Seed, check_id_token, metadata_urls,
    prepare,
};
use oauth_client::{HttpCall, Tokens, read_token_response};
use oauth_core::UnixTime;
use oauth_core::form::Form;
use oauth_core::jose::JwkSet;
use oauth_core::secret::Secret;
use serde::{Deserialize, Serialize};
use webcrypto::WebCrypto;
use wire::{Config, Page};

use super::session::Operator;
use crate::browser::{self, tab};
use crate::fetch::send;
use crate::flow::explained;
use crate::message::{Answered, Reply};
use crate::text::texts;

const KEY: &str = "ostiary.operator";

/// The scope that runs need.
const RUN_SCOPE: &str = "m2m:run";

/// A pending sign-in, while the browser is at the authorization server. It contains no token.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Trip {
    pending: Pending,
    answer: Option<String>,
}

impl Trip {
    fn read() -> Option<Self> {
        serde_json::from_str(&tab::read(KEY)?).ok()
    }

    fn save(&self) {
        if let Ok(text) = serde_json::to_string(self) {
            tab::save(KEY, &text);
        }
    }

    /// The trip that has come back, once: its code cannot be used twice.
    pub(super) fn finished() -> Option<Self> {
        let trip = Self::read().filter(|trip| trip.answer.is_some())?;
        tab::forget(KEY);
        Some(trip)
    }
}

/// Takes the authorization server's answer out of the address bar if it answers a sign-in of this page, and goes
/// on at `/operator`. False leaves it to the walkthrough.
pub(crate) fn take_answer() -> bool {
    let (path, query) = browser::place();
    let trip = Trip::read().filter(|_| path == Page::Callback.path());
    let Some(mut trip) = trip.filter(|trip| answers(&query, &trip.pending.state)) else {
        return false;
    };
    trip.answer = Some(query);
    trip.save();
    browser::replace_address(Page::Operator.path());
    true
}

/// Whether a response carries this `state`.
fn answers(query: &str, state: &str) -> bool {
    let query = query.strip_prefix('?').unwrap_or(query);
    Form::parse(query.as_bytes())
        .is_ok_and(|form| form.one("state").is_ok_and(|value| value == Some(state)))
}

/// Leaves for the authorization server; `anew` asks for the password even where a session exists.
pub(super) async fn leave(config: &Config, anew: bool) -> Result<(), String> {
    let metadata = discover(&config.issuer).await?;
    let client = ClientSettings {
        client_id: config.client_id.clone(),
        redirect_uri: config.redirect_uri.clone(),
        scope: format!("openid {RUN_SCOPE}"),
        resource: Some(config.api.clone()),
    };
    let prepared = prepare(&seed().ok_or_else(|| texts().authorization.no_randomness.to_owned())?);
    let mut request = prepared.authorization_request(&metadata, &client);
    if anew {
        request.set_parameter("prompt", "login");
    }
    let pending = prepared.pending(&metadata, &client, UnixTime(browser::now()));
    let answer = None;
    Trip { pending, answer }.save();
    browser::leave_for(&request.url());
    Ok(())
}

fn seed() -> Option<Seed> {
    let mut seed = Seed {
        verifier: [0; 32],
        state: [0; 32],
        nonce: [0; 32],
    };
    for part in [&mut seed.verifier, &mut seed.state, &mut seed.nonce] {
        fill(part).ok()?;
    }
    Some(seed)
}

/// Checks the answer, exchanges the code, checks the ID token.
pub(super) async fn arrive(trip: Trip) -> Result<Operator, String> {
    let Trip { pending, answer } = trip;
    let metadata = discover(&pending.issuer).await?;
    let query = answer.unwrap_or_default();
    let received = pending
        .check_callback(&metadata, &query, UnixTime(browser::now()))
        .map_err(|refused| explained(&refused.reason))?;
    let answered = ask(&received.token_request()).await?;
    let tokens = read_token_response(answered.status, answered.body.as_bytes())
        .map_err(|refused| (texts().tokens.token_refused)(&refused))?;
    let subject = subject(&pending, &metadata, &tokens).await?;
    let may_run = grants_runs(tokens.scope.as_deref());
    Ok(Operator {
        subject,
        token: may_run.then_some(tokens.access_token),
    })
}

/// Whether the scope is among those granted; no list means that all were (RFC 6749 §5.1).
fn grants_runs(granted: Option<&str>) -> bool {
    granted.is_none_or(|scope| scope.split(' ').any(|word| word == RUN_SCOPE))
}

async fn subject(
    pending: &Pending,
    metadata: &ProviderMetadata,
    tokens: &Tokens,
) -> Result<String, String> {
    let missing = || texts().tokens.no_keys.to_owned();
    let url = metadata.jwks_uri.clone().ok_or_else(missing)?;
    let keys = ask(&HttpCall::get(url)).await?;
    let keys = JwkSet::parse(keys.body.as_bytes()).map_err(|_| missing())?;
    let absent = Secret::new(String::new());
    let token = tokens.id_token.as_ref().unwrap_or(&absent);
    let now = UnixTime(browser::now());
    let expected = Expectations::of(pending, metadata, &tokens.access_token, now);
    let accepted = check_id_token(token, &keys, &WebCrypto::default(), &expected)
        .await
        .map_err(|refused| (texts().tokens.id_token_refused)(&refused))?;
    Ok(accepted.claims.sub)
}

async fn discover(issuer: &str) -> Result<ProviderMetadata, String> {
    let [url, _] = metadata_urls(issuer).ok_or_else(|| texts().wire.bad_issuer.to_owned())?;
    let answered = ask(&HttpCall::get(url)).await?;
    ProviderMetadata::parse(issuer, answered.body.as_bytes())
        .map_err(|refused| (texts().authorization.metadata_refused)(&refused))
}

async fn ask(call: &HttpCall) -> Result<Answered, String> {
    match send(call).await {
        Reply::Answered(answered) => Ok(answered),
        Reply::Unreachable(cause) => Err((texts().wire.no_answer_because)(&cause)),
        Reply::Navigated => Err(texts().wire.no_answer.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_answer_with_its_own_state_is_taken() {
        assert!(answers("?code=c&state=abc&iss=i", "abc"));
        for query in [
            "",
            "?code=c",
            "?state=abd",
            "?state=",
            "?state=abc&state=abc",
            "?error=access_denied&state=other",
        ] {
            assert!(!answers(query, "abc"), "{query}");
        }
    }

    #[test]
    fn the_scope_is_a_word_of_the_list() {
        assert!(grants_runs(Some("m2m:run openid")) && grants_runs(None));
        assert!(!grants_runs(Some("openid")) && !grants_runs(Some("m2m:runs")));
    }
}
