//! A section of the history: charts, and the same as a table.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::Element;

use super::page::OperatorPage;
use crate::text::texts;

/// The section. `pressed` is called with the element of the table that was pressed.
pub(super) fn section(
    page: OperatorPage,
    id: &'static str,
    name: &'static str,
    charts: AnyView,
    table: AnyView,
    pressed: fn(OperatorPage, &Element),
) -> AnyView {
    let press = move |event: leptos::ev::MouseEvent| {
        let target = event.target().and_then(|target| target.dyn_into().ok());
        if let Some(element) = target {
            pressed(page, &element);
        }
    };
    view! {
        <section aria-labelledby=id>
            <h2 id=id>{name}</h2>
            {charts}
            <details>
                <summary class="small">{texts().operator.as_table}</summary>
                <div class="scroller" tabindex="0" role="group" aria-label=name on:click=press>{table}</div>
            </details>
        </section>
    }
    .into_any()
}
