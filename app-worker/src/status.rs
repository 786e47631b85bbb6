//! `GET /m2m/status`: the caller, as all isolates that serve the app know it.

use std::rc::Rc;

use oauth_client::m2m::ledger::{self, Command, History, Reply, Tally};
use oauth_client::m2m::{CacheUse, RunFacts};
use oauth_core::http::Answer;
use oauth_core::{Fault, UnixTime};
use wire::{ActiveTrouble, Alert, Cache, Counters, Hour, PastRun, Status, Trouble};
use worker::Env;

use crate::ledger as home;
use crate::setup::Setup;
use crate::standing::{self, Standing};
use crate::trouble::Troubles;
use crate::world::World;

/// Tells everything. Where the ledger is down there is no history in it, and the log says why.
pub(crate) async fn report(setup: &Rc<Setup>, env: &Env) -> Answer {
    let standing = standing::look(&World::new(setup, env)).await;
    let now = edge::now();
    let (history, fault) = match recall(setup, env).await {
        Ok(history) => (history, None),
        Err(fault) => (nothing(setup), Some(fault)),
    };
    let mut answer = Answer::json(200, &status(setup, &standing, history, now));
    answer.log.cause = fault.map(|fault| fault.to_string());
    answer
}

async fn recall(setup: &Setup, env: &Env) -> Result<History, Fault> {
    let threshold_percent = setup.settings.alerts.threshold_percent;
    match home::ask(env, &Command::Recall { threshold_percent }).await? {
        Reply::History(history) => Ok(history),
        Reply::Recorded(_) | Reply::Done | Reply::Trouble(_) => Err(Fault::new(
            "object.ledger",
            "the reply is to something else",
        )),
    }
}

fn nothing(setup: &Setup) -> History {
    History {
        runs: Vec::new(),
        hours: Vec::new(),
        alert: ledger::Alert {
            runs: 0,
            failed: 0,
            threshold_percent: setup.settings.alerts.threshold_percent,
            since: None,
        },
        trouble: None,
    }
}

fn status(setup: &Setup, standing: &Standing, history: History, now: UnixTime) -> Status {
    let tallies = history.hours.iter().map(|hour| hour.tally);
    let counters = tallies.fold(Tally::default(), Tally::with);
    let troubles = setup.settings.troubles == Troubles::On;
    Status {
        token_cache: standing.token_cache(&setup.settings.caller, now),
        breaker: standing.breaker(now),
        breakers: standing.breakers(now),
        counters: tell_counters(counters),
        runs: history.runs.into_iter().map(tell_run).collect(),
        hours: history.hours.into_iter().map(tell_hour).collect(),
        alert: tell_alert(history.alert),
        troubles: if troubles {
            Trouble::ALL.to_vec()
        } else {
            Vec::new()
        },
        trouble: history
            .trouble
            .filter(|_| troubles)
            .map(|active| ActiveTrouble {
                trouble: tell_trouble(active.trouble),
                seconds_left: active.ends_at.since(now).max(0),
            }),
    }
}

fn tell_counters(tally: Tally) -> Counters {
    Counters {
        runs: tally.runs,
        succeeded: tally.succeeded,
        failed: tally.failed,
        token_requests: tally.token_requests,
        cache_hits: tally.cache_hits,
        renewals: tally.renewals,
        retries: tally.retries,
        breaker_changes: tally.breaker_changes,
    }
}

fn tell_run(run: RunFacts) -> PastRun {
    PastRun {
        id: run.id,
        by: run.by,
        at: run.at,
        milliseconds: run.milliseconds,
        error: run.error,
        cache: match run.cache {
            CacheUse::Hit => Cache::Hit,
            CacheUse::Miss => Cache::Miss,
            CacheUse::None => Cache::None,
        },
        retries: run.retries,
    }
}

fn tell_hour(hour: ledger::Hour) -> Hour {
    Hour {
        at: milliseconds(hour.at),
        counters: tell_counters(hour.tally),
        total_ms: hour.total_ms,
        longest_ms: hour.longest_ms,
    }
}

fn tell_alert(alert: ledger::Alert) -> Alert {
    Alert {
        runs: alert.runs,
        failed: alert.failed,
        threshold_percent: alert.threshold_percent,
        since: alert.since.map(milliseconds),
    }
}

const fn tell_trouble(trouble: ledger::Trouble) -> Trouble {
    match trouble {
        ledger::Trouble::Slow => Trouble::Slow,
        ledger::Trouble::ServerError => Trouble::ServerError,
        ledger::Trouble::TooManyRequests => Trouble::TooManyRequests,
        ledger::Trouble::RotatedKey => Trouble::RotatedKey,
        ledger::Trouble::RevokedToken => Trouble::RevokedToken,
        ledger::Trouble::DeadApi => Trouble::DeadApi,
    }
}

const fn milliseconds(time: UnixTime) -> i64 {
    time.0.saturating_mul(1000)
}
