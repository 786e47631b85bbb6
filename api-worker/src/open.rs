//! What anyone may ask: how we are, and what this resource is (RFC 9728).

use edge::d1::Database;
use oauth_core::Fault;
use oauth_core::http::Answer;
use oauth_guard::ProtectedResource;
use serde::{Deserialize, Serialize};
use worker::Env;

use crate::config::Api;
use crate::route::Later;

/// The scopes that some route asks for.
const SCOPES: &[&str] = &["read", "write", "read:students", "read:users"];

#[derive(Serialize)]
struct Health {
    status: &'static str,
    d1: &'static str,
}

#[derive(Deserialize)]
struct Count {
    #[serde(rename = "tables")]
    _tables: u32,
}

/// `200` if the database answers, else `503`.
pub(crate) fn health<'a>(_: &'a Api, env: &'a Env) -> Later<'a, Answer> {
    Box::pin(async move {
        let Err(fault) = database(env).await else {
            return Answer::json(
                200,
                &Health {
                    status: "ok",
                    d1: "ok",
                },
            );
        };
        let down = Health {
            status: "down",
            d1: "down",
        };
        let mut answer = Answer::json(503, &down).with("retry-after", "2");
        answer.log.cause = Some(fault.to_string());
        answer
    })
}

/// A table that only our migrations make: a database without them is not healthy.
async fn database(env: &Env) -> Result<(), Fault> {
    let statement = "SELECT count(*) AS tables FROM profiles";
    let _row: Option<Count> = Database::open(env)?
        .first("d1.health", statement, &[])
        .await?;
    Ok(())
}

/// There is no icon, and a browser's console stays clean.
pub(crate) fn favicon<'a>(_: &'a Api, _: &'a Env) -> Later<'a, Answer> {
    Box::pin(async { Answer::empty(204) })
}

/// Protected resource metadata (RFC 9728 §3.2).
pub(crate) fn metadata<'a>(api: &'a Api, _: &'a Env) -> Later<'a, Answer> {
    Box::pin(async {
        let document = ProtectedResource::new(&api.resource, &api.issuer, SCOPES, "Ostiary API");
        Answer::json(200, &document)
    })
}
