//! The authorization server's worker: HTTP in, the endpoints of `oauth-server`, storage out. The decisions are made there
//! and in `oauth-core`.
//!
//! - [`routes`] is the route table, and [`config`] the settings.
//! - [`ports`] gives the endpoints their ports: [`store`] for D1 and KV, [`object`] for the Durable Objects.
//! - [`health`] is the state of the stores.
//! - [`jobs`] is what runs by the schedule.

mod config;
mod health;
mod jobs;
pub mod object;
mod ports;
mod routes;
mod store;

use std::rc::Rc;

use wasm_bindgen::prelude::{JsValue, wasm_bindgen};
use worker::{
    Context, Env, ScheduleContext, ScheduledEvent, event,
    web_sys::{Request, Response},
    worker_sys,
};

use crate::{config::Config, ports::Ports};

/// Answers one request.
#[wasm_bindgen]
pub fn fetch(request: Request, env: Env, context: worker_sys::Context) -> JsValue {
    edge::at_once(answer(request, env, Context::new(context)))
}

async fn answer(request: Request, env: Env, context: Context) -> Response {
    let (config, faults) = match Config::current(&env) {
        Ok(config) => (config, None),
        Err(faults) => match Config::without_secret(&env) {
            Some(config) => (Rc::new(config), Some(faults)),
            None => return edge::misconfigured(&request, &faults),
        },
    };
    let ports = Ports::new(env, context, Rc::clone(&config));
    edge::serve(
        &routes::TABLE,
        &config.site,
        &request,
        async |endpoint, incoming| {
            match &faults {
                // What needs a secret waits for one.
                Some(faults) if !endpoint.is_public() => {
                    edge::answer::misconfigured(&incoming.path, faults)
                }
                _ => routes::answer(endpoint, &config, &ports, &incoming).await,
            }
            .into()
        },
    )
    .await
}

/// Runs the jobs of the schedule.
#[event(scheduled)]
async fn scheduled(_event: ScheduledEvent, env: Env, context: ScheduleContext) {
    match Config::current(&env) {
        Ok(config) => jobs::run(&Ports::of_schedule(env, context, config)).await,
        Err(faults) => store::log::say("job_failed", "configuration", &faults),
    }
}
