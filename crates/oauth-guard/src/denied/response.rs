//! The answer to a request that is not admitted (RFC 6750 §3, RFC 9449 §7.1, RFC 9470 §3, RFC 9728 §5.1).

use oauth_core::bearer::Challenge;
use oauth_core::http::{Answer, UNAVAILABLE};
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

/// What a challenge needs to know of the resource and of the request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ChallengeContext<'a> {
    /// The resource's identifier.
    pub(crate) realm: &'a str,
    /// The URL of its metadata; `None` for a resource that is no URL.
    pub(crate) metadata: Option<&'a str>,
    /// The schemes that it accepts.
    pub(crate) dpop: Dpop,
    /// The scheme that the client used.
    pub(crate) scheme: Scheme,
    /// The scope that the client should ask for.
    pub(crate) scope: Option<&'a str>,
}

impl Denied {
    const fn status(&self) -> u16 {
        match self {
            Self::NoCredentials
            | Self::InvalidToken(_)
            | Self::InvalidProof(_)
            | Self::InsufficientAuthentication(_) => 401,
            Self::Malformed(_) => 400,
            Self::InsufficientScope { .. } | Self::NotAUser => 403,
            Self::TooManyRequests { .. } => 429,
            Self::Unavailable { .. } => 503,
        }
    }

    /// The registered error code, where there is one.
    const fn error(&self) -> Option<&'static str> {
        match self {
            Self::NoCredentials => None,
            Self::Malformed(_) => Some("invalid_request"),
            Self::InvalidToken(_) => Some("invalid_token"),
            Self::InvalidProof(_) => Some("invalid_dpop_proof"),
            Self::InsufficientAuthentication(_) => Some("insufficient_user_authentication"),
            Self::InsufficientScope { .. } | Self::NotAUser => Some("insufficient_scope"),
            Self::TooManyRequests { .. } => Some("too_many_requests"),
            Self::Unavailable { .. } => Some("temporarily_unavailable"),
        }
    }

    /// The description for the client.
    const fn sentence(&self) -> &'static str {
        match self {
            Self::NoCredentials => "an access token is required",
            Self::Malformed(sentence) => sentence,
            Self::InvalidToken(_) => {
                "the access token is expired, revoked, malformed or not for this resource"
            }
            Self::InvalidProof(_) => "a new DPoP proof for this request and token is required",
            Self::InsufficientAuthentication(_) => {
                "the user must sign in again; the challenge says how"
            }
            Self::InsufficientScope { .. } => "the access token does not allow this",
            Self::NotAUser => "the access token of a user is required",
            Self::TooManyRequests { .. } => {
                "rate limit exceeded for this client; retry after the given seconds"
            }
            Self::Unavailable { .. } => UNAVAILABLE,
        }
    }

    /// The word for the log.
    const fn slug(&self) -> &'static str {
        match self {
            Self::NoCredentials => "no_credentials",
            Self::Malformed(_) => "credentials_malformed",
            Self::InvalidToken(problem) => problem.slug(),
            Self::InvalidProof(problem) => problem.slug(),
            Self::InsufficientAuthentication(_) => "insufficient_user_authentication",
            Self::InsufficientScope { .. } => "insufficient_scope",
            Self::NotAUser => "not_a_user",
            Self::TooManyRequests { .. } => "client_rate",
            Self::Unavailable { .. } => "unavailable",
        }
    }

    /// The answer. All strings of the context come from the configuration, none from the request.
    pub(crate) fn answer(&self, context: &ChallengeContext<'_>) -> Answer {
        let body = Body {
            error: self.error(),
            error_description: self.sentence(),
        };
        let mut answer = Answer::json(self.status(), &body).with("cache-control", "no-store");
        match self {
            Self::Unavailable { fault, seconds } => {
                answer.log.cause = Some(fault.to_string());
                answer.with("retry-after", seconds.to_string())
            }
            Self::TooManyRequests { seconds } => {
                answer.log.refusal = Some(self.slug());
                answer.with("retry-after", seconds.to_string())
            }
            Self::NoCredentials
            | Self::Malformed(_)
            | Self::InvalidToken(_)
            | Self::InvalidProof(_)
            | Self::InsufficientScope { .. }
            | Self::InsufficientAuthentication(_)
            | Self::NotAUser => {
                answer.log.refusal = Some(self.slug());
                answer.with("www-authenticate", self.challenges(context))
            }
        }
    }

    /// The challenges. An error goes with the scheme that the client used. A client that used `Bearer` learns that there
    /// is `DPoP`; one that used `DPoP` need not learn of `Bearer`.
    fn challenges(&self, context: &ChallengeContext<'_>) -> String {
        let by_proof = self.challenge(Scheme::Dpop, context);
        let by_bearer = self.challenge(Scheme::Bearer, context);
        match (context.dpop, context.scheme) {
            (Dpop::Off, Scheme::Bearer | Scheme::Dpop) => by_bearer,
            (Dpop::Accepted, Scheme::Bearer) => format!("{by_bearer}, {by_proof}"),
            (Dpop::Accepted, Scheme::Dpop) | (Dpop::Required, Scheme::Bearer | Scheme::Dpop) => {
                by_proof
            }
        }
    }

    fn challenge(&self, scheme: Scheme, context: &ChallengeContext<'_>) -> String {
        let mut challenge = Challenge::new(scheme, context.realm);
        let is_only = context.dpop != Dpop::Accepted;
        let is_here = is_only || scheme == context.scheme;
        if let Some(error) = self.error().filter(|_| is_here) {
            challenge = challenge.error(error, self.sentence());
            for (name, value) in self.demands() {
                challenge = challenge.with(name, &value);
            }
        }
        let mut challenge = challenge.algorithms();
        let is_open = is_here || self.error().is_none();
        if let Some(scope) = self.scope(context).filter(|_| is_open) {
            challenge = challenge.with("scope", scope);
        }
        if let Some(metadata) = context.metadata {
            challenge = challenge.with("resource_metadata", metadata);
        }
        challenge.finish()
    }

    /// The parameters that say what would be admitted.
    fn demands(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::InsufficientAuthentication(needed) => {
                let acr = needed.acr_values.join(" ");
                let acr = (!acr.is_empty()).then_some(("acr_values", acr));
                let age = needed.max_age.map(|age| ("max_age", age.to_string()));
                acr.into_iter().chain(age).collect()
            }
            Self::NoCredentials
            | Self::Malformed(_)
            | Self::InvalidToken(_)
            | Self::InvalidProof(_)
            | Self::InsufficientScope { .. }
            | Self::NotAUser
            | Self::TooManyRequests { .. }
            | Self::Unavailable { .. } => Vec::new(),
        }
    }

    /// The scope that would be admitted (RFC 6750 §3).
    fn scope<'a>(&self, context: &ChallengeContext<'a>) -> Option<&'a str> {
        match self {
            Self::InsufficientScope { scope } => Some(context.scope.unwrap_or(scope)),
            Self::NoCredentials | Self::InvalidToken(_) => context.scope,
            Self::Malformed(_)
            | Self::InvalidProof(_)
            | Self::InsufficientAuthentication(_)
            | Self::NotAUser
            | Self::TooManyRequests { .. }
            | Self::Unavailable { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use oauth_core::Fault;
    use oauth_core::jose::{Algorithm, JwtError};

    use super::*;
    use crate::denied::{ProofProblem, TokenProblem};
    use crate::step_up::StepUp;

    const BEARER_ONLY: ChallengeContext<'_> = ChallengeContext {
        realm: "https://api.example",
        metadata: Some("https://api.example/meta"),
        dpop: Dpop::Off,
        scheme: Scheme::Bearer,
        scope: None,
    };
    const BOTH: ChallengeContext<'_> = ChallengeContext {
        dpop: Dpop::Accepted,
        ..BEARER_ONLY
    };

    fn answered(denied: &Denied, context: ChallengeContext<'_>) -> (u16, String, String) {
        let answer = denied.answer(&context);
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

    fn algorithms() -> String {
        Algorithm::ALL.map(Algorithm::name).join(" ")
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
    fn a_resource_that_is_no_url_has_no_metadata_to_name() {
        let bare = ChallengeContext {
            metadata: None,
            ..BEARER_ONLY
        };
        let (_, challenge, _) = answered(&Denied::NoCredentials, bare);
        assert_eq!(challenge, r#"Bearer realm="https://api.example""#);
    }

    #[test]
    fn without_credentials_both_schemes_are_named_where_both_are_taken() {
        let (_, challenge, _) = answered(&Denied::NoCredentials, BOTH);
        let algorithms = algorithms();
        assert_eq!(
            challenge,
            format!(
                r#"Bearer realm="https://api.example", resource_metadata="https://api.example/meta", DPoP realm="https://api.example", algs="{algorithms}", resource_metadata="https://api.example/meta""#
            )
        );
        let required = ChallengeContext {
            dpop: Dpop::Required,
            ..BEARER_ONLY
        };
        let (_, challenge, _) = answered(&Denied::NoCredentials, required);
        assert!(challenge.starts_with("DPoP ") && !challenge.contains("Bearer"));
        assert!(!challenge.contains("error"));
        // A `Bearer` client learns the error from the challenge of the only scheme that there is.
        let (_, challenge, _) = answered(&TokenProblem::NotBound.into(), required);
        assert!(challenge.starts_with("DPoP ") && challenge.contains("error=\"invalid_token\""));
    }

    #[test]
    fn an_error_goes_with_the_scheme_that_the_client_used() {
        let bound = answered(&TokenProblem::BoundSentAsBearer.into(), BOTH).1;
        let (bearer, dpop) = bound.split_once(", DPoP ").unwrap();
        assert!(bearer.contains("error=\"invalid_token\"") && !dpop.contains("error"));
        let by_proof = ChallengeContext {
            scheme: Scheme::Dpop,
            ..BOTH
        };
        let (status, challenge, body) = answered(&ProofProblem::Replayed.into(), by_proof);
        assert_eq!(status, 401);
        assert!(challenge.starts_with("DPoP realm=") && !challenge.contains("Bearer"));
        assert!(challenge.contains("error=\"invalid_dpop_proof\", error_description="));
        assert!(challenge.contains(&format!("algs=\"{}\"", algorithms())));
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
    fn a_client_is_told_what_to_ask_for() {
        let asking = ChallengeContext {
            scope: Some("read write"),
            ..BOTH
        };
        let (_, bare, _) = answered(&Denied::NoCredentials, asking);
        assert_eq!(bare.matches("scope=\"read write\"").count(), 2, "{bare}");
        // Beside an error it goes with the scheme that the client used.
        for denied in [
            TokenProblem::WrongAudience.into(),
            Denied::InsufficientScope { scope: "write" },
        ] {
            let (_, challenge, _) = answered(&denied, asking);
            let (bearer, dpop) = challenge.split_once(", DPoP ").unwrap();
            assert!(bearer.contains("scope=\"read write\"") && !dpop.contains("scope="));
            assert!(bearer.contains("resource_metadata=\"https://api.example/meta\""));
        }
        let (_, challenge, _) = answered(&Denied::NotAUser, asking);
        assert!(!challenge.contains(" scope="), "{challenge}");
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
