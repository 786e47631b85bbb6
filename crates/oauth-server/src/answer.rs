//! Refusals and faults as JSON, in one place (RFC 6749 §5.2).

use oauth_core::{
    Fault, Refusal,
    http::{Answer, LogFacts, RETRY_AFTER},
    refusal::ErrorCode,
};
use serde::Serialize;

use crate::{context::Stop, rate};

#[derive(Serialize)]
struct ErrorBody {
    error: &'static str,
    error_description: &'static str,
}

/// The answer of an endpoint that stopped early.
pub(crate) fn json(outcome: Result<Answer, Stop>) -> Answer {
    match outcome {
        Ok(answer) => answer,
        Err(Stop::Refused(refusal)) => refused(refusal),
        Err(Stop::Fault(fault)) => failed(&fault),
        Err(Stop::Answer(answer)) => *answer,
    }
}

/// A refusal as JSON, with the code's status.
pub(crate) fn refused(refusal: Refusal) -> Answer {
    let body = ErrorBody {
        error: refusal.code().as_str(),
        error_description: refusal.description(),
    };
    let mut answer = Answer::json(refusal.code().status(), &body).with("cache-control", "no-store");
    answer.log.refusal = Some(refusal.slug());
    slowed(answer, refusal)
}

/// The answer to a caller who asks too often is 429 (RFC 6585 §4), and says when to ask again.
pub(crate) fn slowed(mut answer: Answer, refusal: Refusal) -> Answer {
    if refusal != Refusal::TooManyRequests {
        return answer;
    }
    answer.status = 429;
    answer.with("retry-after", rate::WAIT.to_string())
}

/// A fault of this server: the caller may try again, and must not take it for a refusal.
pub(crate) fn failed(fault: &Fault) -> Answer {
    let body = ErrorBody {
        error: ErrorCode::TemporarilyUnavailable.as_str(),
        error_description: "The server cannot answer now. Try again.",
    };
    Answer {
        log: LogFacts {
            cause: Some(fault.to_string()),
            ..LogFacts::default()
        },
        ..Answer::json(503, &body)
    }
    .with("retry-after", RETRY_AFTER)
    .with("cache-control", "no-store")
}
