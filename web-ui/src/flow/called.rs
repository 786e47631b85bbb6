//! A call made to see how it is answered, and the line that says whether the answer was the right one.

use leptos::prelude::*;
use oauth_client::HttpCall;
use serde::Deserialize;

use super::frame::value;
use super::state::Flow;
use crate::message::Message;
use crate::party::Party;
use crate::text::texts;

/// The answer that must come.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Expected {
    /// The status.
    pub(crate) status: u16,
    /// The error code beside it; `None` where any will do.
    pub(crate) error: Option<&'static str>,
}

impl Expected {
    /// Only the status counts.
    pub(crate) const fn status(status: u16) -> Self {
        Self {
            status,
            error: None,
        }
    }
}

/// A call that was made, and its answer.
#[derive(Clone)]
pub(crate) struct Called {
    title: &'static str,
    request: String,
    status: u16,
    error: Option<String>,
    as_expected: bool,
    about: &'static str,
}

/// A refusal's code (RFC 6749 §5.2; the resource server's bodies have the same form).
#[derive(Deserialize)]
struct Refusal {
    error: String,
}

impl Called {
    /// Makes the call; `about` says what a status means here.
    pub(crate) async fn make(
        flow: Flow,
        to: Party,
        title: &'static str,
        call: HttpCall,
        expected: Expected,
        about: fn(u16) -> &'static str,
    ) -> Result<Self, String> {
        let request = Message::label_of(&call);
        let answered = flow.ask(to, title, call).await?;
        let error = serde_json::from_str::<Refusal>(&answered.body)
            .ok()
            .map(|refusal| refusal.error);
        let named = |name: &str| error.as_deref() == Some(name);
        let as_expected = answered.status == expected.status && expected.error.is_none_or(named);
        Ok(Self {
            title,
            request,
            status: answered.status,
            error,
            as_expected,
            about: about(answered.status),
        })
    }

    /// Whether the answer was the one that must come.
    pub(crate) const fn is_as_expected(&self) -> bool {
        self.as_expected
    }

    /// The answer's status.
    pub(crate) const fn status(&self) -> u16 {
        self.status
    }

    /// The call and its answer in view.
    pub(crate) fn line(&self) -> impl IntoView + use<> {
        let class = if self.as_expected { "ok" } else { "bad" };
        let word = match (self.as_expected, self.status) {
            (true, 200..=299) => texts().tokens.allowed,
            (true, _) => texts().tokens.refused_rightly,
            (false, _) => texts().tokens.unexpected,
        };
        let answer = match &self.error {
            Some(error) => format!("{} {error} · {word}", self.status),
            None => format!("{} · {word}", self.status),
        };
        let name = view! {
            {self.title}
            <span class=format!("status {class}")>{answer}</span>
        };
        value(name, self.request.clone(), self.about, class)
    }
}
