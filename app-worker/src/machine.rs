//! The machine-to-machine run: a token for `caller`, then the API's students, told hop by hop.

use std::rc::Rc;

use oauth_client::m2m::{self, CacheUse, CallFailed, Called, Platform as _, RunFacts};
use oauth_client::{HttpCall, HttpReply};
use oauth_core::Fault;
use oauth_core::breaker::BreakerState;
use oauth_core::http::Answer;
use wire::{Breaker, Cache, Hop, HopName, Outcome, Run, Student};
use worker::{Context, Env};

use crate::ledger;
use crate::peers::Peers;
use crate::setup::Setup;

/// Runs once. 200 with the students, 502 if a peer failed, 503 if this worker has no usable key or a peer's
/// breaker is open; each with the hops that were made.
pub(crate) async fn run(setup: &Rc<Setup>, env: &Env, context: &Context) -> Answer {
    let peers = Peers::new(setup, env);
    let began = peers.milliseconds();
    let key = match setup.caller_key().await {
        Ok(key) => key,
        Err(fault) => {
            let run = without_key();
            remember(setup, env, context, &run);
            return answer_without_key(&run, &fault);
        }
    };
    let students = format!("{}/students", setup.settings.public.api);
    let called = m2m::call(&setup.source, &peers, &*key, &HttpCall::get(students)).await;
    let retry_after = called
        .answer
        .as_ref()
        .err()
        .and_then(|failed| failed.retry_after);
    let run = tell(called, began, peers.milliseconds());
    remember(setup, env, context, &run);
    answer(setup, &run, retry_after)
}

fn remember(setup: &Rc<Setup>, env: &Env, context: &Context, run: &Run) {
    let (setup, env, facts) = (Rc::clone(setup), env.clone(), facts(run));
    context.wait_until(async move { ledger::record(&setup.settings, &env, facts).await });
}

fn facts(run: &Run) -> RunFacts {
    let count = |name, cache| {
        let hops = run.hops.iter();
        let counted = hops.filter(|hop| hop.name == name && hop.cache == cache);
        u32::try_from(counted.count()).unwrap_or(u32::MAX)
    };
    let first = run.hops.first().map_or(Cache::None, |hop| hop.cache);
    RunFacts {
        id: run.id.clone(),
        at: run.at,
        milliseconds: run.milliseconds,
        error: match &run.outcome {
            Outcome::Succeeded {} => None,
            Outcome::Failed { error, .. } => Some(error.clone()),
        },
        cache: match first {
            Cache::Hit => CacheUse::Hit,
            Cache::Miss => CacheUse::Miss,
            Cache::None => CacheUse::None,
        },
        retries: run.hops.iter().map(|hop| hop.retries).sum(),
        token_requests: count(HopName::Token, Cache::Miss),
        cache_hits: count(HopName::Token, Cache::Hit),
        renewals: 0,
        breaker_changes: 0,
    }
}

fn without_key() -> Run {
    Run {
        id: String::new(),
        at: edge::now_millis(),
        outcome: Outcome::Failed {
            hop: HopName::Token,
            error: "no_caller_key".to_owned(),
            message: "This worker has no usable private key for its client. Set the secret CALLER_PRIVATE_JWK to a private ES256 JWK with a kid.".to_owned(),
        },
        students: Vec::new(),
        hops: Vec::new(),
        milliseconds: 0,
    }
}

fn answer_without_key(run: &Run, fault: &Fault) -> Answer {
    let mut answer = Answer::json(503, run);
    answer.log.refusal = Some("no_caller_key");
    answer.log.cause = Some(fault.to_string());
    answer
}

fn answer(setup: &Setup, run: &Run, retry_after: Option<i64>) -> Answer {
    let mut answer = match &run.outcome {
        Outcome::Succeeded {} => Answer::json(200, run),
        Outcome::Failed { error, message, .. } => {
            let mut answer = failure(run, retry_after);
            answer.log.cause = Some(format!("{error}: {message}"));
            answer
        }
    };
    answer.log.client_id = Some(setup.settings.caller.client_id.clone());
    answer.log.grant_type = Some("client_credentials");
    answer
}

/// 502, or 503 for as long as a peer is left alone.
fn failure(run: &Run, retry_after: Option<i64>) -> Answer {
    let (mut answer, refusal) = match retry_after {
        Some(seconds) => {
            let answer = Answer::json(503, run).with("retry-after", seconds.to_string());
            (answer, "breaker_open")
        }
        None => (Answer::json(502, run), "run_failed"),
    };
    answer.log.refusal = Some(refusal);
    answer
}

/// Turns a call into what is told of it.
fn tell(called: Called, began: u64, ended: u64) -> Run {
    let students = called.answer.and_then(|reply| read_students(&reply));
    let mut hops: Vec<Hop> = called
        .hops
        .into_iter()
        .map(|hop| tell_hop(hop, began))
        .collect();
    let (outcome, students) = match students {
        Ok(students) => (Outcome::Succeeded {}, students),
        Err(failed) => {
            if let Some(hop) = hops.last_mut() {
                hop.failure.get_or_insert_with(|| failed.message.clone());
            }
            (tell_failure(failed), Vec::new())
        }
    };
    Run {
        id: String::new(),
        at: i64::try_from(began).unwrap_or_default(),
        outcome,
        students,
        hops,
        milliseconds: ended.saturating_sub(began),
    }
}

fn read_students(reply: &HttpReply) -> Result<Vec<Student>, CallFailed> {
    serde_json::from_slice(&reply.body).map_err(|_| CallFailed {
        hop: m2m::HopName::Api,
        error: "malformed_api_answer".to_owned(),
        message: "The API's answer is not a list of students.".to_owned(),
        retry_after: None,
    })
}

fn tell_failure(failed: CallFailed) -> Outcome {
    Outcome::Failed {
        hop: tell_name(failed.hop),
        error: failed.error,
        message: failed.message,
    }
}

const fn tell_name(name: m2m::HopName) -> HopName {
    match name {
        m2m::HopName::Token => HopName::Token,
        m2m::HopName::Api => HopName::Students,
    }
}

pub(crate) const fn tell_breaker(state: BreakerState) -> Breaker {
    match state {
        BreakerState::Closed => Breaker::Closed,
        BreakerState::HalfOpen => Breaker::HalfOpen,
        BreakerState::Open => Breaker::Open,
    }
}

fn tell_hop(hop: m2m::Hop, began: u64) -> Hop {
    Hop {
        name: tell_name(hop.name),
        method: hop.method.to_owned(),
        url: hop.url,
        status: hop.status,
        started_at_ms: hop.started_at.saturating_sub(began),
        milliseconds: hop.milliseconds,
        waited_ms: 0,
        cache: match hop.cache {
            CacheUse::Hit => Cache::Hit,
            CacheUse::Miss => Cache::Miss,
            CacheUse::None => Cache::None,
        },
        cache_reason: None,
        retries: hop.retries,
        breaker: tell_breaker(hop.breaker),
        breaker_reason: None,
        failure: hop.failure,
    }
}

#[cfg(test)]
mod tests {
    use oauth_core::http::Headers;

    use super::*;

    fn called(body: &str) -> Called {
        Called {
            answer: Ok(HttpReply {
                status: 200,
                headers: Headers::default(),
                body: body.as_bytes().to_vec(),
            }),
            hops: vec![m2m::Hop {
                name: m2m::HopName::Api,
                method: "GET",
                url: "http://localhost:8789/students".into(),
                status: Some(200),
                started_at: 1005,
                milliseconds: 3,
                cache: CacheUse::None,
                retries: 0,
                breaker: BreakerState::Closed,
                failure: None,
            }],
        }
    }

    #[test]
    fn the_students_are_read_and_the_hops_timed_from_the_run_s_beginning() {
        let run = tell(
            called(r#"[{"id":1,"name":"Ada"},{"id":2,"name":"Alan"}]"#),
            1000,
            1010,
        );
        assert!(run.outcome.is_success());
        let names: Vec<&str> = run
            .students
            .iter()
            .map(|student| student.name.as_str())
            .collect();
        assert_eq!(names, ["Ada", "Alan"]);
        assert_eq!((run.hops[0].started_at_ms, run.milliseconds), (5, 10));
    }

    #[test]
    fn an_open_breaker_is_an_outage_that_says_when_to_come_back() {
        let run = tell(called("<html>"), 0, 0);
        let held = failure(&run, Some(7));
        assert_eq!((held.status, held.header("retry-after")), (503, Some("7")));
        assert_eq!(failure(&run, None).status, 502);
    }

    #[test]
    fn an_answer_that_is_no_list_of_students_fails_the_last_hop() {
        let run = tell(called("<html>"), 0, 0);
        assert!(!run.outcome.is_success());
        assert!(run.hops[0].failure.is_some());
    }
}
