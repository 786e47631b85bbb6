//! The machine-to-machine run: a token for `caller`, then the API's students, told hop by hop.

use std::rc::Rc;

use oauth_client::HttpCall;
use oauth_client::m2m::{self, CallFailed, Platform as _, Rest};
use oauth_core::http::Answer;
use oauth_guard::Access;
use wire::{Outcome, Run};
use worker::{Context, Env};

use crate::setup::Setup;
use crate::world::World;
use crate::{ledger, tell, trouble};

/// Runs once, for the request with this id of this operator, if any is known. 200 with the students, 502 if a peer failed, 503 if this worker has no
/// usable key or a peer's breaker is open; each with the hops that were made.
pub(crate) async fn run(
    setup: &Rc<Setup>,
    (env, context): (&Env, &Context),
    id: &str,
    operator: Option<&Access>,
) -> Answer {
    let trouble = trouble::current(setup, env).await;
    let world = World::new(setup, env).with(trouble);
    let began = world.milliseconds();
    let students = HttpCall::get(format!("{}/students", setup.settings.public.api));
    let called = m2m::call(&setup.source, &world, &students, id).await;
    let mut rest = called.rest;
    let students = called.answer.and_then(|reply| tell::students(&reply));
    rest.facts.by = operator.map(|access| access.subject().to_owned());
    rest.facts.error = students.as_ref().err().map(|failed| failed.error.clone());
    let failed = students.as_ref().err().cloned();
    let run = tell::run(id, students, called.hops, (began, world.milliseconds()));
    context.wait_until(afterwards(world, rest));
    answer(setup, &run, failed.as_ref())
}

/// What the answer need not wait for: the client's own affairs, then the ledger.
async fn afterwards(world: World, rest: Rest) {
    let facts = m2m::finish(&world.setup.source, &world, rest).await;
    ledger::record(&world.setup.settings, &world.env, facts).await;
}

fn answer(setup: &Setup, run: &Run, failed: Option<&CallFailed>) -> Answer {
    let mut answer = match failed {
        None => Answer::json(200, run),
        Some(failed) => failure(run, failed),
    };
    if let Outcome::Failed { error, message, .. } = &run.outcome {
        answer.log.cause = Some(format!("{error}: {message}"));
    }
    answer.log.client_id = Some(setup.settings.caller.client_id.clone());
    answer.log.grant_type = Some("client_credentials");
    answer
}

/// 502, or 503 while a peer is left alone, or where this worker lacks something.
fn failure(run: &Run, failed: &CallFailed) -> Answer {
    let (mut answer, refusal) = match failed.retry_after {
        Some(seconds) => {
            let answer = Answer::json(503, run).with("retry-after", seconds.to_string());
            (answer, "breaker_open")
        }
        None if failed.ours => (Answer::json(503, run), "no_credential"),
        None => (Answer::json(502, run), "run_failed"),
    };
    answer.log.refusal = Some(refusal);
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(retry_after: Option<i64>, ours: bool) -> CallFailed {
        CallFailed {
            hop: m2m::HopName::Api,
            error: "x".into(),
            message: "x".into(),
            retry_after,
            ours,
        }
    }

    #[test]
    fn an_open_breaker_is_an_outage_that_says_when_to_come_back() {
        let run = tell::run("", Ok(Vec::new()), Vec::new(), (0, 0));
        let held = failure(&run, &failed(Some(7), false));
        assert_eq!((held.status, held.header("retry-after")), (503, Some("7")));
        assert_eq!(failure(&run, &failed(None, false)).status, 502);
        assert_eq!(failure(&run, &failed(None, true)).status, 503);
    }
}
