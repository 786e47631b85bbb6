//! The client application's backend: serves the pages, runs the machine-to-machine call.
//!
//! A request meets the [`routes::AppRoutes`], then its desk: [`pages`] for everything that a browser shows,
//! [`machine`] for the run, [`health`]. [`settings`] is read once an isolate; [`setup`] keeps what
//! outlives a request.

mod alert;
mod board;
mod copies;
mod health;
mod ledger;
mod machine;
mod operator;
mod pages;
mod peers;
mod routes;
mod settings;
mod setup;
mod standing;
mod status;
mod tell;
mod trouble;
mod world;

use edge::Reply;
use oauth_core::http::{Answer, Incoming};
use worker::{Context, Env, Request, Response, event};

use std::rc::Rc;

pub use board::Board;
pub use ledger::Ledger;
use routes::{AppRoutes, Desk};
use setup::Setup;

/// Answers a request. It cannot fail: what goes wrong is an answer too.
#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> worker::Result<Response> {
    let setup = match setup::setup(&env) {
        Ok(setup) => setup,
        Err(faults) => return Ok(edge::misconfigured(&request, &faults)),
    };
    let handler = async |desk, incoming| attend(&setup, &env, &context, desk, incoming).await;
    Ok(edge::serve(&AppRoutes, &setup.site, request, handler).await)
}

async fn attend(
    setup: &Rc<Setup>,
    env: &Env,
    context: &Context,
    desk: Desk,
    incoming: Incoming,
) -> Reply {
    match desk {
        Desk::Page => pages::show(setup, env, &incoming).await,
        Desk::Config => Answer::json(200, &setup.settings.public).into(),
        Desk::Health => health::report(setup, env).await.into(),
        Desk::Run => match operator::admit(setup, env, &incoming).await {
            Ok(operator) => {
                let (id, operator) = (&incoming.request_id, operator.as_ref());
                let answer = machine::run(setup, (env, context), id, operator).await;
                operator::noted(answer, operator).into()
            }
            Err(refusal) => refusal.into(),
        },
        Desk::Status => match operator::admit(setup, env, &incoming).await {
            Ok(operator) => {
                operator::noted(status::report(setup, env).await, operator.as_ref()).into()
            }
            Err(refusal) => refusal.into(),
        },
        Desk::Trouble => trouble::answer(setup, env, &incoming).await.into(),
    }
}
