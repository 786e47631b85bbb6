//! The page for an address that has none.

use leptos::prelude::*;

use crate::browser;
use crate::text::texts;

/// The not-found page.
#[component]
pub(crate) fn NotFound() -> impl IntoView {
    browser::name_page(texts().frame.title_not_found);
    view! {
        <h1>{texts().frame.not_found_heading}</h1>
        <p class="lead">{texts().frame.not_found}</p>
        <p class="section-tight"><a class="button" href=wire::Page::Overview.path()>{texts().frame.to_overview}</a></p>
    }
}
