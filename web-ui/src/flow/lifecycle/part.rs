//! The parts of the step, and the frame around each of them.

use leptos::prelude::*;

use super::super::frame::outcome;
use super::super::state::Flow;
use super::super::step::StepState;
use super::{End, press};
use crate::text::texts;

/// A part of the step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// New tokens for the refresh token.
    Refresh,
    /// Introspection of the access token.
    Introspect,
    /// The end of the grant.
    Revoke,
}

impl Part {
    /// All parts, in their order.
    pub(super) const ALL: [Self; 3] = [Self::Refresh, Self::Introspect, Self::Revoke];

    /// The part's place, from 0.
    pub(super) const fn index(self) -> usize {
        self as usize
    }

    /// Where to go on after this part: to the next one, else to this one again.
    pub(super) fn onward(self, flow: Flow) -> Option<Self> {
        let next = Self::ALL.get(self.index() + 1).copied();
        let open = |part: &Self| part.may_be_taken(flow);
        next.filter(open).or(Some(self).filter(open))
    }

    /// The first part that can be taken and has not been.
    fn turn(flow: Flow) -> Option<Self> {
        Self::ALL.into_iter().find(|part| {
            part.may_be_taken(flow) && !matches!(flow.lifecycle.state(*part), StepState::Done(_))
        })
    }

    /// The title of the part.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Refresh => texts().lifecycle.part_refresh,
            Self::Introspect => texts().lifecycle.part_introspect,
            Self::Revoke => texts().lifecycle.part_revoke,
        }
    }

    fn about(self) -> &'static str {
        match self {
            Self::Refresh => texts().lifecycle.about_refresh,
            Self::Introspect => texts().lifecycle.about_introspect,
            Self::Revoke => texts().lifecycle.about_revoke,
        }
    }

    fn action(self) -> &'static str {
        match self {
            Self::Refresh => texts().lifecycle.do_refresh,
            Self::Introspect => texts().lifecycle.do_introspect,
            Self::Revoke => texts().lifecycle.do_revoke,
        }
    }

    const fn slug(self) -> &'static str {
        match self {
            Self::Refresh => "refresh",
            Self::Introspect => "introspect",
            Self::Revoke => "revoke",
        }
    }

    /// The id of the part's button. That of the first is the step's, which gets the focus when it is its turn.
    pub(super) fn action_id(self) -> String {
        match self {
            Self::Refresh => super::STEP.action_id(),
            Self::Introspect | Self::Revoke => format!("part-{}-action", self.slug()),
        }
    }

    /// Whether the part can be taken now: refreshing an ended grant would show nothing new.
    pub(super) fn may_be_taken(self, flow: Flow) -> bool {
        let there = flow.tokens.with(Option::is_some);
        let turn = !matches!(flow.state(&super::STEP), StepState::Waiting);
        let end = flow.lifecycle.end.get();
        there
            && turn
            && match self {
                Self::Refresh => end == End::NotYet && has_refresh_token(flow),
                Self::Introspect => true,
                Self::Revoke => !matches!(flow.lifecycle.state(self), StepState::Done(_)),
            }
    }
}

/// Whether there is something to refresh with.
pub(super) fn has_refresh_token(flow: Flow) -> bool {
    flow.tokens.with(|tokens| {
        tokens
            .as_ref()
            .is_some_and(|tokens| tokens.refresh_token.is_some())
    })
}

/// One part: its heading and state, its switches and its button, and what came of it.
pub(super) fn frame(
    flow: Flow,
    part: Part,
    switches: impl IntoView,
    results: impl IntoView,
) -> impl IntoView {
    let heading = format!("part-{}", part.slug());
    let state = move || flow.lifecycle.state(part);
    let class = move || {
        if Part::turn(flow) == Some(part) {
            "button primary"
        } else {
            "button"
        }
    };
    view! {
        <section class="part" aria-labelledby=heading.clone()>
            <div class="part-head">
                <h3 id=heading.clone()>{part.title()}</h3>
                <span class=move || state().status_class()>{move || state().word()}</span>
            </div>
            <p class="small muted">{part.about()}</p>
            {switches}
            <div class="row">
                <button
                    type="button"
                    class=class
                    id=part.action_id()
                    disabled=move || !part.may_be_taken(flow) || flow.busy.get()
                    on:click=move |_| press(flow, part)
                >
                    {part.action()}
                </button>
            </div>
            {move || outcome(&state())}
            {results}
        </section>
    }
}
