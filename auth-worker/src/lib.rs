//! The authorization server's worker: it turns HTTP into typed requests, gives the endpoints their
//! ports, and hosts the lifecycles in Durable Objects. What is decided is decided elsewhere.

mod config;
mod health;
pub mod object;
mod ports;
mod routes;
mod store;

use std::rc::Rc;

use worker::{Context, Env, Request, Response, event};

use crate::{config::Config, ports::Ports};

/// Answers one request.
#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> worker::Result<Response> {
    let config = match Config::current(&env) {
        Ok(config) => config,
        Err(faults) => return Ok(edge::misconfigured(&request, &faults)),
    };
    let ports = Ports::new(env, context, Rc::clone(&config));
    let response = edge::serve(
        &routes::TABLE,
        &config.site,
        request,
        async |endpoint, incoming| {
            routes::answer(endpoint, &config, &ports, &incoming)
                .await
                .into()
        },
    )
    .await;
    Ok(response)
}
