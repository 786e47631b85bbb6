//! The reason why a call of the API failed.

use std::fmt;

use super::ports::SendFailed;
use super::run::hop::HopName;
use super::token::failed::TokenFailed;

/// The reason why a call of the API failed.
#[derive(Clone, Debug)]
pub enum CallFailed {
    /// There is no token for it.
    NoToken(TokenFailed),
    /// The API gave no answer.
    NoAnswer(SendFailed),
    /// The API calls the token invalid (RFC 6750 §3.1).
    InvalidToken,
    /// The API requires more scope than the token has (RFC 6750 §3.1).
    InsufficientScope,
    /// The API refused with this status.
    Refused(u16),
    /// The API's successful answer is not what the caller can use.
    Malformed {
        /// The expected answer, in words that follow "The API's answer is not".
        expected: &'static str,
    },
}

impl CallFailed {
    /// The hop that failed.
    pub const fn hop(&self) -> HopName {
        match self {
            Self::NoToken(_) => HopName::Token,
            Self::NoAnswer(_)
            | Self::InvalidToken
            | Self::InsufficientScope
            | Self::Refused(_)
            | Self::Malformed { .. } => HopName::Api,
        }
    }

    /// A fixed word for logs and the history, or the OAuth error code.
    pub fn slug(&self) -> &str {
        match self {
            Self::NoToken(failure) => failure.slug(),
            Self::NoAnswer(failure) => failure.slug(),
            Self::InvalidToken => "invalid_token",
            Self::InsufficientScope => "insufficient_scope",
            Self::Refused(_) => "api_refused",
            Self::Malformed { .. } => "malformed_api_answer",
        }
    }

    /// Seconds until the next attempt, if an open breaker prevented this one.
    pub const fn retry_after(&self) -> Option<i64> {
        match self {
            Self::NoToken(failure) => failure.retry_after(),
            Self::NoAnswer(failure) => failure.retry_after(),
            Self::InvalidToken
            | Self::InsufficientScope
            | Self::Refused(_)
            | Self::Malformed { .. } => None,
        }
    }

    /// Whether this client has no usable credential, and no peer has failed.
    pub const fn lacks_credential(&self) -> bool {
        matches!(
            self,
            Self::NoToken(TokenFailed::NoKey(_) | TokenFailed::NoSecret)
        )
    }
}

impl From<SendFailed> for CallFailed {
    fn from(failure: SendFailed) -> Self {
        Self::NoAnswer(failure)
    }
}

impl From<TokenFailed> for CallFailed {
    fn from(failure: TokenFailed) -> Self {
        Self::NoToken(failure)
    }
}

impl fmt::Display for CallFailed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoToken(failure) => failure.fmt(formatter),
            Self::NoAnswer(failure) => write!(
                formatter,
                "The API {failure}. Check that it runs and that API is bound to it."
            ),
            Self::InvalidToken => formatter.write_str(
                "The API called the token invalid. Check that it trusts this issuer and that API_ORIGIN is its resource.",
            ),
            Self::InsufficientScope => {
                formatter.write_str("The API requires more scope than the token has.")
            }
            Self::Refused(status) => write!(formatter, "The API answered {status}."),
            Self::Malformed { expected } => {
                write!(formatter, "The API's answer is not {expected}.")
            }
        }
    }
}

impl std::error::Error for CallFailed {}
