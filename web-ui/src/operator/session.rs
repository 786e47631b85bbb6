//! The operator who is signed in. The token is here, in memory, and nowhere else.

use leptos::prelude::*;
use oauth_core::secret::Secret;

/// A person who signed in.
#[derive(Clone)]
pub(super) struct Operator {
    /// Who it is (`sub` of the ID token).
    pub(super) subject: String,
    /// The operator's access token; `None` where the scope was not granted.
    pub(super) token: Option<Secret<String>>,
}

/// The session of these pages: it outlives a visit to another page of the application, but no reload.
#[derive(Clone, Copy)]
pub(crate) struct Session(RwSignal<Option<Operator>>);

impl Session {
    /// Of the application: call it where that is mounted.
    pub(crate) fn provide() {
        provide_context(Self(RwSignal::new(None)));
    }

    /// The application's session.
    pub(super) fn of_application() -> Self {
        use_context().unwrap_or_else(|| Self(RwSignal::new(None)))
    }

    /// A person has signed in.
    pub(super) fn enter(self, operator: Operator) {
        self.0.set(Some(operator));
    }

    /// The token is forgotten.
    pub(super) fn leave(self) {
        self.0.set(None);
    }

    /// Who is signed in, whether the person may run or not.
    pub(super) fn subject(self) -> Option<String> {
        self.0
            .with(|operator| operator.as_ref().map(|known| known.subject.clone()))
    }

    /// The token to send.
    pub(super) fn token(self) -> Option<Secret<String>> {
        self.0
            .with_untracked(|operator| operator.as_ref()?.token.clone())
    }
}
