//! Step 8: the tokens' later life. Refresh (RFC 6749 §6), introspection (RFC 7662), revocation (RFC 7009), and
//! the session at the authorization server, which outlives them.

mod introspect;
mod part;
mod refresh;
mod refusals;
mod revoke;

use leptos::prelude::*;
use oauth_core::endpoint;

use super::called::Called;
use super::frame::value;
use super::jwt_view::Member;
use super::run::{finish, focus_soon};
use super::state::Flow;
use super::step::{Button, Page, Step, StepState};
use crate::task;
use crate::text::texts;
use part::{Part, frame};
use refresh::{Again, Renewal};

/// The end of the grant, as far as this page knows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    /// Nothing has ended it.
    NotYet,
    /// A refresh token was used twice.
    ReuseFound,
    /// This page revoked it.
    Revoked,
}

/// The state of the step's parts.
#[derive(Clone, Copy)]
pub(crate) struct Lifecycle {
    states: RwSignal<Vec<StepState>>,
    lose_answer: RwSignal<bool>,
    renewal: RwSignal<Option<Renewal>>,
    again: RwSignal<Option<Again>>,
    introspected: RwSignal<Vec<Member>>,
    end: RwSignal<End>,
    refusals: RwSignal<Vec<Called>>,
}

impl Lifecycle {
    /// A step that has not been taken.
    pub(crate) fn new() -> Self {
        Self {
            states: RwSignal::new(vec![StepState::Ready; Part::ALL.len()]),
            lose_answer: RwSignal::new(false),
            renewal: RwSignal::new(None),
            again: RwSignal::new(None),
            introspected: RwSignal::new(Vec::new()),
            end: RwSignal::new(End::NotYet),
            refusals: RwSignal::new(Vec::new()),
        }
    }

    /// Forgets everything.
    pub(crate) fn clear(self) {
        self.states.set(vec![StepState::Ready; Part::ALL.len()]);
        self.lose_answer.set(false);
        self.renewal.set(None);
        self.again.set(None);
        self.introspected.set(Vec::new());
        self.end.set(End::NotYet);
        self.refusals.set(Vec::new());
    }

    /// How a part stands.
    fn state(self, part: Part) -> StepState {
        let state = self.states.with(|states| states.get(part.index()).cloned());
        state.unwrap_or(StepState::Ready)
    }

    fn set_state(self, part: Part, state: StepState) {
        self.states.update(|states| {
            if let Some(place) = states.get_mut(part.index()) {
                *place = state;
            }
        });
    }
}

/// The step.
pub(crate) const STEP: Step = Step {
    id: "lifecycle",
    text: || &texts().flow.lifecycle,
    take: |flow| Box::pin(take(flow)),
    body: |flow| body(flow).into_any(),
    button: Button::OfParts,
    page: Page::Stays,
};

/// Takes every part that can still be taken. A refusal of one does not keep the next from being shown.
async fn take(flow: Flow) -> Result<String, String> {
    let mut refused = None;
    for part in Part::ALL {
        if !untrack(|| part.may_be_taken(flow)) {
            continue;
        }
        if let Err(text) = take_part(flow, part).await {
            refused.get_or_insert(text);
        }
    }
    refused.map_or_else(|| Ok(outcome(flow)), Err)
}

/// The outcome of the step.
fn outcome(flow: Flow) -> String {
    match flow.lifecycle.end.get_untracked() {
        End::NotYet => texts().lifecycle.lifecycle_goes_on.to_owned(),
        End::ReuseFound | End::Revoked => texts().lifecycle.lifecycle_done.to_owned(),
    }
}

async fn take_part(flow: Flow, part: Part) -> Result<(), String> {
    flow.lifecycle.set_state(part, StepState::Working);
    let result = match part {
        Part::Refresh => refresh::take(flow).await,
        Part::Introspect => introspect::take(flow).await,
        Part::Revoke => revoke::take(flow).await,
    };
    let (announcement, state, result) = match result {
        Ok(text) => (
            (texts().flow.step_done)(part.title(), &text),
            StepState::Done(text),
            Ok(()),
        ),
        Err(text) => (
            (texts().flow.step_refused)(part.title(), &text),
            StepState::Refused(text.clone()),
            Err(text),
        ),
    };
    flow.announcement.set(announcement);
    flow.lifecycle.set_state(part, state);
    result
}

/// Takes one part because its button was pressed, then puts the focus on the next button.
fn press(flow: Flow, part: Part) {
    begin(flow, async move {
        let went_well = take_part(flow, part).await.is_ok();
        flow.busy.set(false);
        if part == Part::Revoke && went_well {
            finish(flow, &STEP, outcome(flow));
        }
        let next = if went_well {
            untrack(|| part.onward(flow))
        } else {
            Some(part)
        };
        // No button is left: the step's heading keeps the focus among the steps.
        let last = || STEP.heading();
        focus_soon(next.map_or_else(last, Part::action_id));
    });
}

/// Sends the old refresh token again because its button was pressed.
fn press_again(flow: Flow) {
    begin(flow, async move {
        refresh::use_again(flow, texts().lifecycle.message_refresh_old).await;
        flow.busy.set(false);
        let ended = flow.lifecycle.end.get_untracked() != End::NotYet;
        focus_soon(if ended {
            Part::Revoke.action_id()
        } else {
            refresh::AGAIN_ID.to_owned()
        });
    });
}

fn begin(flow: Flow, work: impl Future<Output = ()> + 'static) {
    if flow.busy.get_untracked() {
        return;
    }
    flow.busy.set(true);
    task::spawn(flow.busy, work);
}

/// The parts one below the other, and what they leave behind.
fn body(flow: Flow) -> impl IntoView {
    view! {
        {frame(flow, Part::Refresh, refresh::switches(flow), refresh::results(flow))}
        {frame(flow, Part::Introspect, (), introspect::results(flow))}
        {frame(flow, Part::Revoke, (), revoke::results(flow))}
        {sign_out(flow)}
    }
}

/// The session at the authorization server: not this application's to end.
fn sign_out(flow: Flow) -> impl IntoView {
    let account = move || {
        flow.config.with(|config| {
            config
                .as_ref()
                .map(|config| [&config.issuer, endpoint::ACCOUNT].concat())
        })
    };
    view! {
        <section class="part" aria-labelledby="part-sign-out">
            <h3 id="part-sign-out">{texts().lifecycle.part_sign_out}</h3>
            <p class="small muted">{texts().lifecycle.about_sign_out}</p>
            {move || account().map(|url| view! {
                <p><a href=url target="_blank" rel="external noopener noreferrer">{texts().lifecycle.to_account}</a></p>
            })}
        </section>
    }
}
