//! Why a request is not admitted, and the answer that says so (RFC 6750 §3, RFC 9728 §5.1).

use oauth_core::Fault;
use oauth_core::http::Answer;
use oauth_core::jose::{JwtError, TimeError};
use serde::Serialize;

/// Why a request is not admitted.
#[derive(Clone, Debug)]
pub enum Denied {
    /// There is no token: the client learns where to get one.
    NoCredentials,
    /// The request is malformed; the sentence is fixed.
    Malformed(&'static str),
    /// The token is not good; the client learns no more, the log does.
    InvalidToken(TokenProblem),
    /// The token does not allow this.
    InsufficientScope {
        /// The scope that would.
        scope: &'static str,
    },
    /// This is a person's matter and the token is a machine's.
    NotAUser,
    /// It could not be found out: ours is the failure.
    Unavailable(Fault),
}

/// What is wrong with a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenProblem {
    /// It is not a well-formed token, or its signature is not good.
    Jwt(JwtError),
    /// No key of the issuer has its id.
    UnknownKey,
    /// It is another kind of token (RFC 9068 §4).
    WrongType,
    /// It is another issuer's.
    WrongIssuer,
    /// It is for another resource.
    WrongAudience,
    /// It is not valid now.
    Time(TimeError),
    /// The authorization server does not know it, or knows that it has ended (RFC 7662 §2.2).
    Inactive,
    /// There is a tombstone for it.
    Revoked,
}

impl TokenProblem {
    /// The word for the log.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Jwt(JwtError::TooLong) => "token_too_long",
            Self::Jwt(JwtError::Malformed) => "token_malformed",
            Self::Jwt(JwtError::UnsupportedAlgorithm) => "token_algorithm_unsupported",
            Self::Jwt(JwtError::CriticalExtension) => "token_critical_extension",
            Self::Jwt(JwtError::EmbeddedKey) => "token_embedded_key",
            Self::Jwt(JwtError::KeyId) => "token_key_id",
            Self::Jwt(JwtError::AlgorithmMismatch) => "token_algorithm_mismatch",
            Self::Jwt(JwtError::BadSignature) => "token_signature",
            Self::Jwt(JwtError::Claims) => "token_claims",
            Self::UnknownKey => "token_key_unknown",
            Self::WrongType => "token_type",
            Self::WrongIssuer => "token_issuer",
            Self::WrongAudience => "token_audience",
            Self::Time(TimeError::NoExpiry) => "token_without_expiry",
            Self::Time(TimeError::Expired) => "token_expired",
            Self::Time(TimeError::NotYetValid) => "token_not_yet_valid",
            Self::Time(TimeError::IssuedAhead) => "token_issued_ahead",
            Self::Inactive => "token_inactive",
            Self::Revoked => "token_revoked",
        }
    }
}

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

impl Denied {
    fn row(&self) -> Row {
        let row = |status, error, sentence, slug| Row {
            status,
            error,
            sentence,
            slug,
        };
        match self {
            Self::NoCredentials => row(401, None, "this needs an access token", "no_credentials"),
            Self::Malformed(sentence) => row(
                400,
                Some("invalid_request"),
                sentence,
                "credentials_malformed",
            ),
            Self::InvalidToken(problem) => row(
                401,
                Some("invalid_token"),
                "the access token is expired, revoked, malformed or not for this resource",
                problem.slug(),
            ),
            Self::InsufficientScope { .. } => row(
                403,
                Some("insufficient_scope"),
                "the access token does not allow this",
                "insufficient_scope",
            ),
            Self::NotAUser => row(
                403,
                Some("insufficient_scope"),
                "this needs the access token of a user",
                "not_a_user",
            ),
            Self::Unavailable(_) => row(
                503,
                Some("temporarily_unavailable"),
                "a service that this answer needs is not available, try again",
                "unavailable",
            ),
        }
    }

    /// The answer, with the challenge of RFC 6750 §3. `realm` and `metadata` are URLs of ours.
    pub(crate) fn answer(&self, realm: &str, metadata: &str) -> Answer {
        let row = self.row();
        let mut answer = Answer::json(
            row.status,
            &Body {
                error: row.error,
                error_description: row.sentence,
            },
        )
        .with("cache-control", "no-store");
        if let Self::Unavailable(fault) = self {
            answer.log.cause = Some(fault.to_string());
            return answer.with("retry-after", "2");
        }
        answer.log.refusal = Some(row.slug);
        let mut parts = vec![format!("Bearer realm=\"{realm}\"")];
        if let Some(error) = row.error {
            parts.push(format!("error=\"{error}\""));
            parts.push(format!("error_description=\"{}\"", row.sentence));
        }
        if let Self::InsufficientScope { scope } = self {
            parts.push(format!("scope=\"{scope}\""));
        }
        parts.push(format!("resource_metadata=\"{metadata}\""));
        answer.with("www-authenticate", parts.join(", "))
    }
}

impl From<Fault> for Denied {
    fn from(fault: Fault) -> Self {
        Self::Unavailable(fault)
    }
}

impl From<TokenProblem> for Denied {
    fn from(problem: TokenProblem) -> Self {
        Self::InvalidToken(problem)
    }
}

impl From<JwtError> for Denied {
    fn from(error: JwtError) -> Self {
        Self::InvalidToken(TokenProblem::Jwt(error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(denied: &Denied) -> (u16, String, String) {
        let answer = denied.answer("https://api.example", "https://api.example/meta");
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
        let (status, challenge, body) = answered(&Denied::NoCredentials);
        assert_eq!(status, 401);
        assert_eq!(
            challenge,
            r#"Bearer realm="https://api.example", resource_metadata="https://api.example/meta""#
        );
        assert!(!body.contains("\"error\""));
    }

    #[test]
    fn a_bad_token_is_one_answer_whatever_is_wrong() {
        let one = answered(&TokenProblem::WrongIssuer.into());
        let other = answered(&Denied::from(JwtError::BadSignature));
        assert_eq!(one, other);
        assert!(one.0 == 401 && one.1.contains("error=\"invalid_token\""));
    }

    #[test]
    fn too_little_scope_names_the_scope() {
        let (status, challenge, _) = answered(&Denied::InsufficientScope { scope: "read" });
        assert_eq!(status, 403);
        assert!(
            challenge.contains("error=\"insufficient_scope\"")
                && challenge.contains("scope=\"read\"")
        );
    }

    #[test]
    fn a_fault_is_a_503_and_no_challenge() {
        let denied = Denied::from(Fault::new("jwks", "secret detail"));
        let (status, challenge, body) = answered(&denied);
        assert_eq!((status, challenge.as_str()), (503, ""));
        assert!(!body.contains("secret detail"));
        assert_eq!(denied.answer("r", "m").header("retry-after"), Some("2"));
    }
}
