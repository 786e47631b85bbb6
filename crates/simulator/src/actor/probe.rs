//! Those who show a token somewhere.

use std::rc::Rc;

use oauth_core::{
    endpoint,
    http::{Answer, Headers, Incoming, Method},
};
use oauth_server::{introspect, userinfo};
use serde::Deserialize;
use testkit::answer;

use super::{App, ask, at, incoming};
use crate::{
    machine::Machine,
    oracle::{About, Act, Caller, Outcome, Place, Request},
    world::World,
};

/// The resource server asks whether a token of `app` is active.
pub async fn introspect(world: &Rc<World>, app: App, caller: Caller, token: &str) -> Outcome {
    introspect_as(world, (App::Api, app, caller), token).await
}

/// Somebody asks whether a token of `app` is active.
pub async fn introspect_as(
    world: &Rc<World>,
    (asker, app, caller): (App, App, Caller),
    token: &str,
) -> Outcome {
    let request = introspection_request(asker, token);
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
    let question = Request {
        asker: Some(asker.name()),
        ..Request::from(act)
    };
    ask(world, question, (app, caller), endpoint, read).await
}

pub(crate) fn introspection_request(asker: App, token: &str) -> Incoming {
    let mut parameters = asker.credentials();
    parameters.push(("token", token));
    at(endpoint::INTROSPECT, incoming(Method::Post, &parameters))
}

/// A client asks about its own refresh token.
pub async fn introspect_own(world: &Rc<World>, app: App, token: &str) -> Outcome {
    if matches!(app, App::Spa | App::Desk | App::Direct) {
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
    cnf: Option<Bound>,
    aud: Option<String>,
}

/// What a token is bound to (RFC 9449 §6.2).
#[derive(Deserialize)]
struct Bound {
    jkt: Option<String>,
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
            jkt: self.cnf.and_then(|cnf| cnf.jkt),
            aud: self.aud,
        }
    }
}

/// Someone asks UserInfo with an access token.
pub async fn userinfo(world: &Rc<World>, app: App, token: &str) -> Outcome {
    let mut request = at(endpoint::USERINFO, incoming(Method::Get, &[]));
    request.headers = Headers::new([("authorization".to_owned(), format!("Bearer {token}"))]);
    let act = Act::Probe {
        token: token.to_owned(),
        at: Place::UserInfo,
    };
    let endpoint = |machine: Rc<Machine>| async move {
        answer!(Challenge, userinfo::userinfo, machine.context(), &request).await
    };
    ask(world, act, (app, Caller::Owner), endpoint, about_token).await
}

/// What a place says about a token that it has accepted.
pub(crate) fn about_token(answer: &Answer) -> Outcome {
    match said(answer) {
        Some(said) => Outcome::Active(said.about()),
        None => Outcome::Broken(answer.status),
    }
}
