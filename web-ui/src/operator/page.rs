//! The state of the operator's page: signals that its parts read, and calls that write them.

use leptos::prelude::*;
use oauth_client::HttpCall;
use serde::de::DeserializeOwned;
use wire::{Config, OperatorAuth, Provoke, Run, Status, Trouble};

use super::answer::{Refused, read};
use super::duration::milliseconds;
use super::many::Many;
use super::session::Session;
use super::sign_in::{self, Trip};
use crate::browser;
use crate::config;
use crate::fetch::{send, send_within};
use crate::message::Reply;
use crate::task;
use crate::text::texts;

/// How many runs the page keeps in full.
const KEPT: usize = 220;
/// A run may wait for its retries, and for its turn among many.
const RUN_PATIENCE_MILLISECONDS: u32 = 120_000;

/// Whether the person may act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Authorization {
    /// Not known yet.
    Asking,
    /// Anyone may.
    NotRequired,
    /// A sign-in is needed.
    Required,
    /// The token that was sent is of no use any more.
    Expired,
    /// The person who signed in may not.
    NotOperator,
    /// The sign-in did not succeed.
    Failed(String),
    /// The person is signed in and may.
    Granted,
}

impl Authorization {
    /// Whether calls may be made.
    pub(super) const fn allows_calls(&self) -> bool {
        matches!(self, Self::NotRequired | Self::Granted)
    }
}

/// A run of this page, in full.
#[derive(Clone, PartialEq)]
pub(super) struct RunShown {
    /// Its number on this page, from 1.
    pub(super) number: u32,
    /// The run.
    pub(super) run: Run,
    /// The answer as it came.
    pub(super) body: String,
}

/// The caller's state at a moment.
#[derive(Clone, PartialEq)]
pub(super) struct Snapshot {
    /// The state.
    pub(super) status: Status,
    /// When it arrived, in seconds since 1970 by this browser's clock.
    pub(super) at: i64,
}

/// The state of the page.
#[derive(Clone, Copy)]
pub(super) struct OperatorPage {
    /// Who is signed in.
    pub(super) session: Session,
    /// Whether the person may act.
    pub(super) authorization: RwSignal<Authorization>,
    /// The runs of this page, the latest first.
    pub(super) runs: RwSignal<Vec<RunShown>>,
    /// The run that was chosen to be shown; `None` follows the latest.
    pub(super) chosen: RwSignal<Option<u32>>,
    /// The caller's state.
    pub(super) snapshot: RwSignal<Option<Snapshot>>,
    /// Whether the last request for it was not answered.
    pub(super) unanswered: RwSignal<bool>,
    /// The last error.
    pub(super) failure: RwSignal<Option<String>>,
    /// The announcement for screen readers.
    pub(super) announcement: RwSignal<String>,
    /// Whether a run is on its way.
    pub(super) busy: RwSignal<bool>,
    /// Whether a trouble is being started or ended; no run begins before that is known.
    pub(super) provoking: RwSignal<bool>,
    /// How often the troubles were changed here.
    changes: RwSignal<u32>,
    /// Many runs at once.
    pub(super) many: RwSignal<Option<Many>>,
    /// Seconds since 1970, while the page is seen.
    pub(super) now: RwSignal<i64>,
    /// When the caller's state was last asked for.
    pub(super) asked_at: RwSignal<i64>,
    config: RwSignal<Option<Config>>,
}

impl OperatorPage {
    /// The state before anything was asked.
    pub(super) fn new() -> Self {
        Self {
            session: Session::of_application(),
            authorization: RwSignal::new(Authorization::Asking),
            runs: RwSignal::new(Vec::new()),
            chosen: RwSignal::new(None),
            snapshot: RwSignal::new(None),
            unanswered: RwSignal::new(false),
            failure: RwSignal::new(None),
            announcement: RwSignal::new(String::new()),
            busy: RwSignal::new(false),
            provoking: RwSignal::new(false),
            changes: RwSignal::new(0),
            many: RwSignal::new(None),
            now: RwSignal::new(browser::now()),
            asked_at: RwSignal::new(browser::now()),
            config: RwSignal::new(None),
        }
    }

    /// Does something for as long as the page is there.
    pub(super) fn spawn(self, task: impl Future<Output = ()> + 'static) {
        task::spawn(self.busy, task);
    }

    /// Finds out who may act here, and finishes a sign-in that has come back.
    pub(super) async fn open(self) {
        let config = match config::load().await {
            Ok(config) => config,
            Err(cause) => return self.failure.set(Some(cause)),
        };
        let authorization = match (config.operator_auth, Trip::finished()) {
            (OperatorAuth::Open, _) => Authorization::NotRequired,
            (OperatorAuth::Required, Some(trip)) => self.arrive(trip).await,
            (OperatorAuth::Required, None) => self.remembered(),
        };
        self.config.set(Some(config));
        self.authorization.set(authorization);
        self.refresh().await;
    }

    async fn arrive(self, trip: Trip) -> Authorization {
        self.announcement
            .set(texts().operator.signing_in.to_owned());
        let authorization = match sign_in::arrive(trip).await {
            Ok(operator) => {
                self.session.enter(operator);
                self.remembered()
            }
            Err(cause) => Authorization::Failed(cause),
        };
        self.announcement.set(String::new());
        authorization
    }

    fn remembered(self) -> Authorization {
        let someone = untrack(|| self.session.subject()).is_some();
        match self.session.token() {
            Some(_) => Authorization::Granted,
            None if someone => Authorization::NotOperator,
            None => Authorization::Required,
        }
    }

    /// Leaves for the authorization server.
    pub(super) async fn sign_in(self) {
        let Some(config) = self.config.get_untracked() else {
            return;
        };
        let anew = self.authorization.get_untracked() == Authorization::NotOperator;
        if let Err(cause) = sign_in::leave(&config, anew).await {
            self.authorization.set(Authorization::Failed(cause));
        }
    }

    /// Forgets the token, and everything that it gave access to.
    pub(super) fn sign_out(self) {
        self.session.leave();
        self.snapshot.set(None);
        self.runs.set(Vec::new());
        self.many.set(None);
        self.authorization.set(Authorization::Required);
    }

    /// Asks for the caller's state.
    pub(super) async fn refresh(self) {
        if !self
            .authorization
            .with_untracked(Authorization::allows_calls)
        {
            return;
        }
        self.asked_at.set(browser::now());
        let changes = self.changes.get_untracked();
        let call = HttpCall::get(format!("{}/m2m/status", browser::origin()));
        match read_reply::<Status>(send(&self.with_token(call)).await) {
            // An answer from before a change would show the trouble of before.
            Ok(_) if self.changes.get_untracked() != changes => {}
            Ok((status, _)) => self.show(status),
            Err(Refused::Said(_)) => self.unanswered.set(true),
            Err(refused) => self.refuse(refused),
        }
    }

    fn show(self, status: Status) {
        let at = browser::now();
        self.unanswered.set(false);
        self.now.set(at);
        self.snapshot.set(Some(Snapshot { status, at }));
    }

    /// Runs once, because the button was pressed.
    pub(super) async fn run(self) {
        self.busy.set(true);
        self.failure.set(None);
        self.chosen.set(None);
        self.many.set(None);
        self.announcement
            .set(texts().operator.run_working.to_owned());
        match self.run_one().await {
            Ok(shown) => self.announcement.set(outcome(&shown.run)),
            Err(refused) => self.refuse(refused),
        }
        self.refresh().await;
        self.busy.set(false);
    }

    /// One run, kept in full.
    pub(super) async fn run_one(self) -> Result<RunShown, Refused> {
        let call = HttpCall::post_json(format!("{}/m2m/run", browser::origin()), "{}");
        let reply = send_within(&self.with_token(call), RUN_PATIENCE_MILLISECONDS).await;
        let (run, body) = read_reply::<Run>(reply)?;
        let latest = self
            .runs
            .with_untracked(|runs| runs.first().map(|latest| latest.number));
        let shown = RunShown {
            number: latest.unwrap_or_default() + 1,
            run,
            body,
        };
        self.runs.update(|runs| {
            runs.insert(0, shown.clone());
            runs.truncate(KEPT);
        });
        Ok(shown)
    }

    /// Provokes a trouble, or ends the one there is.
    pub(super) async fn provoke(self, trouble: Option<Trouble>) {
        self.provoking.set(true);
        self.failure.set(None);
        self.ask_for(trouble).await;
        self.provoking.set(false);
    }

    async fn ask_for(self, trouble: Option<Trouble>) {
        let Ok(asked) = serde_json::to_string(&Provoke { trouble }) else {
            return;
        };
        let call = HttpCall::post_json(format!("{}/m2m/trouble", browser::origin()), asked);
        match read_reply::<Status>(send(&self.with_token(call)).await) {
            Ok((status, _)) => {
                self.changes.update(|changes| *changes += 1);
                self.show(status);
                let name = |trouble| (texts().operator.trouble_words)(trouble).0;
                self.announcement.set(trouble.map_or_else(
                    || texts().operator.trouble_ended.to_owned(),
                    |trouble| (texts().operator.provoked)(name(trouble)),
                ));
            }
            Err(refused) => self.refuse(refused),
        }
    }

    /// Shows why something was refused; a token that is of no use is forgotten.
    pub(super) fn refuse(self, refused: Refused) {
        match refused {
            Refused::NoToken => {
                self.session.leave();
                self.authorization.set(Authorization::Expired);
            }
            Refused::NotOperator => self.authorization.set(Authorization::NotOperator),
            Refused::Said(text) => self.failure.set(Some(text)),
        }
        self.announcement.set(String::new());
    }

    /// A value read from the run that is shown.
    pub(super) fn shown<T>(self, read: impl FnOnce(&RunShown) -> T) -> Option<T> {
        let chosen = self.chosen.get();
        self.runs.with(|runs| {
            let wanted = |one: &&RunShown| chosen.is_none_or(|number| number == one.number);
            runs.iter().find(wanted).map(read)
        })
    }

    /// The call with the person's token, where there is one.
    fn with_token(self, call: HttpCall) -> HttpCall {
        match self.session.token() {
            Some(token) => call.with_bearer(&token),
            None => call,
        }
    }
}

fn read_reply<T: DeserializeOwned>(reply: Reply) -> Result<(T, String), Refused> {
    match reply {
        Reply::Answered(answered) => {
            read(answered.status, &answered.body).map(|value| (value, answered.body))
        }
        Reply::Unreachable(cause) => Err(Refused::Said((texts().wire.no_answer_because)(&cause))),
        Reply::Navigated => Err(Refused::Said(texts().wire.no_answer.to_owned())),
    }
}

/// `Done, 12 ms`.
fn outcome(run: &Run) -> String {
    let sentence = if run.outcome.is_success() {
        texts().operator.run_done
    } else {
        texts().operator.run_failed
    };
    sentence(&milliseconds(run.milliseconds))
}
