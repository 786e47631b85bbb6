//! Those who send requests: each request goes through the production endpoint, and its answer to the oracle.

use std::{future::Future, rc::Rc};
use testkit::answer;

use oauth_core::{
    UnixTime,
    dpop::{self, ProofOf},
    form,
    http::{Answer, Headers, Incoming, Method},
};
use oauth_server::{introspect, par, revoke, token, userinfo};
use serde::Deserialize;
use testkit::fixture::{self, REDIRECT, SECRET, VERIFIER};

use crate::{
    machine::Machine,
    object::SharedFate,
    oracle::{About, Act, Caller, Outcome, Place, Tokens},
    signer::ProofKey,
    world::World,
};

/// A client with its way to prove who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum App {
    /// A public client.
    Spa,
    /// A confidential one, whose access tokens are opaque.
    Web,
    /// The resource server.
    Api,
}

impl App {
    /// Its id.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Spa => "spa",
            Self::Web => "web",
            Self::Api => "api",
        }
    }

    fn credentials<'a>(self) -> Vec<(&'a str, &'a str)> {
        match self {
            Self::Spa => vec![("client_id", "spa")],
            Self::Web | Self::Api => vec![("client_id", self.name()), ("client_secret", SECRET)],
        }
    }
}

/// Sends one request and records it in the oracle.
pub(crate) async fn ask<F, G>(
    world: &Rc<World>,
    act: Act,
    (app, caller): (App, Caller),
    endpoint: impl FnOnce(Rc<Machine>) -> F,
    read: G,
) -> Outcome
where
    F: Future<Output = Answer>,
    G: FnOnce(&Answer) -> Outcome,
{
    if !world.scheduler.choices.is_scripted() {
        world.scheduler.turn().await;
    }
    let fate = SharedFate::default();
    let who = (app.name(), caller);
    let id = world.oracle.begin(act.clone(), who, &fate, world.moment());
    world
        .scheduler
        .note(|| format!("#{id} {} begins {}", app.name(), brief(&act)));
    let machine = Rc::new(Machine::serving(world, id, fate));
    let answer = endpoint(machine).await;
    let outcome = outcome_of(&act, &answer, read);
    world.scheduler.note(|| {
        let cause = answer.log.cause.as_deref().unwrap_or_default();
        format!(
            "#{id} is answered {} {} {cause}",
            answer.status,
            summary(&outcome)
        )
    });
    world.oracle.end(id, &outcome, world.moment());
    if world.oracle.violation().is_some() {
        world.scheduler.stop();
    }
    outcome
}

fn outcome_of(act: &Act, answer: &Answer, read: impl FnOnce(&Answer) -> Outcome) -> Outcome {
    match answer.status {
        503 => Outcome::Unavailable,
        200..=399 => read(answer),
        401 if matches!(act, Act::Probe { .. }) => Outcome::Inactive,
        400..=499 => Outcome::Refused(answer.log.refusal.unwrap_or("")),
        status => Outcome::Broken(status),
    }
}

pub(crate) fn form_type() -> (String, String) {
    let kind = "application/x-www-form-urlencoded";
    ("content-type".to_owned(), kind.to_owned())
}

/// A code is redeemed.
pub async fn redeem(world: &Rc<World>, app: App, caller: Caller, code: &str) -> Outcome {
    let with = Redemption {
        code,
        verifier: VERIFIER,
        key: None,
    };
    redeem_with(world, app, caller, with).await
}

/// What a code comes with.
#[derive(Clone, Copy, Debug)]
pub struct Redemption<'a> {
    /// The code.
    pub code: &'a str,
    /// The verifier.
    pub verifier: &'a str,
    /// The number of the key that signs a proof, if one does.
    pub key: Option<u8>,
}

/// A code is redeemed with some verifier, and perhaps a proof.
pub async fn redeem_with(
    world: &Rc<World>,
    app: App,
    caller: Caller,
    with: Redemption<'_>,
) -> Outcome {
    let mut parameters = app.credentials();
    parameters.extend([
        ("grant_type", "authorization_code"),
        ("code", with.code),
        ("redirect_uri", REDIRECT),
        ("code_verifier", with.verifier),
    ]);
    let act = Act::Redeem {
        code: with.code.to_owned(),
    };
    to_token_endpoint(world, act, (app, caller), (&parameters, with.key)).await
}

/// A refresh token is used.
pub async fn refresh(world: &Rc<World>, app: App, caller: Caller, token: &str) -> Outcome {
    let with = Renewal {
        token,
        scope: None,
        key: None,
    };
    refresh_with(world, app, caller, with).await
}

/// What a refresh token comes with.
#[derive(Clone, Copy, Debug)]
pub struct Renewal<'a> {
    /// The token.
    pub token: &'a str,
    /// The scope that is asked for, if any is.
    pub scope: Option<&'static str>,
    /// The number of the key that signs a proof, if one does.
    pub key: Option<u8>,
}

/// A refresh token is used for some scope, and perhaps with a proof.
pub async fn refresh_with(
    world: &Rc<World>,
    app: App,
    caller: Caller,
    with: Renewal<'_>,
) -> Outcome {
    let mut parameters = app.credentials();
    parameters.extend([
        ("grant_type", "refresh_token"),
        ("refresh_token", with.token),
    ]);
    parameters.extend(with.scope.map(|scope| ("scope", scope)));
    let act = Act::Refresh {
        token: with.token.to_owned(),
        scope: with.scope,
    };
    to_token_endpoint(world, act, (app, caller), (&parameters, with.key)).await
}

async fn to_token_endpoint(
    world: &Rc<World>,
    act: Act,
    who: (App, Caller),
    (parameters, key): (&[(&str, &str)], Option<u8>),
) -> Outcome {
    let mut request = incoming(Method::Post, parameters);
    TOKEN.clone_into(&mut request.path);
    if let Some(key) = key {
        let proof = proof(world, &ProofKey(key)).await;
        request.headers = Headers::new([form_type(), (dpop::HEADER.to_owned(), proof)]);
    }
    let endpoint = |machine: Rc<Machine>| async move {
        answer!(Json, token::token, machine.context(), &request).await
    };
    ask(world, act, who, endpoint, tokens).await
}

/// The path of the token endpoint.
const TOKEN: &str = "/oauth/token";

/// A proof for the token endpoint.
async fn proof(world: &Rc<World>, key: &ProofKey) -> String {
    let id = format!("proof {:?}", world.random_bytes::<8>());
    let request = ProofOf {
        method: "POST",
        url: &[fixture::ISSUER, TOKEN].concat(),
        access_token: None,
        nonce: None,
        jti: &id,
        now: UnixTime(world.scheduler.now()),
    };
    let proof = dpop::prove(key, &key.public(), &request).await;
    proof.unwrap_or_default()
}

/// A token response, as a client reads it (RFC 6749 §5.1).
#[derive(Deserialize)]
struct TokenResponse {
    access_token: String,
    expires_in: i64,
    refresh_token: Option<String>,
    scope: Option<String>,
}

fn tokens(answer: &Answer) -> Outcome {
    match serde_json::from_slice::<TokenResponse>(&answer.body) {
        Err(_) => Outcome::Broken(answer.status),
        Ok(response) => Outcome::Tokens(Tokens {
            body: answer.body.clone(),
            scope: response.scope,
            access_token: response.access_token,
            refresh_token: response.refresh_token,
            expires_in: response.expires_in,
        }),
    }
}

/// A token is revoked.
pub async fn revoke(world: &Rc<World>, app: App, caller: Caller, token: &str) -> Outcome {
    let mut parameters = app.credentials();
    parameters.push(("token", token));
    let request = incoming(Method::Post, &parameters);
    let act = Act::Revoke {
        token: token.to_owned(),
    };
    let endpoint = |machine: Rc<Machine>| async move {
        answer!(Json, revoke::revoke, machine.context(), &request).await
    };
    ask(world, act, (app, caller), endpoint, |_| Outcome::Done).await
}

/// The resource server asks whether a token of `app` is active.
pub async fn introspect(world: &Rc<World>, app: App, caller: Caller, token: &str) -> Outcome {
    introspect_as(world, (App::Api, app, caller), token).await
}

/// Somebody asks whether a token of `app` is active.
async fn introspect_as(
    world: &Rc<World>,
    (asker, app, caller): (App, App, Caller),
    token: &str,
) -> Outcome {
    let mut parameters = asker.credentials();
    parameters.push(("token", token));
    let request = incoming(Method::Post, &parameters);
    let act = Act::Probe {
        token: token.to_owned(),
        at: Place::Introspection,
    };
    let endpoint = |machine: Rc<Machine>| async move {
        answer!(Json, introspect::introspect, machine.context(), &request).await
    };
    let read = |answer: &Answer| match said(answer) {
        Some(Said {
            active: Some(false),
            ..
        }) => Outcome::Inactive,
        Some(said) => Outcome::Active(said.about()),
        None => Outcome::Broken(answer.status),
    };
    ask(world, act, (app, caller), endpoint, read).await
}

/// A client asks about its own refresh token.
pub async fn introspect_own(world: &Rc<World>, app: App, token: &str) -> Outcome {
    if app == App::Spa {
        // A public client may not ask.
        return Outcome::Inactive;
    }
    introspect_as(world, (app, app, Caller::Owner), token).await
}

/// What an endpoint says about a token.
#[derive(Deserialize)]
struct Said {
    active: Option<bool>,
    sub: Option<String>,
    client_id: Option<String>,
    scope: Option<String>,
}

fn said(answer: &Answer) -> Option<Said> {
    serde_json::from_slice(&answer.body).ok()
}

impl Said {
    fn about(self) -> About {
        About {
            sub: self.sub,
            client_id: self.client_id,
            scope: self.scope,
        }
    }
}

/// A machine gets a token for itself.
pub async fn as_itself(world: &Rc<World>, app: App) -> Outcome {
    let mut parameters = app.credentials();
    parameters.push(("grant_type", "client_credentials"));
    to_token_endpoint(
        world,
        Act::AsItself,
        (app, Caller::Owner),
        (&parameters, None),
    )
    .await
}

/// A client pushes its request.
pub async fn push(world: &Rc<World>, app: App) -> Outcome {
    let query = fixture::request(&[("client_id", "")]);
    let Ok(asked) = form::Form::parse(query.as_bytes()) else {
        return Outcome::Broken(0);
    };
    let mut parameters = app.credentials();
    parameters.extend(asked.iter());
    let request = incoming(Method::Post, &parameters);
    let endpoint = |machine: Rc<Machine>| async move {
        answer!(Json, par::par, machine.context(), &request).await
    };
    let read = |answer: &Answer| Outcome::RequestUri(fixture::member(answer, "request_uri"));
    ask(world, Act::Push, (app, Caller::Owner), endpoint, read).await
}

/// Someone asks UserInfo with an access token.
pub async fn userinfo(world: &Rc<World>, app: App, token: &str) -> Outcome {
    let mut request = incoming(Method::Get, &[]);
    request.headers = Headers::new([("authorization".to_owned(), format!("Bearer {token}"))]);
    let act = Act::Probe {
        token: token.to_owned(),
        at: Place::UserInfo,
    };
    let endpoint = |machine: Rc<Machine>| async move {
        answer!(Challenge, userinfo::userinfo, machine.context(), &request).await
    };
    let who = (app, Caller::Owner);
    let read = |answer: &Answer| match said(answer) {
        Some(said) => Outcome::Active(said.about()),
        None => Outcome::Broken(answer.status),
    };
    ask(world, act, who, endpoint, read).await
}

pub(crate) fn incoming(method: Method, parameters: &[(&str, &str)]) -> Incoming {
    Incoming {
        method,
        path: String::new(),
        query: String::new(),
        headers: Headers::new([form_type()]),
        body: form::encode(parameters.iter().copied()).into_bytes(),
        address: None,
        request_id: String::new(),
    }
}

fn brief(act: &Act) -> String {
    format!("{act:?}").chars().take(60).collect()
}

fn summary(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Tokens(tokens) => {
            format!("tokens, and {:?}", tokens.refresh_token)
        }
        other => format!("{other:?}"),
    }
}
