//! `/`: what this is, and a live map of who talks to whom.

use leptos::prelude::*;

use crate::browser;
use crate::health::PartyMap;
use crate::words::en as words;

/// The overview.
#[component]
pub(crate) fn Overview() -> impl IntoView {
    browser::name_page(words::TITLE_OVERVIEW);
    view! {
        <h1>{words::OVERVIEW_HEADING}</h1>
        <p class="lead">{words::OVERVIEW_LEAD}</p>
        <div class="row section-tight">
            <a class="button primary" href="/flow">{words::START}</a>
            <a class="button" href="/operator">{words::TO_OPERATOR}</a>
        </div>
        <section class="section" aria-labelledby="map-heading">
            <h2 id="map-heading">{words::MAP_HEADING}</h2>
            <p class="muted">{words::MAP_LEAD}</p>
            <PartyMap/>
        </section>
        <section class="section" aria-labelledby="what-heading">
            <h2 id="what-heading">{words::WHAT_HEADING}</h2>
            <div class="pair section-tight">
                <div>
                    <h3>{words::WHAT_FLOW_HEADING}</h3>
                    <p class="muted">{words::WHAT_FLOW}</p>
                </div>
                <div>
                    <h3>{words::WHAT_OPERATOR_HEADING}</h3>
                    <p class="muted">{words::WHAT_OPERATOR}</p>
                </div>
            </div>
        </section>
    }
}
