//! `/operator`: the machine-to-machine call for real, and what an operator needs to see of it.
//!
//! [`desk`] holds what the page knows; every other module shows one part of it. What can be wrong about figures,
//! scales and words is in plain functions, tested natively.

mod answer;
mod button;
mod caller;
mod chart;
mod clock;
mod controls;
mod desk;
mod door;
mod duration;
mod history;
mod hops;
mod hours;
mod many;
mod markup;
mod runs;
mod session;
mod shown;
mod sign_in;
mod tally;
mod troubles;

use leptos::prelude::*;
use wire::Page;

use crate::browser;
use crate::pages::{Menu, PageEntry};
use crate::text::texts;
use desk::{Desk, Door};

pub(crate) use session::Session;
pub(crate) use sign_in::take_answer;

/// The page.
pub(crate) const PAGE: PageEntry = PageEntry {
    page: Page::Operator,
    menu: Menu::Link(|| texts().frame.nav_operator),
    view: || Operator().into_any(),
};

#[component]
fn Operator() -> impl IntoView {
    browser::name_page(texts().operator.title_operator);
    let desk = Desk::new();
    desk.spawn(desk.open());
    clock::start(desk);
    let closed = Signal::derive(move || !desk.door.with(Door::lets_in));
    view! {
        <h1>{texts().operator.operator_heading}</h1>
        <p class="lead">{texts().operator.operator_lead}</p>
        {door::door(desk)}
        <div class="operator section-tight">
            <div class="stack">
                {controls::controls(desk)}
                {shown::shown(desk)}
            </div>
            <div class="stack" hidden=closed>
                {caller::caller(desk)}
                {troubles::troubles(desk)}
            </div>
        </div>
        <div hidden=closed>{history::history(desk)}</div>
    }
}
