//! The walkthrough: the authorization code flow with PKCE, step by step, on real messages.

mod answer;
mod call;
mod called;
mod exchange;
mod frame;
mod jwt_view;
mod lifecycle;
mod prepare;
mod request;
mod run;
mod saved;
mod sign_in;
mod state;
mod step;
mod tokens;

use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wire::Page;

use crate::browser;
use crate::diagram::Conversation;
use crate::pages::{Menu, PageEntry};
use crate::text::{placed, texts};
pub(crate) use answer::explained;
use frame::StepFrame;
use saved::{Progress, Saved};
use state::Flow;
use step::Step;

/// The steps, in their order. To add one, write its file, list it here and write its texts.
const STEPS: [&Step; 8] = [
    &prepare::STEP,
    &request::STEP,
    &sign_in::STEP,
    &answer::STEP,
    &exchange::STEP,
    &tokens::STEP,
    &call::STEP,
    &lifecycle::STEP,
];

/// The id of the region in which the keys act. A click anywhere in it gives it the focus.
const REGION: &str = "walkthrough";

/// Takes the authorization server's answer out of the address bar, before anything else sees it:
/// it is saved for this tab, and the code does not stay in the history.
pub(crate) fn take_answer() {
    let (path, query) = browser::place();
    if path == Page::Callback.path() && !query.is_empty() {
        let mut saved = Saved::read();
        saved.answer = Some(query);
        saved.progress = Progress::Unchecked;
        saved.save();
        browser::replace_address(Page::Callback.path());
    }
}

/// The page.
pub(crate) const PAGE: PageEntry = PageEntry {
    page: Page::Flow,
    menu: Menu::Link(|| texts().frame.nav_flow),
    view: || FlowPage().into_any(),
};

/// The same page, where the authorization server sends the browser back to it.
pub(crate) const CALLBACK: PageEntry = PageEntry {
    page: Page::Callback,
    menu: Menu::Under(Page::Flow),
    view: || FlowPage().into_any(),
};

#[component]
fn FlowPage() -> impl IntoView {
    browser::name_page(texts().flow.title_flow);
    let flow = Flow::new();
    run::restore(flow);
    listen_to_keys(flow);
    let steps = STEPS.map(|step| view! { <StepFrame flow step/> });
    view! {
        <h1>{texts().flow.flow_heading}</h1>
        <p class="lead">{texts().flow.flow_lead}</p>
        <div class="row section-tight">
            <button type="button" class="button" disabled=move || flow.busy.get() on:click=move |_| run::press_all(flow)>
                {texts().flow.run_all}
            </button>
            <button type="button" class="button" disabled=move || flow.busy.get() on:click=move |_| run::begin(flow)>
                {texts().flow.start_again}
            </button>
            <span class="small muted keys">
                {placed(texts().flow.keys, key)}
            </span>
        </div>
        <div class="visually-hidden" aria-live="polite" role="status">{move || flow.announcement.get()}</div>
        <div class="flow" id=REGION tabindex="-1">
            <div class="steps">{steps.into_iter().collect_view()}</div>
            <Conversation rows=flow.rows/>
        </div>
    }
}

fn key(name: &str) -> AnyView {
    let key = if name == "next" { "n" } else { "p" };
    view! { <kbd>{key}</kbd> }.into_any()
}

/// `n` and the right arrow go to the next step, `p` and the left arrow to the one before: only while the
/// focus is among the steps (WCAG 2.1.4).
fn listen_to_keys(flow: Flow) {
    let listener = window_event_listener(ev::keydown, move |event| {
        let plain = !(event.ctrl_key() || event.meta_key() || event.alt_key());
        if !plain || is_typing(&event) || !browser::has_focus(REGION) {
            return;
        }
        match event.key().as_str() {
            "n" | "ArrowRight" => go(flow, Step::next),
            "p" | "ArrowLeft" => go(flow, Step::previous),
            _ => {}
        }
    });
    on_cleanup(move || listener.remove());
}

fn is_typing(event: &web_sys::KeyboardEvent) -> bool {
    event
        .target()
        .and_then(|target| target.dyn_into::<web_sys::Element>().ok())
        .is_some_and(|element| {
            ["INPUT", "TEXTAREA", "SELECT", "PRE"].contains(&element.tag_name().as_str())
        })
}

/// Moves the focus from the step that has it (or is current) to a neighbour.
fn go(flow: Flow, neighbour: impl Fn(&'static Step) -> Option<&'static Step>) {
    let focused = STEPS
        .into_iter()
        .find(|step| browser::has_focus(&step.region()));
    let Some(step) = focused.map_or_else(|| flow.current(), &neighbour) else {
        return;
    };
    flow.show(step, true);
    browser::focus(&step.heading());
}
