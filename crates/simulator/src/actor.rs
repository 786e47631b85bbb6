//! Those who send requests: each request goes through the production endpoint, and its answer to the oracle.

use std::{future::Future, rc::Rc};
use testkit::answer;

use oauth_core::{
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
    redeem_with(world, app, caller, (code, VERIFIER)).await
}

/// A code is redeemed with some verifier.
pub async fn redeem_with(
    world: &Rc<World>,
    app: App,
    caller: Caller,
    (code, verifier): (&str, &str),
) -> Outcome {
    let mut parameters = app.credentials();
    parameters.extend([
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", REDIRECT),
        ("code_verifier", verifier),
    ]);
    let act = Act::Redeem {
        code: code.to_owned(),
    };
    to_token_endpoint(world, act, (app, caller), &parameters).await
}

/// A refresh token is used.
pub async fn refresh(world: &Rc<World>, app: App, caller: Caller, token: &str) -> Outcome {
    refresh_for(world, app, caller, (token, None)).await
}

/// A refresh token is used for some scope.
pub async fn refresh_for(
    world: &Rc<World>,
    app: App,
    caller: Caller,
    (token, scope): (&str, Option<&'static str>),
) -> Outcome {
    let mut parameters = app.credentials();
    parameters.extend([("grant_type", "refresh_token"), ("refresh_token", token)]);
    parameters.extend(scope.map(|scope| ("scope", scope)));
    let act = Act::Refresh {
        token: token.to_owned(),
        scope,
    };
    to_token_endpoint(world, act, (app, caller), &parameters).await
}

async fn to_token_endpoint(
    world: &Rc<World>,
    act: Act,
    who: (App, Caller),
    parameters: &[(&str, &str)],
) -> Outcome {
    let request = incoming(Method::Post, parameters);
    let endpoint = |machine: Rc<Machine>| async move {
        answer!(Json, token::token, machine.context(), &request).await
    };
    ask(world, act, who, endpoint, tokens).await
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
    to_token_endpoint(world, Act::AsItself, (app, Caller::Owner), &parameters).await
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
