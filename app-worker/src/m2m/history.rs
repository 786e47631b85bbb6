//! Recording a run in the history, after its answer.

use oauth_client::m2m::RunFacts;
use oauth_client::m2m::run_history::{Record, Reported};
use oauth_core::Fault;
use serde::Serialize;
use worker::Env;

use super::alert;
use crate::config::Config;
use crate::object::run_history::ask;

/// Records a run, and reports an alert that begins or ends with it. Without the history only the record is lost.
pub(super) async fn record(config: &Config, env: &Env, run: RunFacts) {
    let id = run.id.clone();
    let record = Record {
        run,
        threshold_percent: config.alerts.threshold_percent,
    };
    match ask(env, record).await {
        Ok(Some(change)) => {
            alert::report(&config.alerts, &change).await;
            if let Err(fault) = ask(env, Reported(change)).await {
                log(&id, &fault);
            }
        }
        Ok(None) => {}
        Err(fault) => log(&id, &fault),
    }
}

/// The log line of a run that could not be recorded.
#[derive(Serialize)]
struct Unrecorded<'a> {
    event: &'static str,
    request_id: &'a str,
    cause: String,
}

fn log(request_id: &str, fault: &Fault) {
    edge::log::error(&Unrecorded {
        event: "m2m_unrecorded",
        request_id,
        cause: fault.to_string(),
    });
}
