//! The resource server's worker: services behind the guard.

mod health;
mod services;

use guarded_worker::Api;
use worker::{Context, Env, Request, Response, event};

static API: Api = Api::new("Ostiary API", services::ALL).with_checks(&[health::DATABASE]);

/// Answers one request.
#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> worker::Result<Response> {
    guarded_worker::serve(&API, request, env, context).await
}
