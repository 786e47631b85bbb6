//! The answer to a request that is not admitted (RFC 6750 §3, RFC 9449 §7.1, RFC 9470 §3, RFC 9728 §5.1).

use oauth_core::http::Answer;
use oauth_core::jose::Algorithm;
use serde::Serialize;

use crate::config::Dpop;
use crate::credentials::Scheme;
use crate::denied::Denied;

#[derive(Serialize)]
struct Body {
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'static str>,
    error_description: &'static str,
}

/// One row of the table: status, code, sentence, and the word for the log.
struct Row {
    status: u16,
    error: Option<&'static str>,
    sentence: &'static str,
    slug: &'static str,
}

/// Who answers, and whom.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Challenger<'a> {
    /// The resource's identifier.
    pub(crate) realm: &'a str,
    /// The URL of its metadata.
    pub(crate) metadata: &'a str,
    /// Which schemes it takes.
    pub(crate) dpop: Dpop,
    /// How the client came.
    pub(crate) scheme: Scheme,
}

impl Denied {
    fn row(&self) -> Row {
        let row = |status, error, sentence, slug| Row {
            status,
            error: Some(error),
            sentence,
            slug,
        };
        match self {
            Self::NoCredentials => Row {
                error: None,
                ..row(401, "", "this needs an access token", "no_credentials")
            },
            Self::Malformed(sentence) => {
                row(400, "invalid_request", sentence, "credentials_malformed")
            }
            Self::InvalidToken(problem) => row(
                401,
                "invalid_token",
                "the access token is expired, revoked, malformed or not for this resource",
                problem.slug(),
            ),
            Self::InvalidProof(problem) => row(
                401,
                "invalid_dpop_proof",
                "this needs a new DPoP proof for this request and token",
                problem.slug(),
            ),
            Self::InsufficientAuthentication(_) => row(
                401,
                "insufficient_user_authentication",
                "the user must sign in again, as asked for here",
                "insufficient_user_authentication",
            ),
            Self::InsufficientScope { .. } => row(
                403,
                "insufficient_scope",
                "the access token does not allow this",
                "insufficient_scope",
            ),
            Self::NotAUser => row(
                403,
                "insufficient_scope",
                "this needs the access token of a user",
                "not_a_user",
            ),
            Self::TooManyRequests { .. } => row(
                429,
                "too_many_requests",
                "this client comes too often, try again later",
                "client_rate",
            ),
            Self::Unavailable { .. } => row(
                503,
                "temporarily_unavailable",
                "a service that this answer needs is not available, try again",
                "unavailable",
            ),
        }
    }

    /// The answer. All strings of the challenger are of ours.
    pub(crate) fn answer(&self, challenger: &Challenger<'_>) -> Answer {
        let row = self.row();
        let body = Body {
            error: row.error,
            error_description: row.sentence,
        };
        let mut answer = Answer::json(row.status, &body).with("cache-control", "no-store");
        match self {
            Self::Unavailable { fault, seconds } => {
                answer.log.cause = Some(fault.to_string());
                answer.with("retry-after", seconds.to_string())
            }
            Self::TooManyRequests { seconds } => {
                answer.log.refusal = Some(row.slug);
                answer.with("retry-after", seconds.to_string())
            }
            Self::NoCredentials
            | Self::Malformed(_)
            | Self::InvalidToken(_)
            | Self::InvalidProof(_)
            | Self::InsufficientScope { .. }
            | Self::InsufficientAuthentication(_)
            | Self::NotAUser => {
                answer.log.refusal = Some(row.slug);
                answer.with("www-authenticate", self.challenges(&row, challenger))
            }
        }
    }

    /// The challenges. An error stands with the scheme that the client came with. Who came with `Bearer` learns that
    /// there is `DPoP`; who came with `DPoP` needs not learn of `Bearer`.
    fn challenges(&self, row: &Row, challenger: &Challenger<'_>) -> String {
        let by_proof = self.challenge(Scheme::Dpop, row, challenger);
        let by_bearer = self.challenge(Scheme::Bearer, row, challenger);
        match (challenger.dpop, challenger.scheme) {
            (Dpop::Off, Scheme::Bearer | Scheme::Dpop) => by_bearer,
            (Dpop::Accepted, Scheme::Bearer) => format!("{by_bearer}, {by_proof}"),
            (Dpop::Accepted, Scheme::Dpop) | (Dpop::Required, Scheme::Bearer | Scheme::Dpop) => {
                by_proof
            }
        }
    }

    fn challenge(&self, scheme: Scheme, row: &Row, challenger: &Challenger<'_>) -> String {
        let named = |name, value: &str| format!("{name}=\"{value}\"");
        let mut parts = vec![format!(
            "{} {}",
            scheme.name(),
            named("realm", challenger.realm)
        )];
        let is_only = challenger.dpop != Dpop::Accepted;
        if let Some(error) = row.error.filter(|_| is_only || scheme == challenger.scheme) {
            parts.push(named("error", error));
            parts.push(named("error_description", row.sentence));
            parts.extend(self.demands());
        }
        if scheme == Scheme::Dpop {
            parts.push(named(
                "algs",
                &Algorithm::ALL.map(Algorithm::name).join(" "),
            ));
        }
        parts.push(named("resource_metadata", challenger.metadata));
        parts.join(", ")
    }

    /// What would do.
    fn demands(&self) -> Vec<String> {
        match self {
            Self::InsufficientScope { scope } => vec![format!("scope=\"{scope}\"")],
            Self::InsufficientAuthentication(needed) => {
                let acr = needed.acr_values.join(" ");
                let acr = (!acr.is_empty()).then(|| format!("acr_values=\"{acr}\""));
                let age = needed.max_age.map(|age| format!("max_age=\"{age}\""));
                acr.into_iter().chain(age).collect()
            }
            Self::NoCredentials
            | Self::Malformed(_)
            | Self::InvalidToken(_)
            | Self::InvalidProof(_)
            | Self::NotAUser
            | Self::TooManyRequests { .. }
            | Self::Unavailable { .. } => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use oauth_core::Fault;
    use oauth_core::jose::JwtError;

    use super::*;
    use crate::access::StepUp;
    use crate::denied::{ProofProblem, TokenProblem};

    const BEARER_ONLY: Challenger<'_> = Challenger {
        realm: "https://api.example",
        metadata: "https://api.example/meta",
        dpop: Dpop::Off,
        scheme: Scheme::Bearer,
    };
    const BOTH: Challenger<'_> = Challenger {
        dpop: Dpop::Accepted,
        ..BEARER_ONLY
    };

    fn answered(denied: &Denied, challenger: Challenger<'_>) -> (u16, String, String) {
        let answer = denied.answer(&challenger);
        let challenge = answer
            .header("www-authenticate")
            .unwrap_or_default()
            .to_owned();
        (
            answer.status,
            challenge,
            String::from_utf8(answer.body).unwrap(),
        )
    }

    #[test]
    fn without_credentials_the_challenge_is_bare() {
        let (status, challenge, body) = answered(&Denied::NoCredentials, BEARER_ONLY);
        assert_eq!(status, 401);
        assert_eq!(
            challenge,
            r#"Bearer realm="https://api.example", resource_metadata="https://api.example/meta""#
        );
        assert!(!body.contains("\"error\""));
    }

    #[test]
    fn without_credentials_both_schemes_are_named_where_both_are_taken() {
        let (_, challenge, _) = answered(&Denied::NoCredentials, BOTH);
        assert_eq!(
            challenge,
            r#"Bearer realm="https://api.example", resource_metadata="https://api.example/meta", DPoP realm="https://api.example", algs="ES256 RS256 PS256 EdDSA", resource_metadata="https://api.example/meta""#
        );
        let required = Challenger {
            dpop: Dpop::Required,
            ..BEARER_ONLY
        };
        let (_, challenge, _) = answered(&Denied::NoCredentials, required);
        assert!(challenge.starts_with("DPoP ") && !challenge.contains("Bearer"));
        assert!(!challenge.contains("error"));
        // A bearer is told what is wrong with the one scheme that there is.
        let (_, challenge, _) = answered(&TokenProblem::NotBound.into(), required);
        assert!(challenge.starts_with("DPoP ") && challenge.contains("error=\"invalid_token\""));
    }

    #[test]
    fn an_error_stands_with_the_scheme_that_the_client_came_with() {
        let bound = answered(&TokenProblem::BoundSentAsBearer.into(), BOTH).1;
        let (bearer, dpop) = bound.split_once(", DPoP ").unwrap();
        assert!(bearer.contains("error=\"invalid_token\"") && !dpop.contains("error"));
        let by_proof = Challenger {
            scheme: Scheme::Dpop,
            ..BOTH
        };
        let (status, challenge, body) = answered(&ProofProblem::Replayed.into(), by_proof);
        assert_eq!(status, 401);
        assert!(challenge.starts_with("DPoP realm=") && !challenge.contains("Bearer"));
        assert!(challenge.contains("error=\"invalid_dpop_proof\", error_description="));
        assert!(challenge.contains("algs=\"ES256 RS256 PS256 EdDSA\""));
        assert!(body.contains("invalid_dpop_proof"));
    }

    #[test]
    fn a_bad_token_is_one_answer_whatever_is_wrong() {
        let one = answered(&TokenProblem::WrongIssuer.into(), BEARER_ONLY);
        let other = answered(&Denied::from(JwtError::BadSignature), BEARER_ONLY);
        assert_eq!(one, other);
        assert!(one.0 == 401 && one.1.contains("error=\"invalid_token\""));
    }

    #[test]
    fn too_little_scope_names_the_scope() {
        let denied = Denied::InsufficientScope { scope: "read" };
        let (status, challenge, _) = answered(&denied, BEARER_ONLY);
        assert_eq!(status, 403);
        assert!(
            challenge.contains("error=\"insufficient_scope\"")
                && challenge.contains("scope=\"read\"")
        );
    }

    #[test]
    fn a_user_who_must_sign_in_better_is_told_how() {
        let needed = StepUp {
            acr_values: &["phr", "mfa"],
            max_age: Some(60),
        };
        let (status, challenge, _) =
            answered(&Denied::InsufficientAuthentication(needed), BEARER_ONLY);
        assert_eq!(status, 401);
        assert!(challenge.contains("error=\"insufficient_user_authentication\""));
        assert!(challenge.contains("acr_values=\"phr mfa\", max_age=\"60\""));
        let denied = Denied::InsufficientAuthentication(StepUp {
            max_age: Some(0),
            ..StepUp::default()
        });
        let (_, challenge, _) = answered(&denied, BEARER_ONLY);
        assert!(challenge.contains("max_age=\"0\"") && !challenge.contains("acr_values"));
    }

    #[test]
    fn one_that_comes_too_often_is_told_when_to_come_again() {
        let answer = Denied::TooManyRequests { seconds: 60 }.answer(&BEARER_ONLY);
        assert_eq!(
            (answer.status, answer.header("retry-after")),
            (429, Some("60"))
        );
        assert!(answer.header("www-authenticate").is_none());
        assert_eq!(answer.log.refusal, Some("client_rate"));
    }

    #[test]
    fn a_fault_is_a_503_and_no_challenge() {
        let denied = Denied::from(Fault::new("jwks", "secret detail"));
        let (status, challenge, body) = answered(&denied, BOTH);
        assert_eq!((status, challenge.as_str()), (503, ""));
        assert!(!body.contains("secret detail"));
        assert_eq!(denied.answer(&BOTH).header("retry-after"), Some("2"));
    }
}
