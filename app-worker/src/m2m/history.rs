//! Recording a run in the history, after its answer.

use oauth_client::m2m::RunFacts;
use oauth_client::m2m::run_history::{Command, Reply};
use oauth_core::Fault;
use serde::Serialize;
use worker::Env;

use super::alert;
use crate::config::Config;
use crate::object::run_history::ask;

/// Records a run, and reports an alert that begins or ends with it. Without the history only the record is lost.
pub(super) async fn record(config: &Config, env: &Env, run: RunFacts) {
    let id = run.id.clone();
    let command = Command::Record {
        run,
        threshold_percent: config.alerts.threshold_percent,
    };
    match ask(env, &command).await {
        Ok(Reply::Recorded(Some(change))) => {
            alert::report(&config.alerts, &change).await;
            log_failure(&id, ask(env, &Command::Reported(change)).await);
        }
        reply => log_failure(&id, reply),
    }
}

/// The log line of a run that could not be recorded.
#[derive(Serialize)]
struct Unrecorded<'a> {
    event: &'static str,
    request_id: &'a str,
    cause: String,
}

fn log_failure(request_id: &str, reply: Result<Reply, Fault>) {
    if let Err(fault) = reply {
        edge::log::error(&Unrecorded {
            event: "m2m_unrecorded",
            request_id,
            cause: fault.to_string(),
        });
    }
}
