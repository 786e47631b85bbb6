//! The client application's backend: it serves the pages and runs the machine-to-machine call.
//!
//! A request is resolved by the route table, [`routes::AppRoutes`], which names who is admitted ([`operator`]) and the
//! function that answers: [`pages`] for what a browser shows, [`m2m`] for the machine-to-machine client, [`health`].
//! [`routes::answer`] runs it and renders a refusal ([`refused`]). [`config`] is read once an isolate; [`isolate`] holds
//! what outlives a request, and [`ports`] gives the client what it needs of the platform.

mod call;
mod config;
mod disturbance;
mod health;
mod isolate;
mod m2m;
pub mod object;
mod operator;
mod pages;
mod peers;
mod ports;
mod refused;
mod routes;
mod store;

use wasm_bindgen::prelude::{JsValue, wasm_bindgen};
use worker::{
    Context, Env,
    web_sys::{Request, Response},
    worker_sys,
};

use call::Call;
use isolate::Isolate;

/// Answers a request. A failure is an answer too.
#[wasm_bindgen]
pub fn fetch(request: Request, env: Env, context: worker_sys::Context) -> JsValue {
    edge::at_once(answer(request, env, Context::new(context)))
}

async fn answer(request: Request, env: Env, context: Context) -> Response {
    let isolate = match Isolate::current(&env) {
        Ok(isolate) => isolate,
        Err(faults) => return edge::misconfigured(&request, &faults),
    };
    let handler = async |endpoint, incoming| {
        let call = Call {
            isolate: &isolate,
            env: &env,
            context: &context,
            incoming: &incoming,
        };
        routes::answer(endpoint, &call).await
    };
    edge::serve(&routes::AppRoutes, &isolate.site, &request, handler).await
}
