//! Those who send requests: each request goes through the production endpoint, and its answer to the ledger.

use std::{future::Future, rc::Rc};

use oauth_core::{
    base64url,
    credential::RefreshToken,
    form,
    http::{Answer, Headers, Incoming, Method},
    id::{ClientId, GrantId},
    lifecycle::grant::{Command, Death, Reply, Revocation},
};
use oauth_server::{authorize, port::Grants as _, token, userinfo};
use testkit::fixture::{self, REDIRECT, SECRET, VERIFIER};

use crate::{
    ledger::{Act, Outcome, Standing, Tokens, grant_of},
    machine::Machine,
    world::World,
};

/// A client with its way to prove who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum App {
    /// A public client.
    Spa,
    /// A confidential one.
    Web,
}

impl App {
    /// Its id.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Spa => "spa",
            Self::Web => "web",
        }
    }

    fn credentials(self) -> Vec<(&'static str, &'static str)> {
        match self {
            Self::Spa => vec![("client_id", "spa")],
            Self::Web => vec![("client_id", "web"), ("client_secret", SECRET)],
        }
    }
}

/// Sends one request and tells the ledger.
async fn ask<F, G>(
    world: &Rc<World>,
    act: Act,
    (app, standing): (App, Standing),
    endpoint: impl FnOnce(Rc<Machine>) -> F,
    read: G,
) -> Outcome
where
    F: Future<Output = Answer>,
    G: FnOnce(&Answer) -> Outcome,
{
    world.scheduler.turn().await;
    let id = world
        .ledger
        .begin(act.clone(), app.name(), standing, world.moment());
    world
        .scheduler
        .note(|| format!("#{id} {} begins {}", app.name(), brief(&act)));
    let machine = Rc::new(Machine::new(world, id));
    let answer = endpoint(Rc::clone(&machine)).await;
    let outcome = match answer.status {
        503 => Outcome::Unavailable,
        200..=399 => read(&answer),
        401 if matches!(act, Act::Probe { .. }) => Outcome::Inactive,
        400..=499 => Outcome::Refused(answer.log.refusal.unwrap_or("")),
        status => Outcome::Broken(status),
    };
    world.scheduler.note(|| {
        let cause = answer.log.cause.as_deref().unwrap_or_default();
        format!(
            "#{id} is answered {} {} {cause}",
            answer.status,
            told(&outcome)
        )
    });
    world
        .ledger
        .end(id, outcome.clone(), machine.fate(), world.moment());
    if world.ledger.violation().is_some() {
        world.scheduler.stop();
    }
    outcome
}

/// A browser with a session asks for a code.
pub async fn authorize(world: &Rc<World>, app: App, browser: &Browser) -> Outcome {
    let query = fixture::request(&[("client_id", app.name())]);
    let mut request = incoming(Method::Get, &[]);
    request.query = query;
    request.headers = Headers::new([("cookie".to_owned(), browser.cookie.clone())]);
    let act = Act::Authorize {
        session: browser.session,
    };
    let endpoint = |machine: Rc<Machine>| async move {
        authorize::authorize(&machine.context(), &request).await
    };
    ask(
        world,
        act,
        (app, Standing::Owner),
        endpoint,
        |answer| match answer.header("location") {
            Some(location) if location.contains("code=") => {
                Outcome::Code(fixture::parameter(answer, "code"))
            }
            _ => Outcome::Refused("no code"),
        },
    )
    .await
}

/// A browser that is signed in.
#[derive(Clone, Debug)]
pub struct Browser {
    /// Its session's number.
    pub session: usize,
    /// Its cookie.
    pub cookie: String,
}

/// A code is redeemed.
pub async fn redeem(world: &Rc<World>, app: App, standing: Standing, code: &str) -> Outcome {
    let mut parameters = app.credentials();
    parameters.extend([
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", REDIRECT),
        ("code_verifier", VERIFIER),
    ]);
    let act = Act::Redeem {
        code: code.to_owned(),
    };
    to_token_endpoint(world, act, (app, standing), &parameters).await
}

/// A refresh token is used.
pub async fn refresh(world: &Rc<World>, app: App, standing: Standing, token: &str) -> Outcome {
    let mut parameters = app.credentials();
    parameters.extend([("grant_type", "refresh_token"), ("refresh_token", token)]);
    let act = Act::Refresh {
        token: token.to_owned(),
    };
    to_token_endpoint(world, act, (app, standing), &parameters).await
}

async fn to_token_endpoint(
    world: &Rc<World>,
    act: Act,
    who: (App, Standing),
    parameters: &[(&str, &str)],
) -> Outcome {
    let request = incoming(Method::Post, parameters);
    let endpoint =
        |machine: Rc<Machine>| async move { token::token(&machine.context(), &request).await };
    ask(world, act, who, endpoint, tokens).await
}

fn tokens(answer: &Answer) -> Outcome {
    let member = |name| fixture::member(answer, name);
    let refresh_token = member("refresh_token");
    Outcome::Tokens(Tokens {
        body: answer.body.clone(),
        access_token: member("access_token"),
        refresh_token: (!refresh_token.is_empty()).then_some(refresh_token),
        expires_in: member("expires_in").parse().unwrap_or_default(),
    })
}

/// A token is revoked.
pub async fn revoke(world: &Rc<World>, app: App, standing: Standing, token: &str) -> Outcome {
    let act = Act::Revoke {
        token: token.to_owned(),
    };
    let token = token.to_owned();
    let endpoint = |machine: Rc<Machine>| async move { revocation(&machine, app, &token).await };
    ask(world, act, (app, standing), endpoint, |_| Outcome::Done).await
}

/// Stands in for the revocation endpoint.
async fn revocation(machine: &Machine, app: App, token: &str) -> Answer {
    let keyring = &machine.world.template.keyring;
    let grant = match RefreshToken::read(keyring, token) {
        Some(token) => Some(token.grant),
        None if token.starts_with("ey") => grant_of(token).as_deref().and_then(GrantId::parse),
        None => None,
    };
    let Some(grant) = grant else {
        return Answer::empty(200);
    };
    let command = Command::Revoke(Revocation {
        client_id: ClientId::parse(app.name()),
        reason: Death::Revoked,
        until: None,
    });
    match machine.grant(&grant, command).await {
        Err(_) => Answer::empty(503),
        Ok(Reply::Refused(refusal)) => {
            let mut answer = Answer::empty(400);
            answer.log.refusal = Some(refusal.slug());
            answer
        }
        Ok(_) => Answer::empty(200),
    }
}

/// Someone asks UserInfo with an access token.
pub async fn userinfo(world: &Rc<World>, app: App, token: &str) -> Outcome {
    let mut request = incoming(Method::Get, &[]);
    request.headers = Headers::new([("authorization".to_owned(), format!("Bearer {token}"))]);
    let act = Act::Probe {
        token: token.to_owned(),
    };
    let endpoint = |machine: Rc<Machine>| async move {
        userinfo::userinfo(&machine.context(), &request).await
    };
    let outcome = ask(world, act, (app, Standing::Owner), endpoint, |_| {
        Outcome::Active
    });
    outcome.await
}

fn incoming(method: Method, parameters: &[(&str, &str)]) -> Incoming {
    let kind = "application/x-www-form-urlencoded".to_owned();
    Incoming {
        method,
        path: String::new(),
        query: String::new(),
        headers: Headers::new([("content-type".to_owned(), kind)]),
        body: form::encode(parameters.iter().copied()).into_bytes(),
        address: None,
        request_id: String::new(),
    }
}

fn brief(act: &Act) -> String {
    format!("{act:?}").chars().take(60).collect()
}

fn told(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Tokens(tokens) => {
            let digest = base64url::encode(&tokens.body).len();
            format!("tokens ({digest}), {:?}", tokens.refresh_token)
        }
        other => format!("{other:?}"),
    }
}
