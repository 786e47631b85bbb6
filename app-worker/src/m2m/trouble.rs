//! `POST /m2m/trouble`: an operator makes something go wrong between the client and its peers, to see it recover. Only
//! where `TROUBLE` is on. A trouble ends on its own.

use oauth_client::m2m;
use oauth_client::m2m::run_history::{self, AskTrouble, TROUBLE_LASTS, Trouble};
use oauth_core::http::Answer;
use oauth_core::{Fault, endpoint};
use serde::Serialize;
use wire::Provoke;
use worker::Env;

use super::status;
use crate::call::Call;
use crate::config::Troubles;
use crate::isolate::Isolate;
use crate::object::run_history::ask;
use crate::operator::Operator;
use crate::ports::Ports;
use crate::refused::Refused;

/// The trouble at the moment. Without the history there is none.
pub(super) async fn current(isolate: &Isolate, env: &Env) -> Option<Trouble> {
    match isolate.config.troubles {
        Troubles::Off => None,
        Troubles::On => {
            let active = ask(env, AskTrouble).await.ok().flatten()?;
            Some(active.trouble)
        }
    }
}

/// Begins or ends a trouble, and answers with the status after that.
pub(crate) async fn provoke(call: &Call<'_>, operator: &Operator) -> Result<Answer, Refused> {
    let Provoke { trouble } =
        serde_json::from_slice(&call.incoming.body).map_err(|_| Refused::TroubleUnknown)?;
    begin(&Ports::new(call.isolate, call.env), trouble)
        .await
        .map_err(Refused::TroubleUnavailable)?;
    log(trouble, &call.incoming.request_id);
    status::status(call, operator).await
}

/// The log line of a trouble that an operator has provoked or ended.
#[derive(Serialize)]
struct Line<'a> {
    event: &'static str,
    request_id: &'a str,
    trouble: Option<Trouble>,
    seconds: i64,
}

fn log(trouble: Option<Trouble>, request_id: &str) {
    edge::log::note(&Line {
        event: "m2m_trouble",
        request_id,
        trouble,
        seconds: trouble.map_or(0, |_| TROUBLE_LASTS),
    });
}

/// Begins a trouble, or ends the one there is. For a trouble at the token endpoint the client drops its token, so that
/// it needs another.
async fn begin(ports: &Ports, trouble: Option<Trouble>) -> Result<(), Fault> {
    let source = &ports.isolate.source;
    if trouble == Some(Trouble::RevokedToken) {
        let endpoint = [&ports.isolate.config.public.issuer, endpoint::REVOKE].concat();
        let revoked = m2m::revoke(source, ports, &endpoint).await;
        revoked.map_err(|failed| Fault::new("trouble.revoke", failed))?;
    }
    ask(&ports.env, run_history::Provoke(trouble)).await?;
    if trouble.is_some_and(is_at_the_token_endpoint) {
        m2m::forget(source, ports).await;
    }
    Ok(())
}

const fn is_at_the_token_endpoint(trouble: Trouble) -> bool {
    match trouble {
        Trouble::Slow | Trouble::ServerError | Trouble::TooManyRequests | Trouble::RotatedKey => {
            true
        }
        Trouble::RevokedToken | Trouble::DeadApi => false,
    }
}
