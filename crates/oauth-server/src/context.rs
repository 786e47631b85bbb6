//! The context of a request, and the reasons to stop before its end.

use std::cell::RefCell;

use oauth_core::{
    Fault, Refusal, UnixTime,
    http::{Answer, LogFacts},
    keyring::Keyring,
    settings::Settings,
};

/// Everything that an endpoint works with besides the request.
#[derive(Debug)]
pub struct Context<'a, P> {
    /// The configuration.
    pub settings: &'a Settings,
    /// The keys derived from the server's secret.
    pub keyring: &'a Keyring,
    /// The stores and the other services of the platform.
    pub ports: &'a P,
    /// The time of the request.
    pub now: UnixTime,
    log: RefCell<LogFacts>,
}

impl<'a, P> Context<'a, P> {
    /// A context for one request.
    pub fn new(settings: &'a Settings, keyring: &'a Keyring, ports: &'a P, now: UnixTime) -> Self {
        Self {
            settings,
            keyring,
            ports,
            now,
            log: RefCell::default(),
        }
    }

    /// Notes facts for the log line of this request. They are logged even if it is refused.
    pub(crate) fn log(&self, change: impl FnOnce(&mut LogFacts)) {
        change(&mut self.log.borrow_mut());
    }

    /// Takes the facts that were logged.
    pub(crate) fn logged(&self) -> LogFacts {
        self.log.take()
    }
}

/// The reason why an endpoint stops before its end.
#[derive(Debug)]
pub enum Stop {
    /// The request is refused.
    Refused(Refusal),
    /// The server failed.
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
