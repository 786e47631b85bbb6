//! The run that is shown: its hops, its result as a table and as JSON.

use leptos::prelude::*;
use wire::{Outcome, Run, Student};

use super::desk::{Desk, Told};
use super::duration::milliseconds;
use super::hops::waterfall;
use crate::browser::time_of_day;
use crate::words::en as words;

/// The latest run, or the one that was chosen.
pub(super) fn shown(desk: Desk) -> impl IntoView {
    let told = Memo::new(move |_| desk.shown());
    view! {
        <section aria-labelledby="hops-heading">
            <div class="part-head">
                <h2 id="hops-heading" tabindex="-1">{words::HOPS}</h2>
                <Show when=move || desk.chosen.with(Option::is_some)>
                    <button type="button" class="button small" on:click=move |_| desk.chosen.set(None)>{words::THE_LATEST}</button>
                </Show>
            </div>
            {move || match told.get() {
                Some(told) => in_full(&told).into_any(),
                None => view! { <p class="muted">{words::NO_RUN}</p> }.into_any(),
            }}
        </section>
    }
}

fn in_full(told: &Told) -> impl IntoView + use<> {
    let json = crate::mask::indented(&told.body).unwrap_or_default();
    view! {
        <p class="row small">
            <span class=status_class(&told.run)>{headline(&told.run)}</span>
            <span class="mono muted">{told.run.id.clone()}</span>
        </p>
        {waterfall(&told.run)}
        <h3 class="section-tight">{words::RESULT}</h3>
        <div class="pair section-tight">
            {outcome(&told.run)}
            <details open>
                <summary class="small">{words::AS_JSON}</summary>
                <pre class="code-block" tabindex="0" role="group" aria-label=words::AS_JSON>{json}</pre>
            </details>
        </div>
    }
}

const fn status_class(run: &Run) -> &'static str {
    if run.outcome.is_success() {
        "status ok"
    } else {
        "status bad"
    }
}

/// `12:03:44, succeeded in 12 ms`.
fn headline(run: &Run) -> String {
    let word = if run.outcome.is_success() {
        words::SUCCEEDED_IN
    } else {
        words::FAILED_AFTER
    };
    format!(
        "{}, {word} {}",
        time_of_day(run.at),
        milliseconds(run.milliseconds)
    )
}

fn outcome(run: &Run) -> AnyView {
    match &run.outcome {
        Outcome::Succeeded {} => table(&run.students).into_any(),
        Outcome::Failed {
            hop,
            error,
            message,
        } => {
            let name = words::hop_word(*hop);
            view! { <p class="notice bad"><strong>{format!("{name}, {error}: ")}</strong>{message.clone()}</p> }.into_any()
        }
    }
}

fn table(students: &[Student]) -> impl IntoView + use<> {
    let rows: Vec<_> = students
        .iter()
        .map(|student| view! { <tr><td>{student.id}</td><td>{student.name.clone()}</td></tr> })
        .collect();
    view! {
        <table>
            <caption class="small muted">{words::STUDENTS}</caption>
            <thead><tr><th scope="col">{words::COLUMN_ID}</th><th scope="col">{words::COLUMN_NAME}</th></tr></thead>
            <tbody>{rows}</tbody>
        </table>
    }
}
