//! The token endpoint's answer (RFC 6749 §5.1 and §5.2).

use std::fmt;

use from_json::FromJson;
use oauth_core::{jose::NumericDate, secret::Secret};

/// The largest answer that is read, in bytes.
pub const LARGEST_ANSWER: usize = 64 * 1024;

/// The tokens of an answer. They are not serializable on purpose: they stay in memory.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// The access token.
    pub access_token: Secret<String>,
    /// The access token's life in seconds, if the server said so.
    pub expires_in: Option<u32>,
    /// The refresh token, if one was issued. A rotating server sends a new one at each refresh.
    pub refresh_token: Option<Secret<String>>,
    /// The ID token, still to be checked.
    pub id_token: Option<Secret<String>>,
    /// The granted scope; absent when it is the requested one.
    pub scope: Option<String>,
}

/// The reason why there are no tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenRefused {
    /// The server refused with an error of RFC 6749 §5.2.
    Error {
        /// The status of the answer.
        status: u16,
        /// The error code.
        error: String,
        /// The server's explanation for developers.
        description: Option<String>,
    },
    /// The token endpoint redirected: a credential is not sent after it.
    Redirected(u16),
    /// A status that is neither success nor an OAuth error.
    Status(u16),
    /// The answer is not what RFC 6749 §5.1 prescribes; the word names what is wrong with it.
    Malformed(&'static str),
    /// The token is of a type that this client cannot use (RFC 6749 §7.1).
    TokenType,
}

impl TokenRefused {
    /// A fixed word for logs and for tests.
    pub fn slug(&self) -> &str {
        match self {
            Self::Error { error, .. } => error,
            Self::Redirected(_) => "token_endpoint_redirected",
            Self::Status(_) => "token_endpoint_failed",
            Self::Malformed(_) => "malformed_token_answer",
            Self::TokenType => "unsupported_token_type",
        }
    }
}

impl fmt::Display for TokenRefused {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Error {
                status,
                error,
                description,
            } => {
                write!(formatter, "the token endpoint answered {status} {error}")?;
                description
                    .iter()
                    .try_for_each(|text| write!(formatter, ": {text}"))
            }
            Self::Redirected(status) => write!(
                formatter,
                "the token endpoint answered with a redirect ({status}), which is not followed"
            ),
            Self::Status(status) => write!(formatter, "the token endpoint answered {status}"),
            Self::Malformed(what) => {
                write!(
                    formatter,
                    "the token endpoint's answer is malformed: {what}"
                )
            }
            Self::TokenType => formatter.write_str("the token is of a type that was not asked for"),
        }
    }
}

impl std::error::Error for TokenRefused {}

#[derive(FromJson)]
struct Success {
    access_token: Option<String>,
    token_type: Option<String>,
    // Seconds, as any JSON number that says them: 3600, 3600.0, 3.6e3.
    expires_in: Option<NumericDate>,
    refresh_token: Option<String>,
    id_token: Option<String>,
    scope: Option<String>,
}

#[derive(FromJson)]
struct Failure {
    error: String,
    error_description: Option<String>,
}

/// Reads the token endpoint's answer, which has to be a bearer token (RFC 6750).
pub fn read_token_response(status: u16, body: &[u8]) -> Result<Tokens, TokenRefused> {
    read_token_of_type(status, body, "Bearer")
}

/// Reads the token endpoint's answer, which has to be a token of this type (RFC 6749 §7.1).
pub fn read_token_of_type(
    status: u16,
    body: &[u8],
    token_type: &str,
) -> Result<Tokens, TokenRefused> {
    if body.len() > LARGEST_ANSWER {
        return Err(TokenRefused::Malformed("it is too large"));
    }
    match status {
        200 => read_success(body, token_type),
        300..=399 => Err(TokenRefused::Redirected(status)),
        400..=499 => Err(read_failure(status, body)),
        _ => Err(TokenRefused::Status(status)),
    }
}

fn read_success(body: &[u8], wanted: &str) -> Result<Tokens, TokenRefused> {
    let answer: Success = from_json::from_slice(body)
        .map_err(|_| TokenRefused::Malformed("it is not a JSON object of the expected members"))?;
    let access_token = answer
        .access_token
        .filter(|token| is_token(token))
        .ok_or(TokenRefused::Malformed("it has no usable access_token"))?;
    let token_type = answer
        .token_type
        .ok_or(TokenRefused::Malformed("it has no token_type"))?;
    // The type's name is case-insensitive (RFC 6749 §5.1).
    if !token_type.eq_ignore_ascii_case(wanted) {
        return Err(TokenRefused::TokenType);
    }
    Ok(Tokens {
        access_token: Secret::new(access_token),
        expires_in: answer
            .expires_in
            .map(|seconds| u32::try_from(seconds.0.0).unwrap_or(u32::MAX)),
        refresh_token: answer
            .refresh_token
            .filter(|token| !token.is_empty())
            .map(Secret::new),
        id_token: answer
            .id_token
            .filter(|token| !token.is_empty())
            .map(Secret::new),
        scope: answer.scope,
    })
}

/// A token goes into a header: visible ASCII only (RFC 6750 §2.1 is stricter still).
fn is_token(token: &str) -> bool {
    !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic())
}

fn read_failure(status: u16, body: &[u8]) -> TokenRefused {
    from_json::from_slice::<Failure>(body).map_or(TokenRefused::Status(status), |failure| {
        TokenRefused::Error {
            status,
            error: failure.error,
            description: failure.error_description,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLE: &[u8] =
        br#"{"access_token":"2YotnFZFEjr1zCsicMWpAA","token_type":"example","expires_in":3600}"#;

    #[test]
    fn the_example_of_rfc_6749_has_a_type_that_we_cannot_use() {
        assert_eq!(
            read_token_response(200, EXAMPLE).err(),
            Some(TokenRefused::TokenType)
        );
    }

    #[test]
    fn the_token_type_is_case_insensitive_and_the_lifetime_optional() {
        let tokens = read_token_response(
            200,
            br#"{"access_token":"t","token_type":"bEARER","extra":1}"#,
        )
        .unwrap();
        assert_eq!(tokens.access_token.expose(), "t");
        assert_eq!(tokens.expires_in, None);
    }

    #[test]
    fn a_lifetime_is_any_json_number() {
        for (number, seconds) in [
            ("3600", 3600),
            ("3600.0", 3600),
            ("3.6e3", 3600),
            ("99999999999", u32::MAX),
        ] {
            let body =
                format!(r#"{{"access_token":"t","token_type":"Bearer","expires_in":{number}}}"#);
            let tokens = read_token_response(200, body.as_bytes()).unwrap();
            assert_eq!(tokens.expires_in, Some(seconds), "{number}");
        }
    }

    #[test]
    fn malformed_answers_are_refused() {
        for body in [
            "",
            "[]",
            "null",
            "<html>",
            r#"{"access_token":"t"}"#,
            r#"{"token_type":"Bearer"}"#,
            r#"{"access_token":"","token_type":"Bearer"}"#,
            r#"{"access_token":"a b","token_type":"Bearer"}"#,
            r#"{"access_token":"t\r\nx: y","token_type":"Bearer"}"#,
            r#"{"access_token":7,"token_type":"Bearer"}"#,
            r#"{"access_token":"t","token_type":"Bearer","expires_in":"3600"}"#,
            r#"{"access_token":"t","token_type":"Bearer","expires_in":-1}"#,
            r#"{"access_token":"t","access_token":"u","token_type":"Bearer"}"#,
        ] {
            assert!(
                matches!(
                    read_token_response(200, body.as_bytes()),
                    Err(TokenRefused::Malformed(_))
                ),
                "{body}"
            );
        }
        assert!(read_token_response(200, &vec![b' '; LARGEST_ANSWER + 1]).is_err());
    }

    #[test]
    fn errors_redirects_and_breakdowns_are_told_apart() {
        let refused =
            |status, body: &str| read_token_response(status, body.as_bytes()).unwrap_err();
        assert_eq!(
            refused(400, r#"{"error":"invalid_grant"}"#).slug(),
            "invalid_grant"
        );
        assert_eq!(refused(307, ""), TokenRefused::Redirected(307));
        assert_eq!(refused(404, "nope"), TokenRefused::Status(404));
        assert_eq!(
            refused(503, r#"{"error":"invalid_grant"}"#),
            TokenRefused::Status(503)
        );
    }
}
