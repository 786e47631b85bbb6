//! The authorization response (OAuth 2.1 §4.1.2), checked before its code is used.

use std::fmt;

use oauth_core::UnixTime;
use oauth_core::form::Form;
use oauth_core::secret::{Secret, secrets_equal};

use super::check::{ABSENT, Check, CheckName};
use super::metadata::ProviderMetadata;
use super::pending::{LONGEST_TRIP, Pending};
use crate::http_call::{HttpCall, Parameter};

/// The most that this machine's clock may be set back while a person signs in, in seconds.
const CLOCK_SET_BACK: i64 = 60;

/// A code that has passed every check, with what its exchange needs.
#[derive(Clone, Debug)]
pub struct CodeReceived {
    /// The code.
    pub code: Secret<String>,
    /// The checks, in the order in which they were made.
    pub checks: Vec<Check>,
    token_endpoint: String,
    redirect_uri: String,
    client_id: String,
    resource: Option<String>,
    verifier: Secret<String>,
}

/// A refused response. No part of it may be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallbackRefused {
    /// The first check that failed.
    pub reason: CallbackRefusal,
    /// The checks up to the one that failed.
    pub checks: Vec<Check>,
}

/// Why a response was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallbackRefusal {
    /// A check failed.
    Check(CheckName),
    /// The server answered with an error, and everything else about the answer is right.
    Provider {
        /// The error code of RFC 6749 §4.1.2.1 or OIDC Core §3.1.2.6.
        error: String,
        /// The server's explanation.
        description: Option<String>,
        /// A page about the error.
        uri: Option<String>,
    },
}

impl fmt::Display for CallbackRefusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Check(name) => write!(formatter, "{}: {}", name.slug(), name.rule()),
            Self::Provider { error, .. } => write!(formatter, "the server answered {error}"),
        }
    }
}

impl std::error::Error for CallbackRefused {}

impl fmt::Display for CallbackRefused {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.reason.fmt(formatter)
    }
}

/// The parameters of a response; empty means absent (RFC 6749 §3.1).
#[derive(Default)]
struct Response {
    code: Option<String>,
    state: Option<String>,
    issuer: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
    error_uri: Option<String>,
}

impl Response {
    fn read(query: &str) -> Option<Self> {
        let query = query.strip_prefix('?').unwrap_or(query);
        let form = Form::parse(query.as_bytes()).ok()?;
        let one = |name: &str| form.one(name).ok().map(|value| value.map(str::to_owned));
        Some(Self {
            code: one("code")?,
            state: one("state")?,
            issuer: one("iss")?,
            error: one("error")?,
            error_description: one("error_description")?,
            error_uri: one("error_uri")?,
        })
    }
}

impl Pending {
    /// Checks the query with which the browser came back. It stops at the first check that fails.
    pub fn check_callback(
        &self,
        metadata: &ProviderMetadata,
        query: &str,
        now: UnixTime,
    ) -> Result<CodeReceived, CallbackRefused> {
        let response = Response::read(query);
        let readable = response.is_some();
        let response = response.unwrap_or_default();
        let mut checks = Vec::new();
        for check in [
            check_readable(readable),
            self.check_age(now),
            self.check_provider(metadata),
            self.check_state(&response),
            self.check_issuer(metadata, &response),
            check_error(&response),
            check_code(&response),
        ] {
            let (name, passed) = (check.name, check.passed);
            checks.push(check);
            if !passed {
                let reason = refusal(name, response);
                return Err(CallbackRefused { reason, checks });
            }
        }
        Ok(CodeReceived {
            code: Secret::new(response.code.unwrap_or_default()),
            checks,
            token_endpoint: metadata.token_endpoint.clone(),
            redirect_uri: self.redirect_uri.clone(),
            client_id: self.client_id.clone(),
            resource: self.resource.clone(),
            verifier: Secret::new(self.verifier.clone()),
        })
    }

    fn check_age(&self, now: UnixTime) -> Check {
        let age = now.since(self.started_at);
        Check::new(
            CheckName::Age,
            format!("at most {LONGEST_TRIP} s"),
            format!("{age} s"),
            (-CLOCK_SET_BACK..=LONGEST_TRIP).contains(&age),
        )
    }

    /// Against mix-up (RFC 9700 §4.4): the code goes to the server that the browser was sent to,
    /// never to one that was chosen later.
    fn check_provider(&self, metadata: &ProviderMetadata) -> Check {
        Check::new(
            CheckName::Provider,
            &self.issuer,
            &metadata.issuer,
            self.issuer == metadata.issuer,
        )
    }

    fn check_state(&self, response: &Response) -> Check {
        let received = response.state.as_deref();
        let same =
            received.is_some_and(|state| secrets_equal(state.as_bytes(), self.state.as_bytes()));
        Check::new(
            CheckName::State,
            &self.state,
            received.unwrap_or(ABSENT),
            // An empty stored state would accept any response without one.
            same && !self.state.is_empty(),
        )
    }

    fn check_issuer(&self, metadata: &ProviderMetadata, response: &Response) -> Check {
        let promised = metadata.authorization_response_iss_parameter_supported;
        let passed = match &response.issuer {
            Some(issuer) => *issuer == self.issuer,
            None => !promised,
        };
        let expected = if promised {
            self.issuer.clone()
        } else {
            format!("{} or {ABSENT}", self.issuer)
        };
        let received = response.issuer.as_deref().unwrap_or(ABSENT);
        Check::new(CheckName::ResponseIssuer, expected, received, passed)
    }
}

fn check_readable(readable: bool) -> Check {
    let received = if readable {
        "well-formed"
    } else {
        "malformed, or a parameter repeated"
    };
    Check::new(CheckName::Readable, "well-formed", received, readable)
}

fn check_error(response: &Response) -> Check {
    let received = response.error.as_deref();
    Check::new(
        CheckName::NoError,
        ABSENT,
        received.unwrap_or(ABSENT),
        received.is_none(),
    )
}

fn check_code(response: &Response) -> Check {
    let received = response.code.as_ref().map_or_else(
        || ABSENT.to_owned(),
        |code| format!("{} characters", code.chars().count()),
    );
    Check::new(
        CheckName::Code,
        "present",
        received,
        response.code.is_some(),
    )
}

fn refusal(name: CheckName, response: Response) -> CallbackRefusal {
    match response.error {
        Some(error) if name == CheckName::NoError => CallbackRefusal::Provider {
            error,
            description: response.error_description,
            uri: response.error_uri,
        },
        _ => CallbackRefusal::Check(name),
    }
}

impl CodeReceived {
    /// The token request (OAuth 2.1 §4.1.3) of a public client, which the verifier authenticates.
    pub fn token_request(&self) -> HttpCall {
        let mut parameters = vec![
            Parameter::new("grant_type", "authorization_code"),
            Parameter::new("code", self.code.expose()),
            Parameter::new("redirect_uri", &self.redirect_uri),
            Parameter::new("client_id", &self.client_id),
            Parameter::new("code_verifier", self.verifier.expose()),
        ];
        parameters.extend(
            self.resource
                .iter()
                .map(|resource| Parameter::new("resource", resource)),
        );
        HttpCall::post_form(&self.token_endpoint, parameters)
    }
}
