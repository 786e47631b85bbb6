//! What every endpoint is given, and how it stops early.

use oauth_core::{Fault, Refusal, UnixTime, http::Answer, keyring::Keyring, settings::Settings};

/// What an endpoint works with, besides the request.
#[derive(Debug)]
pub struct Context<'a, P> {
    /// What the operator decided.
    pub settings: &'a Settings,
    /// Our derived keys.
    pub keyring: &'a Keyring,
    /// The world outside.
    pub ports: &'a P,
    /// Now.
    pub now: UnixTime,
}

/// Why an endpoint stops before its end.
#[derive(Debug)]
pub enum Stop {
    /// The caller asked for something that it cannot have.
    Refused(Refusal),
    /// We failed.
    Fault(Fault),
    /// The answer is known already.
    Answer(Box<Answer>),
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<Answer> for Stop {
    fn from(answer: Answer) -> Self {
        Self::Answer(Box::new(answer))
    }
}

impl From<oauth_core::form::Repeated> for Stop {
    fn from(repeated: oauth_core::form::Repeated) -> Self {
        Self::Refused(repeated.into())
    }
}
