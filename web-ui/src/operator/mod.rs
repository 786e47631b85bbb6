//! `/operator`: the machine-to-machine call for real, and what an operator needs to see of it.
//!
//! [`page`] holds the state of the page, [`panel`] lists its panels, and each panel is a file. Figures, scales and
//! sentences are made by plain functions, which are tested natively.

mod answer;
mod authorization;
mod button;
mod caller;
mod chart;
mod clock;
mod controls;
mod counted;
mod duration;
mod history;
mod hops;
mod hours;
mod many;
mod markup;
mod page;
mod panel;
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
use page::OperatorPage;

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
    view! {
        <h1>{texts().operator.operator_heading}</h1>
        <p class="lead">{texts().operator.operator_lead}</p>
        {panel::panels(page)}
    }
}
