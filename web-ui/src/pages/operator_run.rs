//! One run: its hops as a waterfall, its result as a table and as JSON; and the runs before it.

use leptos::prelude::*;
use wire::{Cache, Hop, HopName, Outcome, Run, Student};

use super::operator_status::breaker_word;
use crate::party::Party;
use crate::words::en as words;

/// A run in full.
pub(crate) fn in_full(run: &Run, json: String) -> impl IntoView + use<> {
    let total = run.milliseconds.max(1);
    let hops: Vec<_> = run.hops.iter().map(|hop| bar(hop, total)).collect();
    view! {
        <section class="section" aria-labelledby="hops-heading">
            <h2 id="hops-heading">{words::HOPS}</h2>
            <div class="waterfall section-tight">{hops}</div>
        </section>
        <section class="section" aria-labelledby="result-heading">
            <h2 id="result-heading">{words::RESULT}</h2>
            <div class="pair section-tight">
                {outcome(run)}
                <div>
                    <h3 class="small muted">{words::AS_JSON}</h3>
                    <pre class="code-block" tabindex="0" role="group" aria-label=words::AS_JSON>{json}</pre>
                </div>
            </div>
        </section>
    }
}

fn outcome(run: &Run) -> AnyView {
    match &run.outcome {
        Outcome::Succeeded {} => table(&run.students).into_any(),
        Outcome::Failed {
            hop,
            error,
            message,
        } => {
            let text = format!("{} ({error}): {message}", hop_word(*hop));
            view! { <p class="notice bad"><strong>{words::RUN_FAILED}": "</strong>{text}</p> }
                .into_any()
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

/// One hop: what it was, when it ran within the whole, how long it took.
fn bar(hop: &Hop, total: u64) -> impl IntoView + use<> {
    let percent = |value: u64| format!("{}%", (value.min(total) * 1000 / total) / 10);
    let party = match hop.name {
        HopName::Token => Party::Auth,
        HopName::Students => Party::Api,
    };
    // Less than a millisecond is still seen.
    let width = match hop.milliseconds {
        0 => "1%".to_owned(),
        some => percent(some),
    };
    view! {
        <div class=format!("hop of-{}", party.slug())>
            <div class="hop-name">
                <span class="party">{hop_word(hop.name)}</span>
                <span class="small muted">{facts(hop)}</span>
                <span class="mono muted">{hop.method.clone()}" "{hop.url.clone()}</span>
            </div>
            <svg aria-hidden="true">
                <rect class="track" width="100%" height="16" rx="3"></rect>
                <rect x=percent(hop.started_at_ms) width=width height="16" rx="3"></rect>
            </svg>
            <span class="hop-ms">{hop.milliseconds}" ms"</span>
        </div>
    }
}

fn facts(hop: &Hop) -> String {
    let mut facts: Vec<String> = Vec::new();
    match hop.cache {
        Cache::Hit => facts.push(words::CACHE_HIT.to_owned()),
        Cache::Miss => facts.push(words::CACHE_MISS.to_owned()),
        Cache::None => {}
    }
    facts.extend(hop.status.map(|status| status.to_string()));
    if hop.retries > 0 {
        facts.push(format!("{} {}×", words::RETRIED, hop.retries));
    }
    facts.push(format!(
        "{} {}",
        words::BREAKER.to_lowercase(),
        breaker_word(hop.breaker)
    ));
    facts.extend(hop.failure.clone());
    facts.join(" · ")
}

const fn hop_word(name: HopName) -> &'static str {
    match name {
        HopName::Token => words::HOP_TOKEN,
        HopName::Students => words::HOP_STUDENTS,
    }
}

/// The runs of this page, the latest first.
pub(crate) fn runs_table(runs: RwSignal<Vec<Run>>) -> impl IntoView {
    let lines = move || {
        runs.with(|runs| {
            let count = runs.len();
            let numbered = runs.iter().enumerate();
            numbered
                .map(|(index, run)| line(count - index, run))
                .collect::<Vec<_>>()
        })
    };
    view! {
        <section class="section" aria-labelledby="runs-heading">
            <h2 id="runs-heading">{words::LAST_RUNS}</h2>
            <Show when=move || !runs.with(Vec::is_empty) fallback=|| view! { <p class="muted">{words::NO_RUN}</p> }>
                <div class="scroller" tabindex="0" role="group" aria-label=words::LAST_RUNS>
                    <table>
                        <thead>
                            <tr>
                                <th scope="col">{words::COLUMN_RUN}</th>
                                <th scope="col">{words::COLUMN_OUTCOME}</th>
                                <th scope="col">{words::COLUMN_TIME}</th>
                                <th scope="col">{words::COLUMN_TOKEN}</th>
                            </tr>
                        </thead>
                        <tbody>{lines}</tbody>
                    </table>
                </div>
            </Show>
        </section>
    }
}

fn line(number: usize, run: &Run) -> impl IntoView + use<> {
    let (class, word) = if run.outcome.is_success() {
        ("status ok", words::RUN_DONE)
    } else {
        ("status bad", words::RUN_FAILED)
    };
    let cached = run
        .hops
        .iter()
        .any(|hop| hop.name == HopName::Token && hop.cache == Cache::Hit);
    view! {
        <tr>
            <td>{number}</td>
            <td><span class=class>{word}</span></td>
            <td>{run.milliseconds}" ms"</td>
            <td>{if cached { words::FROM_CACHE } else { words::FROM_SERVER }}</td>
        </tr>
    }
}
