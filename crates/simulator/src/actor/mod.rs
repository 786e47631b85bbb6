//! Those who send requests: each request goes through the production endpoint, and its answer to the oracle.

mod admin;
mod attempt;
mod direct;
mod probe;

use std::{future::Future, rc::Rc};
use testkit::answer;

use oauth_core::{
    client::DIRECT_LOGIN,
    dpop, endpoint, form,
    http::{Answer, Headers, Incoming, Method},
};
use oauth_server::{par, revoke, token};
use serde::Deserialize;
use testkit::fixture::{self, REDIRECT, SECRET, VERIFIER};

use crate::{
    machine::Machine,
    object::SharedFate,
    oracle::{Act, Caller, Outcome, Request, Tokens},
    proof::{Proof, proof_by},
    world::World,
};

pub use admin::{Measure, administer};
pub use attempt::Seat;
pub(crate) use attempt::{attempt, throttles};
pub use direct::{log_in, log_in_from};
pub(crate) use probe::{about_token, introspection_request};
pub use probe::{introspect, introspect_as, introspect_own, userinfo};

/// A client with its way to prove who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum App {
    /// A public client.
    Spa,
    /// A confidential one, whose access tokens are opaque.
    Web,
    /// The resource server.
    Api,
    /// The server of the other resource.
    Mcp,
    /// The administrators' application, a public client.
    Desk,
    /// A machine that proves who it is with a key.
    Robot,
    /// The application of direct login, which is built in.
    Direct,
}

impl App {
    /// Its id.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Spa => "spa",
            Self::Web => "web",
            Self::Api => "api",
            Self::Mcp => "mcp",
            Self::Desk => "desk",
            Self::Robot => "robot",
            Self::Direct => DIRECT_LOGIN,
        }
    }

    fn credentials(self) -> Vec<(&'static str, &'static str)> {
        match self {
            Self::Spa | Self::Desk => vec![("client_id", self.name())],
            // With an assertion, which is made for each request.
            Self::Robot => Vec::new(),
            Self::Direct => vec![("client_id", DIRECT_LOGIN)],
            Self::Web | Self::Api | Self::Mcp => {
                vec![("client_id", self.name()), ("client_secret", SECRET)]
            }
        }
    }
}

/// Sends one request and records it in the oracle.
pub(crate) async fn ask<F, G>(
    world: &Rc<World>,
    request: impl Into<Request>,
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
    let request = request.into();
    let (act, fate) = (request.act.clone(), SharedFate::default());
    let who = (app.name(), caller);
    let id = world.oracle.begin(request, who, &fate, world.moment());
    world
        .scheduler
        .note(|| format!("#{id} {} begins {}", app.name(), brief(&act)));
    let machine = Rc::new(Machine::serving(world, id, fate));
    let answer = endpoint(Rc::clone(&machine)).await;
    if machine.signer_has_failed() {
        world.oracle.troubled(id);
    }
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
    let proof = proof_by(world, with.key).await;
    to_token_endpoint(world, act, (app, caller), (&parameters, proof.as_ref())).await
}

/// A refresh token is used.
pub async fn refresh(world: &Rc<World>, app: App, caller: Caller, token: &str) -> Outcome {
    let with = Renewal {
        token,
        scope: None,
        resource: None,
        proof: None,
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
    /// The resource that is named, if one is.
    pub resource: Option<&'static str>,
    /// The proof, if there is one.
    pub proof: Option<&'a Proof>,
}

/// A refresh token is used for some scope, and perhaps with a proof.
pub async fn refresh_with(
    world: &Rc<World>,
    app: App,
    caller: Caller,
    with: Renewal<'_>,
) -> Outcome {
    if app == App::Direct && caller == Caller::Owner {
        return direct::refresh(world, with.token).await;
    }
    let mut parameters = app.credentials();
    parameters.extend([
        ("grant_type", "refresh_token"),
        ("refresh_token", with.token),
    ]);
    parameters.extend(with.scope.map(|scope| ("scope", scope)));
    parameters.extend(with.resource.map(|resource| ("resource", resource)));
    let act = Act::Refresh {
        token: with.token.to_owned(),
        scope: with.scope,
    };
    to_token_endpoint(world, act, (app, caller), (&parameters, with.proof)).await
}

async fn to_token_endpoint(
    world: &Rc<World>,
    act: Act,
    who: (App, Caller),
    (parameters, proof): (&[(&str, &str)], Option<&Proof>),
) -> Outcome {
    let mut request = incoming(Method::Post, parameters);
    let mut asked = Request::from(act);
    if let Some(proof) = proof {
        let header = (dpop::HEADER.to_owned(), proof.text.clone());
        request.headers = Headers::new([form_type(), header]);
        asked.once = Some(proof.id.clone());
        asked.jkt = Some(proof.jkt.clone());
    }
    at_token_endpoint(world, asked, who, request).await
}

pub(crate) async fn at_token_endpoint(
    world: &Rc<World>,
    asked: Request,
    who: (App, Caller),
    mut request: Incoming,
) -> Outcome {
    endpoint::TOKEN.clone_into(&mut request.path);
    let endpoint = |machine: Rc<Machine>| async move {
        answer!(Json, token::token, machine.context(), &request).await
    };
    ask(world, asked, who, endpoint, tokens).await
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
    if app == App::Direct && caller == Caller::Owner {
        return direct::log_out(world, token).await;
    }
    let mut parameters = app.credentials();
    parameters.push(("token", token));
    let request = at(endpoint::REVOKE, incoming(Method::Post, &parameters));
    let act = Act::Revoke {
        token: token.to_owned(),
    };
    let endpoint = |machine: Rc<Machine>| async move {
        answer!(Json, revoke::revoke, machine.context(), &request).await
    };
    ask(world, act, (app, caller), endpoint, |_| Outcome::Done).await
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
    push_with(world, (app, Caller::Owner), &app.credentials()).await
}

/// Somebody pushes a request with these credentials.
pub async fn push_with(
    world: &Rc<World>,
    who: (App, Caller),
    credentials: &[(&'static str, &'static str)],
) -> Outcome {
    let query = fixture::request(&[("client_id", "")]);
    let Ok(asked) = form::Form::parse(query.as_bytes()) else {
        return Outcome::Broken(0);
    };
    let mut parameters = credentials.to_vec();
    parameters.extend(asked.iter());
    let request = at(endpoint::PAR, incoming(Method::Post, &parameters));
    let endpoint = |machine: Rc<Machine>| async move {
        answer!(Json, par::par, machine.context(), &request).await
    };
    let read = |answer: &Answer| Outcome::RequestUri(fixture::member(answer, "request_uri"));
    let named = credentials.iter().find(|(name, _)| *name == "client_id");
    let asked = Request {
        asker: named.map(|(_, client_id)| *client_id),
        ..Request::from(Act::Push)
    };
    ask(world, asked, who, endpoint, read).await
}

/// The same request, to an endpoint.
pub(crate) fn at(path: &str, mut request: Incoming) -> Incoming {
    path.clone_into(&mut request.path);
    request
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
