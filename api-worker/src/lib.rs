//! The resource server's worker: every route but the public ones takes an `Access`, which only the
//! guard makes.

mod config;
mod open;
mod route;
mod services;
mod sources;

use worker::{Context, Env, Request, Response, event};

use crate::config::Api;

/// Answers one request.
#[event(fetch)]
async fn fetch(request: Request, env: Env, _context: Context) -> worker::Result<Response> {
    let api = match Api::current(&env) {
        Ok(api) => api,
        Err(faults) => return Ok(edge::misconfigured(&request, &faults)),
    };
    let response = edge::serve(
        &route::TABLE,
        &api.site,
        request,
        async |handler, incoming| route::answer(handler, &api, &env, &incoming).await.into(),
    )
    .await;
    Ok(response)
}
