//! The reasons for which a request is refused, and the answer to each.

use oauth_core::Fault;
use oauth_core::http::Answer;
use oauth_guard::Denied;
use wire::Problem;

use crate::call::Call;

/// The reason why a request is refused.
#[derive(Debug)]
pub(crate) enum Refused {
    /// A page of another origin made it.
    CrossSite,
    /// Its token is not an operator's, or there is none.
    NotOperator(Denied),
    /// Operators may not provoke trouble here.
    TroubleOff,
    /// There is no such trouble.
    TroubleUnknown,
    /// The trouble could not be started.
    TroubleUnavailable(Fault),
    /// The file or the document could not be read.
    FileUnavailable(Fault),
}

impl Refused {
    /// The answer: the challenge of RFC 6750 §3 for a token, otherwise the form of RFC 6749 §5.2.
    pub(crate) fn answer(self, call: &Call<'_>) -> Answer {
        match self {
            Self::CrossSite => problem(
                403,
                "cross_site_request",
                "pages of another origin may not call this",
            ),
            Self::NotOperator(denied) => call.isolate.guard.refusal(&denied, call.incoming, None),
            Self::TroubleOff => problem(404, "not_found", "Simulated failures are disabled here."),
            Self::TroubleUnknown => problem(400, "invalid_request", UNKNOWN),
            Self::TroubleUnavailable(fault) => {
                let sentence = "The trouble could not be started.";
                let mut answer = problem(503, "temporarily_unavailable", sentence);
                answer.log.cause = Some(fault.to_string());
                answer
            }
            Self::FileUnavailable(fault) => edge::answer::unavailable(&fault),
        }
    }
}

const UNKNOWN: &str =
    "Unknown trouble. Send {\"trouble\":\"slow\"} or one of the names in /m2m/status.";

fn problem(status: u16, error: &'static str, sentence: &str) -> Answer {
    let problem = Problem {
        error: Some(error.to_owned()),
        error_description: sentence.to_owned(),
    };
    let mut answer = Answer::json(status, &problem);
    answer.log.refusal = Some(error);
    answer
}
