//! The run that is shown: its hops, its result as a table and as JSON.

use leptos::prelude::*;
use maud::{Markup, html};
use wire::{Outcome, Run};

use super::button::Button;
use super::duration::{milliseconds, time_of_day};
use super::hops::waterfall;
use super::markup::{painted, table};
use super::page::{OperatorPage, RunShown};
use super::panel::{Panel, Place};
use crate::text::texts;

/// The panel: the latest run, or the one that was chosen.
pub(super) const PANEL: Panel = Panel {
    place: Place::Main,
    view: |page| shown(page).into_any(),
};

fn shown(page: OperatorPage) -> impl IntoView {
    let none = Signal::derive(move || page.shown(|_| ()).is_none());
    let latest = Button::new(texts().operator.the_latest, move || page.chosen.set(None))
        .hidden(move || page.chosen.with(Option::is_none));
    view! {
        <section aria-labelledby="hops-heading">
            <div class="part-head">
                <h2 id="hops-heading" tabindex="-1">{texts().operator.hops}</h2>
                {latest.view()}
            </div>
            {painted(move || page.shown(|shown| hops(&shown.run)).unwrap_or_else(nothing))}
            <div hidden=none>
                <h3 class="section-tight">{texts().operator.result}</h3>
                <div class="pair section-tight">
                    {painted(move || page.shown(|shown| outcome(&shown.run)).unwrap_or_else(|| html! {}))}
                    <details open>
                        <summary class="small">{texts().operator.as_json}</summary>
                        <div class="code-block" tabindex="0" role="group" aria-label=texts().operator.as_json>
                            {painted(move || page.shown(json).unwrap_or_else(|| html! {}))}
                        </div>
                    </details>
                </div>
            </div>
        </section>
    }
}

fn json(shown: &RunShown) -> Markup {
    let text = crate::mask::indented(&shown.body).unwrap_or_default();
    html! { pre { (text) } }
}

fn nothing() -> Markup {
    html! { p.muted { (texts().operator.no_run) } }
}

fn hops(run: &Run) -> Markup {
    let class = if run.outcome.is_success() {
        "status ok"
    } else {
        "status bad"
    };
    html! {
        p.row.small {
            span class=(class) { (headline(run, &time_of_day(run.at))) }
            span.mono.muted { (run.id) }
        }
        (waterfall(run))
    }
}

/// `12:03:44 UTC, succeeded in 12 ms`.
fn headline(run: &Run, time: &str) -> String {
    let says = if run.outcome.is_success() {
        texts().operator.succeeded_in
    } else {
        texts().operator.failed_in
    };
    says(time, &milliseconds(run.milliseconds))
}

fn outcome(run: &Run) -> Markup {
    match &run.outcome {
        Outcome::Succeeded {} => {
            let columns = [texts().operator.column_id, texts().operator.column_name];
            let students = run.students.iter();
            let rows = students.map(|one| vec![html! { (one.id) }, html! { (one.name) }]);
            html! {
                p.small.muted { (texts().operator.students) }
                (table(&columns, rows))
            }
        }
        Outcome::Failed {
            hop,
            error,
            message,
        } => {
            let failed = (texts().operator.failed_at)((texts().operator.hop_word)(*hop), error);
            html! {
                p.notice.bad { strong { (failed) } " " (message) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use wire::{HopName, Student};

    use super::*;

    fn run(outcome: Outcome) -> Run {
        Run {
            id: "r1".into(),
            at: 0,
            outcome,
            students: vec![Student {
                id: 1,
                name: "Ada <b>".into(),
            }],
            hops: Vec::new(),
            milliseconds: 1200,
        }
    }

    #[test]
    fn students_are_a_table_and_their_names_are_text() {
        let shown = outcome(&run(Outcome::Succeeded {}));
        assert!(shown.0.contains("<td>Ada &lt;b&gt;</td>"));
    }

    #[test]
    fn a_failure_names_the_hop_the_error_and_what_to_do() {
        let failed = run(Outcome::Failed {
            hop: HopName::Token,
            error: "invalid_client".into(),
            message: "Register the key.".into(),
        });
        let shown = outcome(&failed);
        assert!(
            shown
                .0
                .contains("<strong>Token, invalid_client:</strong> Register")
        );
        assert!(shown.0.contains("Register the key."));
        assert_eq!(
            headline(&failed, "12:00:00"),
            "12:00:00, failed after 1.2 s"
        );
    }
}
