//! The reasons why there is no token, and what to do about each.

use std::fmt;

use oauth_core::Fault;

use crate::m2m::ports::SendFailed;
use crate::token_response::TokenRefused;

/// The reason why there is no token.
#[derive(Clone, Debug)]
pub enum TokenFailed {
    /// The token endpoint gave no answer.
    Send(SendFailed),
    /// The server refused, or its answer is malformed.
    Refused(TokenRefused),
    /// The token has less scope than was asked for.
    Scope,
    /// The server gave a bearer token instead of one bound to the client's key.
    NotBound,
    /// The assertion or the proof could not be made.
    Fault(Fault),
    /// The client has no usable private key.
    NoKey(Fault),
    /// The client has no secret.
    NoSecret,
    /// The server asked for a pause (`Retry-After`) that has these seconds left.
    AskedToWait(i64),
    /// The token endpoint is not protected by TLS: no credential is sent there.
    Unprotected,
    /// The renewal of another caller took too long.
    Waited,
    /// The renewal of another isolate failed, for this reason.
    Elsewhere(String),
    /// The lease went to another isolate before the request was made.
    Overtaken,
}

impl TokenFailed {
    /// A fixed word, or the OAuth error code.
    pub fn slug(&self) -> &str {
        match self {
            Self::Send(failure) => failure.slug(),
            Self::Refused(refused) => refused.slug(),
            Self::Scope => "too_little_scope",
            Self::NotBound => "token_not_bound",
            Self::Fault(_) => "assertion_failed",
            Self::NoKey(_) => "no_caller_key",
            Self::NoSecret => "no_caller_secret",
            Self::AskedToWait(_) => "asked_to_wait",
            Self::Unprotected => "unprotected_token_endpoint",
            Self::Waited | Self::Overtaken => "renewal_timed_out",
            Self::Elsewhere(slug) => slug,
        }
    }

    /// Seconds until the next attempt, if the breaker prevented this one.
    pub(in crate::m2m) const fn retry_after(&self) -> Option<i64> {
        if let Self::Send(failure) = self {
            failure.retry_after()
        } else {
            None
        }
    }
}

const NO_KEY: &str = "This worker has no usable private key for its client. Set the secret CALLER_PRIVATE_JWK to a private ES256 JWK with a kid.";

/// A refusal without what the server may have echoed: no description, and only an error code that RFC 6749 §5.2 allows.
pub(in crate::m2m) fn without_echoes(mut refused: TokenRefused) -> TokenRefused {
    if let TokenRefused::Error {
        error, description, ..
    } = &mut refused
    {
        *description = None;
        if !is_error_code(error) {
            "malformed_token_answer".clone_into(error);
        }
    }
    refused
}

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
            Self::NotBound => formatter.write_str(
                "A token bound to this client's key (DPoP) was asked for, and the server gave one that is not. It is not used.",
            ),
            Self::Fault(fault) => write!(
                formatter,
                "The client's proof could not be made ({}). Check CALLER_PRIVATE_JWK.",
                fault.what
            ),
            Self::NoKey(_) => formatter.write_str(NO_KEY),
            Self::NoSecret => formatter.write_str(
                "This worker has no secret for its client. Set the secret CALLER_SECRET.",
            ),
            Self::AskedToWait(seconds) => write!(
                formatter,
                "The authorization server asked not to be called for another {seconds} s."
            ),
            Self::Unprotected => formatter.write_str(
                "The token endpoint is not protected by TLS, so no credential is sent there. Check ISSUER.",
            ),
            Self::Waited | Self::Overtaken => formatter.write_str("The renewal that another call began took too long. Try again."),
            Self::Elsewhere(slug) => write!(formatter, "The renewal that another isolate began failed ({slug})."),
        }
    }
}

fn write_refusal(formatter: &mut fmt::Formatter<'_>, status: u16, slug: &str) -> fmt::Result {
    let remedy = match slug {
        "invalid_client" => {
            "Its registered public key or secret must be the one of CALLER_PRIVATE_JWK or CALLER_SECRET, the way of CALLER_AUTH_METHOD must be registered too, and the clocks must agree."
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

impl From<SendFailed> for TokenFailed {
    fn from(failure: SendFailed) -> Self {
        Self::Send(failure)
    }
}

impl std::error::Error for TokenFailed {}
