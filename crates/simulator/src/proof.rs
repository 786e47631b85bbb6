//! What counts once: the proofs of possession (RFC 9449) and the assertions (RFC 7523) of clients.

use std::rc::Rc;

use oauth_core::{
    UnixTime, base64url,
    dpop::{self, ProofOf},
    endpoint,
    http::Method,
    jose::mint,
};
use serde::Serialize;
use testkit::fixture;

use crate::{
    actor::{App, at_token_endpoint, incoming},
    oracle::{Act, Caller, Outcome, Request},
    signer::{ProofKey, ROBOT_KEY},
    world::World,
};

/// A proof for the token endpoint.
#[derive(Clone, Debug)]
pub struct Proof {
    pub(crate) text: String,
    pub(crate) id: String,
    pub(crate) jkt: String,
}

pub(crate) async fn proof_by(world: &Rc<World>, key: Option<u8>) -> Option<Proof> {
    match key {
        Some(key) => Some(proof(world, key).await),
        None => None,
    }
}

/// Makes a proof with the key of this number.
pub async fn proof(world: &Rc<World>, key: u8) -> Proof {
    let key = &ProofKey(key);
    let id = format!("proof {:?}", world.random_bytes::<8>());
    let request = ProofOf {
        method: "POST",
        url: &[fixture::ISSUER, endpoint::TOKEN].concat(),
        access_token: None,
        nonce: None,
        jti: &id,
        now: UnixTime(world.scheduler.now()),
    };
    let text = dpop::prove(key, &key.public(), &request).await;
    Proof {
        text: text.unwrap_or_default(),
        jkt: key.public().thumbprint(),
        id,
    }
}

/// What an assertion says (RFC 7523 §3).
#[derive(Serialize)]
struct Asserted<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    jti: &'a str,
    iat: i64,
    exp: i64,
}

/// An assertion of the robot, which proves who it is with its key.
#[derive(Clone, Debug)]
pub struct Assertion {
    text: String,
    id: String,
}

/// Makes an assertion that is good for a minute.
pub async fn assertion(world: &Rc<World>) -> Assertion {
    let id = format!("assertion {:?}", world.random_bytes::<8>());
    let now = world.scheduler.now();
    let claims = Asserted {
        iss: "robot",
        sub: "robot",
        aud: fixture::ISSUER,
        jti: &id,
        iat: now,
        exp: now + 60,
    };
    let text = mint(&ROBOT_KEY, "JWT", &claims).await;
    Assertion {
        text: text.unwrap_or_default(),
        id,
    }
}

impl Assertion {
    /// The same, with another signature.
    pub(crate) fn forged(&self) -> Self {
        let (signed, _) = self.text.rsplit_once('.').unwrap_or_default();
        Self {
            text: [signed, ".", &base64url::encode(&[7; 64])].concat(),
            id: self.id.clone(),
        }
    }
}

/// The robot gets a token for itself, with this assertion.
pub async fn as_robot(world: &Rc<World>, assertion: &Assertion) -> Outcome {
    let once = Some(assertion.id.clone());
    as_robot_with(world, assertion, (once, Caller::Owner)).await
}

/// Somebody who is not the robot tries the same.
pub async fn as_robot_forged(world: &Rc<World>, assertion: &Assertion) -> Outcome {
    as_robot_with(world, &assertion.forged(), (None, Caller::Stranger)).await
}

async fn as_robot_with(
    world: &Rc<World>,
    assertion: &Assertion,
    (once, caller): (Option<String>, Caller),
) -> Outcome {
    let parameters = [
        ("grant_type", "client_credentials"),
        ("client_id", "robot"),
        ("client_assertion_type", ASSERTION_TYPE),
        ("client_assertion", &assertion.text),
    ];
    let asked = Request {
        once,
        ..Request::from(Act::AsItself)
    };
    let request = incoming(Method::Post, &parameters);
    at_token_endpoint(world, asked, (App::Robot, caller), request).await
}

/// The type of a JWT that proves who a client is (RFC 7523 §2.2).
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
