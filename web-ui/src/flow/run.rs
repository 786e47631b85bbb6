//! Takes steps: one, or all that are left; begins again; finds the place after a reload.

use leptos::prelude::*;

use super::saved::Progress;
use super::state::Flow;
use super::step::{Page, Step, StepState};
use super::{STEPS, answer, exchange, prepare, request, sign_in};
use crate::browser;
use crate::task;
use crate::text::texts;

/// Takes one step. True when it went well.
pub(crate) async fn take(flow: Flow, step: &'static Step) -> bool {
    flow.set_state(step, StepState::Working);
    flow.show(step, true);
    let result = (step.take)(flow).await;
    match result {
        Ok(text) if step.page == Page::Left => {
            // The browser is about to leave; if it comes back by its own button, the step can be taken again.
            flow.announcement.set(text);
            flow.set_state(step, StepState::Ready);
            true
        }
        Ok(text) => {
            finish(flow, step, text);
            true
        }
        Err(text) => {
            flow.announcement
                .set((texts().flow.step_refused)(&step.title(), &text));
            flow.set_state(step, StepState::Refused(text));
            false
        }
    }
}

/// Writes down what came of a step, closes those before it and opens the next one.
pub(crate) fn finish(flow: Flow, step: &'static Step, text: String) {
    flow.announcement
        .set((texts().flow.step_done)(&step.title(), &text));
    flow.set_state(step, StepState::Done(text));
    for earlier in STEPS.into_iter().take(step.index()) {
        flow.show(earlier, false);
    }
    if let Some(next) = step.next() {
        flow.set_state(next, StepState::Ready);
        flow.show(next, true);
    }
}

/// Takes one step because its button was pressed, then puts the focus on the next button.
pub(crate) fn press(flow: Flow, step: &'static Step) {
    if flow.busy.get_untracked() {
        return;
    }
    flow.busy.set(true);
    flow.remember(|saved| saved.run_all = false);
    task::spawn(flow.busy, async move {
        let went_well = take(flow, step).await;
        flow.busy.set(false);
        let next = if went_well { step.next() } else { Some(step) };
        if step.page != Page::Left {
            // The last step's button is gone: its heading keeps the focus among the steps.
            let last = || step.heading();
            focus_soon(next.map_or_else(last, Step::action_id));
        }
    });
}

/// The page is drawn before the focus moves.
pub(crate) fn focus_soon(id: String) {
    leptos::leptos_dom::helpers::request_animation_frame(move || browser::focus(&id));
}

/// Takes all steps that are left, from the first one if all are done.
pub(crate) fn press_all(flow: Flow) {
    if flow.busy.get_untracked() {
        return;
    }
    let used = flow
        .saved
        .with_untracked(|saved| saved.progress == Progress::Redeemed);
    let lost = used && flow.tokens.with_untracked(Option::is_none);
    if lost || flow.current().is_none() {
        begin(flow);
    }
    flow.remember(|saved| saved.run_all = true);
    task::spawn(flow.busy, take_all(flow));
}

async fn take_all(flow: Flow) {
    flow.busy.set(true);
    while let Some(step) = flow.current() {
        if !take(flow, step).await || step.page == Page::Left {
            break;
        }
    }
    if flow.current().is_none_or(|step| step.page != Page::Left) {
        flow.remember(|saved| saved.run_all = false);
    }
    flow.busy.set(false);
}

/// Begins again at the first step.
pub(crate) fn begin(flow: Flow) {
    flow.clear();
    browser::replace_address(wire::Page::Flow.path());
    flow.set_state(&prepare::STEP, StepState::Ready);
    flow.show(&prepare::STEP, true);
}

/// Begins again with new one-time values and a new request: nothing of an old one may be used twice.
pub(crate) fn begin_at_request(flow: Flow) {
    begin(flow);
    task::spawn(flow.busy, async move {
        flow.busy.set(true);
        if take(flow, &prepare::STEP).await {
            focus_soon(request::STEP.action_id());
        }
        flow.busy.set(false);
    });
}

/// Finds the place that this tab left.
pub(crate) fn restore(flow: Flow) {
    let saved = flow.saved.get_untracked();
    if saved.seed.is_none() {
        begin(flow);
        if saved.answer.is_some() {
            flow.announcement
                .set(texts().authorization.unasked_answer.to_owned());
        }
        return;
    }
    task::spawn(flow.busy, async move {
        flow.busy.set(true);
        if let Err(cause) = flow.discover().await {
            begin(flow);
            flow.set_state(&prepare::STEP, StepState::Refused(cause));
            flow.busy.set(false);
            return;
        }
        prepare::restore(flow);
        finish(
            flow,
            &prepare::STEP,
            texts().authorization.prepared.to_owned(),
        );
        if saved.pending.is_some() {
            finish(
                flow,
                &request::STEP,
                texts().authorization.request_built.to_owned(),
            );
            restore_answer(flow).await;
        }
        flow.busy.set(false);
    });
}

async fn restore_answer(flow: Flow) {
    let saved = flow.saved.get_untracked();
    if saved.answer.is_none() {
        return;
    }
    sign_in::restore(flow);
    finish(
        flow,
        &sign_in::STEP,
        texts().authorization.came_back.to_owned(),
    );
    if saved.progress != Progress::Unchecked {
        let fits = take(flow, &answer::STEP).await;
        if fits && saved.progress == Progress::Redeemed {
            flow.set_state(
                &exchange::STEP,
                StepState::Refused(texts().tokens.tokens_lost.to_owned()),
            );
            flow.announcement.set(texts().tokens.tokens_lost.to_owned());
        }
    } else if saved.run_all {
        take_all(flow).await;
    } else {
        focus_soon(answer::STEP.action_id());
    }
}
