//! What was: the last runs, the last hours, and what has been counted.

use leptos::prelude::*;
use wire::Counters;

use super::controls::figure;
use super::desk::Desk;
use super::{hours, runs};
use crate::words::en as words;

/// The lower half of the page.
pub(super) fn history(desk: Desk) -> impl IntoView {
    let counted = Memo::new(move |_| {
        desk.seen
            .with(|seen| seen.as_ref().map(|seen| seen.status.counters))
    });
    view! {
        <div class="pair section">
            {runs::runs(desk)}
            {hours::hours(desk)}
        </div>
        <section class="section" aria-labelledby="counted-heading">
            <h2 id="counted-heading">{words::COUNTED}</h2>
            <dl class="figures section-tight">
                {move || figures(&counted.get().unwrap_or_default()).map(|(name, value)| figure(name, value)).into_iter().collect::<Vec<_>>()}
            </dl>
        </section>
    }
}

fn figures(counters: &Counters) -> [(&'static str, String); 8] {
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
    let mut names = words::COUNTERS.into_iter();
    values.map(|value| (names.next().unwrap_or_default(), value.to_string()))
}

/// A chart with its name, its key, the ends of its axis, and the table of the same figures.
pub(super) fn figure_of(
    name: &'static str,
    markup: String,
    ends: [&'static str; 2],
) -> impl IntoView {
    let [left, right] = ends;
    view! {
        <figure class="chart">
            <figcaption class="small muted">{name}</figcaption>
            // The markup is made of figures and of words that were escaped.
            <div inner_html=markup></div>
            <p class="chart-ends small muted" aria-hidden="true"><span>{left}</span><span>{right}</span></p>
        </figure>
    }
}

/// The key of a chart: each form with its meaning.
pub(super) fn legend(entries: Vec<(String, &'static str)>) -> impl IntoView {
    let entries: Vec<_> = entries
        .into_iter()
        .map(|(markup, name)| view! { <li><span inner_html=markup aria-hidden="true"></span>{name}</li> })
        .collect();
    view! { <ul class="legend small">{entries}</ul> }
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
        let told = figures(&counters);
        assert_eq!(told[0], ("Runs", "1".to_owned()));
        assert_eq!(told[7], ("Breaker changes", "8".to_owned()));
    }
}
