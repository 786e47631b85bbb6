//! `GET /m2m/status`: the client, as all isolates that serve the app know it.

use oauth_client::m2m::run_history::{self, History, Recall, Tally, Trouble};
use oauth_core::UnixTime;
use oauth_core::http::Answer;
use wire::{ActiveTrouble, Alert, Hour, PastRun, Status};

use super::caller_status::{self, CallerStatus};
use crate::call::Call;
use crate::config::{Config, Troubles};
use crate::object::run_history::ask;
use crate::operator::Operator;
use crate::ports::Ports;
use crate::refused::Refused;

/// Answers with the status. While the history is unreachable that part is empty, and the log says why.
pub(crate) async fn status(call: &Call<'_>, _: &Operator) -> Result<Answer, Refused> {
    let config = &call.isolate.config;
    let caller = caller_status::look(&Ports::new(call.isolate, call.env)).await;
    let now = edge::now();
    let recall = Recall {
        threshold_percent: config.alerts.threshold_percent,
    };
    let (history, fault) = match ask(call.env, recall).await {
        Ok(history) => (history, None),
        Err(fault) => (empty(config), Some(fault)),
    };
    let mut answer = Answer::json(200, &record(config, &caller, history, now));
    answer.log.cause = fault.map(|fault| fault.to_string());
    Ok(answer)
}

fn empty(config: &Config) -> History {
    History {
        runs: Vec::new(),
        hours: Vec::new(),
        alert: run_history::Alert {
            runs: 0,
            failed: 0,
            threshold_percent: config.alerts.threshold_percent,
            since: None,
        },
        trouble: None,
    }
}

fn record(config: &Config, caller: &CallerStatus, history: History, now: UnixTime) -> Status {
    let tallies = history.hours.iter().map(|hour| hour.tally);
    let offered = config.troubles == Troubles::On;
    Status {
        token_cache: caller.token_cache(&config.caller, now),
        breaker: caller.breaker(now),
        breakers: caller.breakers(now),
        counters: tallies.fold(Tally::default(), Tally::with),
        runs: history.runs.into_iter().map(PastRun::from).collect(),
        hours: history.hours.into_iter().map(Hour::from).collect(),
        alert: Alert::from(history.alert),
        troubles: Trouble::ALL.into_iter().filter(|_| offered).collect(),
        trouble: history
            .trouble
            .filter(|_| offered)
            .map(|active| ActiveTrouble {
                trouble: active.trouble,
                seconds_left: active.ends_at.since(now).max(0),
            }),
    }
}
