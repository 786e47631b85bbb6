//! `POST /m2m/run`: a token for the client, then the API's students, with every hop.

use oauth_client::m2m::{self, CallFailed, FollowUp, Hop, Platform as _};
use oauth_client::{HttpCall, HttpReply};
use oauth_core::http::Answer;
use wire::{Outcome, Run, Student};

use super::{history, trouble};
use crate::call::Call;
use crate::isolate::Isolate;
use crate::operator::Operator;
use crate::ports::Ports;
use crate::refused::Refused;

/// Runs once. 200 with the students, 502 if a peer failed, 503 if this worker has no usable credential or a peer's
/// breaker is open; each with the hops that were made.
pub(crate) async fn run(call: &Call<'_>, operator: &Operator) -> Result<Answer, Refused> {
    let isolate = call.isolate;
    let trouble = trouble::current(isolate, call.env).await;
    let ports = Ports::new(isolate, call.env).with(trouble);
    let began = ports.milliseconds();
    let id = &call.incoming.request_id;
    let students = HttpCall::get(format!("{}/students", isolate.config.public.api));
    let called = m2m::call(&isolate.source, &ports, &students, id).await;
    let mut follow_up = called.follow_up;
    let students = called.answer.and_then(|reply| read(&reply));
    let failed = students.as_ref().err().cloned();
    follow_up.facts.by = operator.subject().map(str::to_owned);
    follow_up.facts.error = failed.as_ref().map(|failed| failed.slug().to_owned());
    let run = record(id, students, called.hops, (began, ports.milliseconds()));
    call.context.wait_until(finish(ports, follow_up));
    Ok(answer(isolate, &run, failed.as_ref()))
}

/// The work that the answer need not wait for: the client's, then the history.
async fn finish(ports: Ports, follow_up: FollowUp) {
    let facts = m2m::finish(&ports.isolate.source, &ports, follow_up).await;
    history::record(&ports.isolate.config, &ports.env, facts).await;
}

/// Reads the API's answer.
fn read(reply: &HttpReply) -> Result<Vec<Student>, CallFailed> {
    serde_json::from_slice(&reply.body).map_err(|_| CallFailed::Malformed {
        expected: "a list of students",
    })
}

/// A run that began at `began` and ended at `ended`, in milliseconds since the Unix epoch.
fn record(
    id: &str,
    students: Result<Vec<Student>, CallFailed>,
    mut hops: Vec<Hop>,
    (began, ended): (u64, u64),
) -> Run {
    let (outcome, students) = match students {
        Ok(students) => (Outcome::Succeeded {}, students),
        Err(failed) => {
            if let Some(hop) = hops.last_mut() {
                hop.failure.get_or_insert_with(|| failed.to_string());
            }
            (Outcome::from(&failed), Vec::new())
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

fn answer(isolate: &Isolate, run: &Run, failed: Option<&CallFailed>) -> Answer {
    let mut answer = match failed {
        None => Answer::json(200, run),
        Some(failed) => failure(run, failed),
    };
    answer.log.client_id = Some(isolate.config.caller.client_id.clone());
    answer.log.grant_type = Some("client_credentials");
    answer
}

/// 502, or 503 while a peer's breaker is open, or where this worker has no credential.
fn failure(run: &Run, failed: &CallFailed) -> Answer {
    let (mut answer, refusal) = match failed.retry_after() {
        Some(seconds) => {
            let answer = Answer::json(503, run).with("retry-after", seconds.to_string());
            (answer, "breaker_open")
        }
        None if failed.lacks_credential() => (Answer::json(503, run), "no_credential"),
        None => (Answer::json(502, run), "run_failed"),
    };
    answer.log.refusal = Some(refusal);
    answer.log.cause = Some(format!("{}: {failed}", failed.slug()));
    answer
}

#[cfg(test)]
mod tests {
    use oauth_client::m2m::{Breaker, CacheUse, HopName, SendFailed, TokenFailed};
    use oauth_core::breaker::{Open, PeerFailed};
    use oauth_core::http::Headers;

    use super::*;

    fn hops() -> Vec<Hop> {
        vec![Hop {
            name: HopName::Api,
            method: "GET".into(),
            url: "http://localhost:8789/students".into(),
            status: Some(200),
            started_at_ms: 5,
            milliseconds: 3,
            waited_ms: 2,
            cache: CacheUse::None,
            cache_reason: None,
            retries: 1,
            breaker: Breaker::HalfOpen,
            breaker_reason: Some("x".into()),
            failure: None,
        }]
    }

    fn students(body: &str) -> Result<Vec<Student>, CallFailed> {
        read(&HttpReply {
            status: 200,
            headers: Headers::default(),
            body: body.as_bytes().to_vec(),
        })
    }

    #[test]
    fn an_open_breaker_is_an_outage_that_says_when_to_come_back() {
        let run = record("", Ok(Vec::new()), Vec::new(), (0, 0));
        let held = failure(
            &run,
            &CallFailed::NoAnswer(SendFailed::Open(Open {
                seconds: 7,
                reason: PeerFailed::ServerError,
            })),
        );
        assert_eq!((held.status, held.header("retry-after")), (503, Some("7")));
        assert_eq!(failure(&run, &CallFailed::Refused(400)).status, 502);
        let ours = CallFailed::NoToken(TokenFailed::NoSecret);
        assert_eq!(failure(&run, &ours).status, 503);
    }

    #[test]
    fn the_students_are_read_and_the_run_is_timed() {
        let listed = students(r#"[{"id":1,"name":"Ada"},{"id":2,"name":"Alan"}]"#);
        let run = record("8f0c", listed, hops(), (1000, 1010));
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
        assert_eq!(run.hops, hops());
    }

    #[test]
    fn an_answer_that_is_no_list_of_students_fails_the_last_hop() {
        let run = record("", students("<html>"), hops(), (0, 0));
        assert!(!run.outcome.is_success());
        assert!(run.hops[0].failure.is_some());
    }
}
