//! The resource server's worker: services behind the guard.
//!
//! - [`services`] has a file for each service: its scopes, its routes and their handlers.
//! - [`mcp`] offers some of them to models, as a resource of its own.
//! - [`health`] is the check of the database for `/health`.
//! - `guarded_worker` does the rest: settings, the guard, the route table, the metadata.

mod health;
mod mcp;
mod services;

use guarded_worker::Api;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};
use worker::{Context, Env, web_sys::Request, worker_sys};

static API: Api = Api::new("Ostiary API", services::ALL)
    .with_resources(&[mcp::RESOURCE])
    .with_checks(&[health::DATABASE]);

/// Answers one request.
#[wasm_bindgen]
pub fn fetch(request: Request, env: Env, context: worker_sys::Context) -> JsValue {
    guarded_worker::answer(&API, request, env, Context::new(context))
}
