//! Answers of the app's own backend: the record, or the reason why there is none.

use serde::de::DeserializeOwned;
use wire::Problem;

use crate::text::texts;

/// Why there is no answer to be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// The token is missing, has expired or was revoked (RFC 6750 §3.1: 401).
    NoToken,
    /// The token lacks the scope (RFC 6750 §3.1: 403, `insufficient_scope`).
    NotOperator,
    /// Anything else, in words.
    Said(String),
}

/// Reads an answer. A run that failed is answered with an error status too, so the body decides first.
pub(super) fn read<T: DeserializeOwned>(status: u16, body: &str) -> Result<T, Refused> {
    serde_json::from_str(body).map_err(|_| refused(status, body))
}

fn refused(status: u16, body: &str) -> Refused {
    let problem: Option<Problem> = serde_json::from_str(body).ok();
    let error = problem
        .as_ref()
        .and_then(|problem| problem.error.as_deref());
    match (status, error) {
        (401, _) => Refused::NoToken,
        (403, Some("insufficient_scope")) => Refused::NotOperator,
        _ => Refused::Said(problem.map_or_else(
            || (texts().operator.run_unreadable)(status),
            |problem| (texts().operator.backend_answered)(status, &problem.error_description),
        )),
    }
}

#[cfg(test)]
mod tests {
    use wire::Student;

    use super::*;

    fn refusal(status: u16, body: &str) -> Refused {
        read::<Student>(status, body).unwrap_err()
    }

    #[test]
    fn a_body_of_the_right_form_is_taken_whatever_its_status() {
        let read = read::<Student>(502, r#"{"id":1,"name":"Ada"}"#);
        assert_eq!(read.unwrap().name, "Ada");
    }

    #[test]
    fn a_missing_token_and_a_missing_scope_are_distinguished() {
        let bare = r#"{"error_description":"an access token is required"}"#;
        assert_eq!(refusal(401, bare), Refused::NoToken);
        assert_eq!(refusal(401, "<html>"), Refused::NoToken);
        let scope = r#"{"error":"insufficient_scope","error_description":"m2m:run is needed"}"#;
        assert_eq!(refusal(403, scope), Refused::NotOperator);
        let foreign = r#"{"error":"cross_site_request","error_description":"of another origin"}"#;
        assert_eq!(
            refusal(403, foreign),
            Refused::Said("403: of another origin".into())
        );
    }

    #[test]
    fn what_cannot_be_read_says_its_status() {
        let Refused::Said(text) = refusal(500, "<html>") else {
            panic!("a broken answer is no question of tokens");
        };
        assert!(text.ends_with("(500)"), "{text}");
    }
}
