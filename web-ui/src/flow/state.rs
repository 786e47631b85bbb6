//! The walkthrough's state: signals that the steps write and the page reads.

use leptos::prelude::*;
use oauth_client::code_flow::{
    Check, ClientSettings, CodeReceived, ProviderMetadata, metadata_urls,
};
use oauth_client::{HttpCall, Tokens};

use super::STEPS;
use super::called::Called;
use super::lifecycle::Lifecycle;
use super::saved::Saved;
use super::step::{Step, StepState};
use super::tokens::Opened;
use crate::config::{self, Config};
use crate::fetch::send;
use crate::message::{Answered, Message, Reply, Row};
use crate::party::Party;
use crate::text::texts;

/// Everything that the walkthrough knows. Tokens are only here, in memory.
#[derive(Clone, Copy)]
pub(crate) struct Flow {
    pub(crate) config: RwSignal<Option<Config>>,
    pub(crate) metadata: RwSignal<Option<ProviderMetadata>>,
    pub(crate) rows: RwSignal<Vec<Row>>,
    pub(crate) saved: RwSignal<Saved>,
    pub(crate) checks: RwSignal<Vec<Check>>,
    pub(crate) received: RwSignal<Option<CodeReceived>>,
    pub(crate) tokens: RwSignal<Option<Tokens>>,
    pub(crate) replayed: RwSignal<Option<String>>,
    pub(crate) opened: RwSignal<Vec<Opened>>,
    pub(crate) called: RwSignal<Vec<Called>>,
    pub(crate) lifecycle: Lifecycle,
    pub(crate) scope: RwSignal<String>,
    pub(crate) change_state: RwSignal<bool>,
    pub(crate) wrong_verifier: RwSignal<bool>,
    pub(crate) use_twice: RwSignal<bool>,
    pub(crate) announcement: RwSignal<String>,
    pub(crate) busy: RwSignal<bool>,
    states: RwSignal<Vec<StepState>>,
    shown: RwSignal<Vec<bool>>,
}

impl Flow {
    /// A walkthrough at its beginning, or where this tab left it.
    pub(crate) fn new() -> Self {
        let saved = Saved::read();
        Self {
            config: RwSignal::new(None),
            metadata: RwSignal::new(None),
            rows: RwSignal::new(Vec::new()),
            checks: RwSignal::new(Vec::new()),
            received: RwSignal::new(None),
            tokens: RwSignal::new(None),
            replayed: RwSignal::new(None),
            opened: RwSignal::new(Vec::new()),
            called: RwSignal::new(Vec::new()),
            lifecycle: Lifecycle::new(),
            scope: RwSignal::new(saved.scope.clone().unwrap_or_default()),
            change_state: RwSignal::new(false),
            wrong_verifier: RwSignal::new(false),
            use_twice: RwSignal::new(false),
            announcement: RwSignal::new(String::new()),
            busy: RwSignal::new(false),
            states: RwSignal::new(vec![StepState::Waiting; STEPS.len()]),
            shown: RwSignal::new(vec![false; STEPS.len()]),
            saved: RwSignal::new(saved),
        }
    }

    /// The state of a step.
    pub(crate) fn state(self, step: &Step) -> StepState {
        self.states.with(|states| {
            states
                .get(step.index())
                .cloned()
                .unwrap_or(StepState::Waiting)
        })
    }

    /// Sets the state of a step.
    pub(crate) fn set_state(self, step: &Step, state: StepState) {
        self.states.update(|states| {
            if let Some(place) = states.get_mut(step.index()) {
                *place = state;
            }
        });
    }

    /// Whether a step's body is open.
    pub(crate) fn is_shown(self, step: &Step) -> bool {
        self.shown
            .with(|shown| shown.get(step.index()).copied().unwrap_or(false))
    }

    /// Opens or closes a step's body.
    pub(crate) fn show(self, step: &Step, open: bool) {
        self.shown.update(|shown| {
            if let Some(place) = shown.get_mut(step.index()) {
                *place = open;
            }
        });
    }

    /// The step that comes next: the first that is not done.
    pub(crate) fn current(self) -> Option<&'static Step> {
        untrack(|| {
            STEPS
                .into_iter()
                .find(|step| !matches!(self.state(step), StepState::Done(_)))
        })
    }

    /// Changes what a reload must find again, and writes it.
    pub(crate) fn remember(self, change: impl FnOnce(&mut Saved)) {
        self.saved.update(change);
        self.saved.with_untracked(Saved::save);
    }

    /// Adds what the client did by itself to the conversation.
    pub(crate) fn note(self, text: &'static str) {
        self.rows.update(|rows| rows.push(Row::Note(text)));
    }

    /// Adds a message to the conversation.
    pub(crate) fn record(self, message: Message) {
        self.rows
            .update(|rows| rows.push(Row::Message(Box::new(message))));
    }

    /// Sends a call, and shows it and its answer in the conversation.
    pub(crate) async fn ask(
        self,
        to: Party,
        title: &'static str,
        call: HttpCall,
    ) -> Result<Answered, String> {
        let reply = send(&call).await;
        self.record(Message {
            from: Party::App,
            to,
            title,
            call,
            reply: reply.clone(),
        });
        match reply {
            Reply::Answered(answered) => Ok(answered),
            Reply::Unreachable(cause) => Err((texts().wire.did_not_answer)(to.name(), &cause)),
            Reply::Navigated => Err(texts().wire.navigated.to_owned()),
        }
    }

    /// Learns the configuration and the provider's metadata, once.
    pub(crate) async fn discover(self) -> Result<ProviderMetadata, String> {
        if let Some(known) = self.metadata.get_untracked() {
            return Ok(known);
        }
        let config = config::load().await?;
        let issuer = config.issuer.clone();
        if self.scope.with_untracked(String::is_empty) {
            self.scope.set(config.scopes.join(" "));
        }
        self.config.set(Some(config));
        let [url, _] = metadata_urls(&issuer).ok_or_else(|| texts().wire.bad_issuer.to_owned())?;
        let answered = self
            .ask(
                Party::Auth,
                texts().authorization.message_metadata,
                HttpCall::get(url),
            )
            .await?;
        let metadata = ProviderMetadata::parse(&issuer, answered.body.as_bytes())
            .map_err(|refused| (texts().authorization.metadata_refused)(&refused))?;
        self.metadata.set(Some(metadata.clone()));
        Ok(metadata)
    }

    /// Who asks, and for what.
    pub(crate) fn settings(self) -> Option<ClientSettings> {
        let scope = self.scope.get();
        self.config.with(|config| {
            config.as_ref().map(|config| ClientSettings {
                client_id: config.client_id.clone(),
                redirect_uri: config.redirect_uri.clone(),
                scope: scope.split_whitespace().collect::<Vec<_>>().join(" "),
                resource: Some(config.api.clone()),
            })
        })
    }

    /// The resource server's origin.
    pub(crate) fn api(self) -> Result<String, String> {
        let api = self
            .config
            .with_untracked(|config| config.as_ref().map(|config| config.api.clone()));
        api.ok_or_else(|| texts().wire.bad_config.to_owned())
    }

    /// Forgets everything from this walkthrough, but keeps the scope that was typed.
    pub(crate) fn clear(self) {
        Saved::forget();
        self.saved.set(Saved::default());
        self.metadata.set(None);
        self.rows.set(Vec::new());
        self.checks.set(Vec::new());
        self.received.set(None);
        self.tokens.set(None);
        self.replayed.set(None);
        self.opened.set(Vec::new());
        self.called.set(Vec::new());
        self.lifecycle.clear();
        self.announcement.set(String::new());
        for tamper in [self.change_state, self.wrong_verifier, self.use_twice] {
            tamper.set(false);
        }
        for step in STEPS {
            self.set_state(step, StepState::Waiting);
            self.show(step, false);
        }
    }
}
