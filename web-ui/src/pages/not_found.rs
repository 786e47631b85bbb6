//! What stands at every address that has no page.

use leptos::prelude::*;

use crate::browser;
use crate::words::en as words;

/// The not-found page.
#[component]
pub(crate) fn NotFound() -> impl IntoView {
    browser::name_page(words::TITLE_NOT_FOUND);
    view! {
        <h1>{words::NOT_FOUND_HEADING}</h1>
        <p class="lead">{words::NOT_FOUND}</p>
        <p class="section-tight"><a class="button" href="/">{words::TO_OVERVIEW}</a></p>
    }
}
