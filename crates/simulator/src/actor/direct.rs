//! The application of direct login: it sends a user's name and password itself, and speaks JSON.

use std::rc::Rc;

use oauth_core::{
    endpoint,
    http::{Headers, Incoming, Method},
};
use oauth_server::{direct_login, login};
use serde_json::{Value, json};
use testkit::{answer, fixture::PASSWORD};

use super::{App, Seat, ask, at, attempt, incoming, tokens};
use crate::{
    machine::Machine,
    oracle::{Act, Caller, Outcome, Request},
    world::World,
};

const OWNER: (App, Caller) = (App::Direct, Caller::Owner);

fn in_json(method: Method, members: &Value) -> Incoming {
    let kind = ("content-type".to_owned(), "application/json".to_owned());
    Incoming {
        headers: Headers::new([kind]),
        body: members.to_string().into_bytes(),
        ..incoming(method, &[])
    }
}

/// A person logs in, with their password or, as a stranger, with another.
pub async fn log_in(world: &Rc<World>, person: &'static str, caller: Caller) -> Outcome {
    log_in_from(world, person, caller, &Seat::default()).await
}

/// The same, from some place.
pub async fn log_in_from(
    world: &Rc<World>,
    person: &'static str,
    caller: Caller,
    seat: &Seat,
) -> Outcome {
    let password = match caller {
        Caller::Owner => PASSWORD,
        Caller::Slip | Caller::Stranger => "a guess at it",
    };
    let members = json!({ "username": person, "password": password });
    let mut request = at(endpoint::LOGIN, in_json(Method::Post, &members));
    request.address = seat.address.map(str::to_owned);
    let asked = Request {
        attempt: Some(attempt(world, person, seat)),
        ..Request::from(Act::LogIn { person })
    };
    let endpoint = |machine: Rc<Machine>| async move {
        answer!(ByContentType, login::login, machine.context(), &request).await
    };
    ask(world, asked, (App::Direct, caller), endpoint, tokens).await
}

/// Its refresh token is used.
pub(super) async fn refresh(world: &Rc<World>, token: &str) -> Outcome {
    let members = json!({ "refresh_token": token });
    let request = at(endpoint::DIRECT_TOKEN, in_json(Method::Post, &members));
    let act = Act::Refresh {
        token: token.to_owned(),
        scope: None,
    };
    let endpoint = |machine: Rc<Machine>| async move {
        answer!(Json, direct_login::token, machine.context(), &request).await
    };
    ask(world, act, OWNER, endpoint, tokens).await
}

/// The person logs out, with the refresh token or the access token.
pub(super) async fn log_out(world: &Rc<World>, token: &str) -> Outcome {
    let is_refresh_token = crate::oracle::generation_of(token).is_some();
    let request = if is_refresh_token {
        in_json(Method::Delete, &json!({ "refresh_token": token }))
    } else {
        let bearer = ["Bearer ", token].concat();
        Incoming {
            headers: Headers::new([("authorization".to_owned(), bearer)]),
            ..incoming(Method::Delete, &[])
        }
    };
    let request = at(endpoint::DIRECT_LOGOUT, request);
    let act = Act::Revoke {
        token: token.to_owned(),
    };
    let endpoint = |machine: Rc<Machine>| async move {
        answer!(Challenge, direct_login::logout, machine.context(), &request).await
    };
    ask(world, act, OWNER, endpoint, |_| Outcome::Done).await
}
