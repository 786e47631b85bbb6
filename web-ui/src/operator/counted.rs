//! The totals since the caller began to count.

use leptos::prelude::*;
use wire::Counters;

use super::markup::{figures, painted};
use super::page::OperatorPage;
use super::panel::{Panel, Place};
use crate::text::texts;

/// The panel.
pub(super) const PANEL: Panel = Panel {
    place: Place::Totals,
    view: |page| counted(page).into_any(),
};

fn counted(page: OperatorPage) -> impl IntoView {
    let counted = move || {
        page.snapshot.with(|snapshot| {
            let counters = snapshot.as_ref().map(|snapshot| snapshot.status.counters);
            figures(named(&counters.unwrap_or_default()).into_iter())
        })
    };
    view! {
        <section class="section stack" aria-labelledby="counted-heading">
            <h2 id="counted-heading">{texts().operator.counted}</h2>
            {painted(counted)}
        </section>
    }
}

fn named(counters: &Counters) -> [(&'static str, String); 8] {
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
        let named = named(&counters);
        assert_eq!(named[0], ("Runs", "1".to_owned()));
        assert_eq!(named[7], ("Breaker changes", "8".to_owned()));
    }
}
