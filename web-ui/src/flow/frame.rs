//! The frame around each step, and the parts that steps share.

use leptos::prelude::*;

use super::exchange;
use super::run::press;
use super::state::Flow;
use super::step::{Button, Step, StepState};
use crate::text::texts;

/// One step: a region with its heading, its state, its button and its outcome.
#[component]
pub(crate) fn StepFrame(flow: Flow, step: &'static Step) -> impl IntoView {
    let body = (step.body)(flow);
    let heading = step.heading();
    let labelled = heading.clone();
    view! {
        <section class=move || flow.state(step).frame_class() id=step.region() aria-labelledby=labelled>
            <div class="step-head">
                <h2 id=heading tabindex="-1">{step.title()}</h2>
                <span class=move || flow.state(step).status_class()>{move || flow.state(step).word()}</span>
                {disclosure(flow, step)}
            </div>
            <div class="step-body" id=format!("{}-body", step.region()) hidden=move || !flow.is_shown(step)>
                <p class="muted">{(step.text)().about}</p>
                {body}
                {(step.button == Button::Framed).then(|| action(flow, step))}
                {move || outcome(&flow.state(step))}
            </div>
        </section>
    }
}

fn disclosure(flow: Flow, step: &'static Step) -> impl IntoView {
    let number = step.index() + 1;
    let name = move || {
        if flow.is_shown(step) {
            texts().flow.hide
        } else {
            texts().flow.show
        }
    };
    view! {
        <button
            type="button"
            class="button small quiet"
            aria-label=move || {
                if flow.is_shown(step) {
                    (texts().flow.hide_step)(number)
                } else {
                    (texts().flow.show_step)(number)
                }
            }
            aria-expanded=move || if flow.is_shown(step) { "true" } else { "false" }
            aria-controls=format!("{}-body", step.region())
            on:click=move |_| flow.show(step, !untrack(|| flow.is_shown(step)))
        >
            {name}
        </button>
    }
}

fn action(flow: Flow, step: &'static Step) -> impl IntoView {
    let finished = move || {
        matches!(flow.state(step), StepState::Done(_))
            || (step == &exchange::STEP && exchange::lost(flow))
    };
    view! {
        <div class="row" hidden=finished>
            <button
                type="button"
                class="button primary"
                id=step.action_id()
                disabled=move || !flow.state(step).may_be_taken() || flow.busy.get()
                on:click=move |_| press(flow, step)
            >
                {(step.text)().action}
            </button>
        </div>
    }
}

/// The outcome, in words.
pub(crate) fn outcome(state: &StepState) -> impl IntoView + use<> {
    let class = if matches!(state, StepState::Refused(_)) {
        "notice bad"
    } else {
        "notice ok"
    };
    let word = state.word();
    state.outcome().map(|text| {
        view! { <p class=class><strong>{word}": "</strong>{text.to_owned()}</p> }
    })
}

/// A named value with one line about it.
pub(crate) fn value(
    name: impl IntoView,
    text: String,
    about: impl IntoView,
    class: &'static str,
) -> impl IntoView {
    let text = (!text.is_empty()).then(|| view! { <dd class="mono">{text}</dd> });
    view! {
        <div class=format!("value {class}")>
            <dt>{name}</dt>
            {text}
            <dd class="small">{about}</dd>
        </div>
    }
}

/// A switch that makes the next request a wrong one.
pub(crate) fn tamper(
    name: &'static str,
    about: &'static str,
    switch: RwSignal<bool>,
    enabled: impl Fn() -> bool + Send + Sync + 'static,
) -> impl IntoView {
    view! {
        <div class="tamper">
            <label class="switch">
                <input
                    type="checkbox"
                    disabled=move || !enabled()
                    prop:checked=move || switch.get()
                    on:change:target=move |event| switch.set(event.target().checked())
                />
                {name}
            </label>
            <p class="small muted">{about}</p>
        </div>
    }
}
