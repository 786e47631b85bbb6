//! What a run tells: the client's words in the records that the pages read.

use oauth_client::HttpReply;
use oauth_client::m2m::{self, CacheUse, CallFailed};
use oauth_core::breaker::BreakerState;
use wire::{Breaker, Cache, Hop, HopName, Outcome, Run, Student};

/// A run that is over, which began at `began` and ended at `ended`, in milliseconds since the Unix epoch.
pub(crate) fn run(
    id: &str,
    students: Result<Vec<Student>, CallFailed>,
    hops: Vec<m2m::Hop>,
    (began, ended): (u64, u64),
) -> Run {
    let mut hops: Vec<Hop> = hops.into_iter().map(|told| hop(told, began)).collect();
    let (outcome, students) = match students {
        Ok(students) => (Outcome::Succeeded {}, students),
        Err(failed) => {
            if let Some(hop) = hops.last_mut() {
                hop.failure.get_or_insert_with(|| failed.message.clone());
            }
            (failure(failed), Vec::new())
        }
    };
    Run {
        id: id.to_owned(),
        at: i64::try_from(began).unwrap_or_default(),
        outcome,
        students,
        hops,
        milliseconds: ended.saturating_sub(began),
    }
}

/// Reads the API's answer.
pub(crate) fn students(reply: &HttpReply) -> Result<Vec<Student>, CallFailed> {
    serde_json::from_slice(&reply.body).map_err(|_| CallFailed {
        hop: m2m::HopName::Api,
        error: "malformed_api_answer".to_owned(),
        message: "The API's answer is not a list of students.".to_owned(),
        retry_after: None,
        ours: false,
    })
}

fn failure(failed: CallFailed) -> Outcome {
    Outcome::Failed {
        hop: name(failed.hop),
        error: failed.error,
        message: failed.message,
    }
}

const fn name(name: m2m::HopName) -> HopName {
    match name {
        m2m::HopName::Token => HopName::Token,
        m2m::HopName::Api => HopName::Students,
    }
}

/// A breaker's state.
pub(crate) const fn breaker(state: BreakerState) -> Breaker {
    match state {
        BreakerState::Closed => Breaker::Closed,
        BreakerState::HalfOpen => Breaker::HalfOpen,
        BreakerState::Open => Breaker::Open,
    }
}

fn hop(hop: m2m::Hop, began: u64) -> Hop {
    Hop {
        name: name(hop.name),
        method: hop.method.to_owned(),
        url: hop.url,
        status: hop.status,
        started_at_ms: hop.started_at.saturating_sub(began),
        milliseconds: hop.milliseconds,
        waited_ms: hop.waited,
        cache: match hop.cache {
            CacheUse::Hit => Cache::Hit,
            CacheUse::Miss => Cache::Miss,
            CacheUse::None => Cache::None,
        },
        cache_reason: hop.cache_reason,
        retries: hop.retries,
        breaker: breaker(hop.breaker),
        breaker_reason: hop.breaker_reason,
        failure: hop.failure,
    }
}

#[cfg(test)]
mod tests {
    use oauth_core::http::Headers;

    use super::*;

    fn hops() -> Vec<m2m::Hop> {
        vec![m2m::Hop {
            name: m2m::HopName::Api,
            method: "GET",
            url: "http://localhost:8789/students".into(),
            status: Some(200),
            started_at: 1005,
            milliseconds: 3,
            waited: 2,
            cache: CacheUse::None,
            cache_reason: None,
            retries: 1,
            breaker: BreakerState::HalfOpen,
            breaker_reason: Some("x".into()),
            failure: None,
        }]
    }

    fn read(body: &str) -> Result<Vec<Student>, CallFailed> {
        students(&HttpReply {
            status: 200,
            headers: Headers::default(),
            body: body.as_bytes().to_vec(),
        })
    }

    #[test]
    fn the_students_are_read_and_the_hops_timed_from_the_run_s_beginning() {
        let listed = read(r#"[{"id":1,"name":"Ada"},{"id":2,"name":"Alan"}]"#);
        let run = run("8f0c", listed, hops(), (1000, 1010));
        assert!(run.outcome.is_success());
        let names: Vec<&str> = run
            .students
            .iter()
            .map(|student| student.name.as_str())
            .collect();
        assert_eq!(names, ["Ada", "Alan"]);
        assert_eq!(
            (run.id.as_str(), run.at, run.milliseconds),
            ("8f0c", 1000, 10)
        );
        let hop = &run.hops[0];
        assert_eq!((hop.started_at_ms, hop.waited_ms, hop.retries), (5, 2, 1));
        assert_eq!(hop.breaker_reason.as_deref(), Some("x"));
    }

    #[test]
    fn an_answer_that_is_no_list_of_students_fails_the_last_hop() {
        let run = run("", read("<html>"), hops(), (0, 0));
        assert!(!run.outcome.is_success());
        assert!(run.hops[0].failure.is_some());
    }
}
