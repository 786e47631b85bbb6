//! The history: the last runs, the last hours, and the totals.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::Element;
use wire::Counters;

use super::markup::{figures, painted};
use super::page::OperatorPage;
use super::{hours, runs};
use crate::text::texts;

/// The lower half of the page.
pub(super) fn history(page: OperatorPage) -> impl IntoView {
    let counted = move || {
        page.seen.with(|seen| {
            let counters = seen.as_ref().map(|seen| seen.status.counters);
            figures(told(&counters.unwrap_or_default()).into_iter())
        })
    };
    view! {
        <div class="pair section">
            {runs::runs(page)}
            {hours::hours(page)}
        </div>
        <section class="section stack" aria-labelledby="counted-heading">
            <h2 id="counted-heading">{texts().operator.counted}</h2>
            {painted(counted)}
        </section>
    }
}

/// A section of the history: charts, and the same as a table.
pub(super) fn part(
    id: &'static str,
    name: &'static str,
    charts: AnyView,
    table: AnyView,
    pressed: fn(OperatorPage, &Element),
    page: OperatorPage,
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

fn told(counters: &Counters) -> [(&'static str, String); 8] {
    let values = [
        counters.runs,
        counters.succeeded,
        counters.failed,
        counters.token_requests,
        counters.cache_hits,
        counters.renewals,
        counters.retries,
        counters.breaker_changes,
    ];
    let mut names = texts().operator.counters.into_iter();
    values.map(|value| (names.next().unwrap_or_default(), value.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_counter_has_its_own_name() {
        let counters = Counters {
            runs: 1,
            succeeded: 2,
            failed: 3,
            token_requests: 4,
            cache_hits: 5,
            renewals: 6,
            retries: 7,
            breaker_changes: 8,
        };
        let told = told(&counters);
        assert_eq!(told[0], ("Runs", "1".to_owned()));
        assert_eq!(told[7], ("Breaker changes", "8".to_owned()));
    }
}
