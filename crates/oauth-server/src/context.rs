//! The context of a request, and the reasons to stop before its end.

use std::cell::{Cell, Ref, RefCell};

use oauth_core::{
    Fault, Refusal, UnixTime,
    form::Form,
    http::{Answer, Headers, Incoming, LogFacts},
    keyring::Keyring,
    language,
    settings::Settings,
};

use crate::{
    audit::Origin,
    page::text::{self, Text},
    rate::Counted,
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
    counted: Counted,
    log: RefCell<LogFacts>,
    origin: RefCell<Origin>,
    text: Cell<&'static Text>,
}

impl<'a, P> Context<'a, P> {
    /// A context for one request.
    pub fn new(settings: &'a Settings, keyring: &'a Keyring, ports: &'a P, now: UnixTime) -> Self {
        Self {
            settings,
            keyring,
            ports,
            now,
            counted: Counted::Not,
            log: RefCell::default(),
            origin: RefCell::default(),
            text: Cell::new(text::ENGLISH),
        }
    }

    /// The same, for a request to a route whose requests are counted.
    #[must_use]
    pub const fn counted_as(mut self, counted: Counted) -> Self {
        self.counted = counted;
        self
    }

    /// How this request is counted.
    pub(crate) const fn counted(&self) -> Counted {
        self.counted
    }

    /// The texts of the user's language.
    pub(crate) fn text(&self) -> &'static Text {
        self.text.get()
    }

    /// Chooses the language that the browser prefers.
    pub(crate) fn accept_language(&self, headers: &Headers) {
        let header = headers.value("accept-language");
        self.choose(header.and_then(|header| language::accepted(header, text::of)));
    }

    /// Chooses the language that an authorization request asks for (OIDC Core §3.1.2.1). It is no error if there is none.
    pub(crate) fn ui_locales(&self, form: &Form) {
        let locales = form.one("ui_locales").ok().flatten();
        self.choose(locales.and_then(|tags| language::first(tags.split(' '), text::of)));
    }

    fn choose(&self, text: Option<&'static Text>) {
        if let Some(text) = text {
            self.text.set(text);
        }
    }

    /// Notes where this request comes from, for the audit log.
    pub(crate) fn comes_from(&self, request: &Incoming) {
        self.origin.replace(Origin::of(request));
    }

    /// Notes what becomes known of the client that sent this request.
    pub(crate) fn note_client(&self, change: impl FnOnce(&mut Origin)) {
        change(&mut self.origin.borrow_mut());
    }

    /// Where this request comes from.
    pub(crate) fn origin(&self) -> Ref<'_, Origin> {
        self.origin.borrow()
    }

    /// Notes facts for the log line of this request. They are logged even if it is refused.
    pub(crate) fn log(&self, change: impl FnOnce(&mut LogFacts)) {
        change(&mut self.log.borrow_mut());
    }

    /// The grant type of a token request, as it was logged.
    pub(crate) fn grant_type(&self) -> Option<&'static str> {
        self.log.borrow().grant_type
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
