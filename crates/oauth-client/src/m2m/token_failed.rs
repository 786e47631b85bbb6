//! Why there is no token, and what to do about it.

use std::fmt;

use oauth_core::Fault;

use super::platform::SendFailed;
use crate::token_response::TokenRefused;

/// Why there is no token.
#[derive(Clone, Debug)]
pub enum TokenFailed {
    /// The token endpoint gave no answer.
    Send(SendFailed),
    /// It refused, or answered with nonsense.
    Refused(TokenRefused),
    /// The token has less scope than was asked for.
    Scope,
    /// The assertion could not be made.
    Fault(Fault),
    /// The server asked to be left alone for some seconds (`Retry-After`), which have not passed.
    AskedToWait(i64),
    /// The token endpoint is not protected by TLS: no credential is sent there.
    Unprotected,
    /// Another caller's renewal took too long.
    Waited,
}

impl TokenFailed {
    /// A fixed word, or the OAuth error code if it is one that RFC 6749 §5.2 allows.
    pub fn slug(&self) -> &str {
        match self {
            Self::Send(failure) => failure.slug(),
            Self::Refused(TokenRefused::Error { error, .. }) if !is_error_code(error) => {
                "malformed_token_answer"
            }
            Self::Refused(refused) => refused.slug(),
            Self::Scope => "too_little_scope",
            Self::Fault(_) => "assertion_failed",
            Self::AskedToWait(_) => "asked_to_wait",
            Self::Unprotected => "unprotected_token_endpoint",
            Self::Waited => "renewal_timed_out",
        }
    }

    /// Seconds until the next try, if the breaker held this one back.
    pub(super) const fn retry_after(&self) -> Option<i64> {
        if let Self::Send(failure) = self {
            failure.retry_after()
        } else {
            None
        }
    }

    /// The status of the answer that this failure stands for.
    pub(super) fn status(&self) -> Option<u16> {
        match self {
            Self::Refused(
                TokenRefused::Error { status, .. }
                | TokenRefused::Redirected(status)
                | TokenRefused::Status(status),
            ) => Some(*status),
            Self::Refused(TokenRefused::Malformed(_) | TokenRefused::TokenType) | Self::Scope => {
                Some(200)
            }
            Self::Send(_)
            | Self::Fault(_)
            | Self::AskedToWait(_)
            | Self::Unprotected
            | Self::Waited => None,
        }
    }
}

/// The server's own explanation is left out: whatever it echoes does not reach a trace.
fn is_error_code(error: &str) -> bool {
    (1..=64).contains(&error.len())
        && error
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_-.:/".contains(&byte))
}

impl fmt::Display for TokenFailed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Send(failure) => write!(
                formatter,
                "The authorization server {failure}. Check that it runs and that AUTH is bound to it."
            ),
            Self::Refused(TokenRefused::Error { status, .. }) => {
                write_refusal(formatter, *status, self.slug())
            }
            Self::Refused(refused) => write!(formatter, "No token: {refused}."),
            Self::Scope => formatter.write_str(
                "The token has less scope than was asked for. Allow this client the scope.",
            ),
            Self::Fault(fault) => write!(
                formatter,
                "The client assertion could not be made ({}). Check CALLER_PRIVATE_JWK.",
                fault.what
            ),
            Self::AskedToWait(seconds) => write!(
                formatter,
                "The authorization server asked not to be called for another {seconds} s."
            ),
            Self::Unprotected => formatter.write_str(
                "The token endpoint is not protected by TLS, so no credential is sent there. Check ISSUER.",
            ),
            Self::Waited => formatter.write_str("The renewal that another call began took too long. Try again."),
        }
    }
}

fn write_refusal(formatter: &mut fmt::Formatter<'_>, status: u16, slug: &str) -> fmt::Result {
    let remedy = match slug {
        "invalid_client" => {
            "Its registered public key must be the one of CALLER_PRIVATE_JWK, and the clocks must agree."
        }
        "invalid_scope" => "Allow this client the scope that it asks for.",
        "invalid_target" => "API_ORIGIN must be one of the resources that the server knows.",
        "unauthorized_client" => "Allow this client the grant client_credentials.",
        _ => "The server's log line of this request says more.",
    };
    write!(
        formatter,
        "The token endpoint answered {status} {slug}. {remedy}"
    )
}

impl std::error::Error for TokenFailed {}
