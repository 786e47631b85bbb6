//! `/`: what this is, and a live map of who talks to whom.

use leptos::prelude::*;
use wire::Page;

use super::{Menu, PageEntry};
use crate::browser;
use crate::health::PartyMap;
use crate::text::texts;

/// The page.
pub(crate) const PAGE: PageEntry = PageEntry {
    page: Page::Overview,
    menu: Menu::Link(|| texts().frame.nav_overview),
    view: || Overview().into_any(),
};

#[component]
fn Overview() -> impl IntoView {
    browser::name_page(texts().overview.title_overview);
    view! {
        <h1>{texts().overview.overview_heading}</h1>
        <p class="lead">{texts().overview.overview_lead}</p>
        <div class="row section-tight">
            <a class="button primary" href=Page::Flow.path()>{texts().overview.start}</a>
            <a class="button" href=Page::Operator.path()>{texts().overview.to_operator}</a>
        </div>
        <section class="section" aria-labelledby="map-heading">
            <h2 id="map-heading">{texts().overview.map_heading}</h2>
            <p class="muted">{texts().overview.map_lead}</p>
            <PartyMap/>
        </section>
        <section class="section" aria-labelledby="what-heading">
            <h2 id="what-heading">{texts().overview.what_heading}</h2>
            <div class="pair section-tight">
                <div>
                    <h3>{texts().overview.what_flow_heading}</h3>
                    <p class="muted">{texts().overview.what_flow}</p>
                </div>
                <div>
                    <h3>{texts().overview.what_operator_heading}</h3>
                    <p class="muted">{texts().overview.what_operator}</p>
                </div>
            </div>
        </section>
    }
}
