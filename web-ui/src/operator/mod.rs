//! `/operator`: the machine-to-machine call for real, and what an operator needs to see of it.
//!
//! [`page`] holds what the page knows; every other module shows one part of it. What can be wrong about figures,
//! scales and words is in plain functions, tested natively.

mod answer;
mod authorization;
mod button;
mod caller;
mod chart;
mod clock;
mod controls;
mod duration;
mod history;
mod hops;
mod hours;
mod many;
mod markup;
mod page;
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
use page::{Authorization, OperatorPage};

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
    let page = OperatorPage::new();
    page.spawn(page.open());
    clock::start(page);
    let closed = Signal::derive(move || !page.authorization.with(Authorization::allows_calls));
    view! {
        <h1>{texts().operator.operator_heading}</h1>
        <p class="lead">{texts().operator.operator_lead}</p>
        {authorization::authorization(page)}
        <div class="operator section-tight">
            <div class="stack">
                {controls::controls(page)}
                {shown::shown(page)}
            </div>
            <div class="stack" hidden=closed>
                {caller::caller(page)}
                {troubles::troubles(page)}
            </div>
        </div>
        <div hidden=closed>{history::history(page)}</div>
    }
}
