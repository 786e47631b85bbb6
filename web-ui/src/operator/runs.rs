//! The last runs as a chart and as a table.

use leptos::prelude::*;
use wire::{Cache, PastRun, Run};

use super::chart::{Form, Mark, key, marks};
use super::desk::{Desk, Told};
use super::duration::milliseconds;
use super::history::{figure_of, legend};
use super::tally::{Tally, retries, summary, token_cache};
use crate::browser::{focus, time_of_day};
use crate::words::en as words;

/// How many are shown.
const SHOWN: usize = 100;
/// A chart of few runs leaves room for those to come.
const FEWEST_SLOTS: usize = 24;

/// A run with the number under which this page has it in full.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Known {
    run: PastRun,
    number: Option<u32>,
}

/// What the caller remembers, and the runs of this page that it has not written down yet; the latest first.
fn known(past: &[PastRun], told: &[Told]) -> Vec<Known> {
    let number = |id: &str| {
        told.iter()
            .find(|told| !id.is_empty() && told.run.id == id)
            .map(|told| told.number)
    };
    let mut all: Vec<Known> = past
        .iter()
        .map(|run| Known {
            number: number(&run.id),
            run: run.clone(),
        })
        .collect();
    let unwritten = told
        .iter()
        .filter(|told| told.run.id.is_empty() || !past.iter().any(|run| run.id == told.run.id));
    all.extend(unwritten.map(|told| Known {
        run: past_of(&told.run),
        number: Some(told.number),
    }));
    all.sort_by_key(|known| std::cmp::Reverse((known.run.at, known.number)));
    all.truncate(SHOWN);
    all
}

fn past_of(run: &Run) -> PastRun {
    PastRun {
        id: run.id.clone(),
        at: run.at,
        milliseconds: run.milliseconds,
        error: match &run.outcome {
            wire::Outcome::Succeeded {} => None,
            wire::Outcome::Failed { error, .. } => Some(error.clone()),
        },
        cache: token_cache(run),
        retries: retries(run),
    }
}

/// The section.
pub(super) fn runs(desk: Desk) -> impl IntoView {
    let all = Memo::new(move |_| {
        desk.seen.with(|seen| {
            let past = seen.as_ref().map_or(&[][..], |seen| &seen.status.runs);
            desk.told.with(|told| known(past, told))
        })
    });
    view! {
        <section aria-labelledby="runs-heading">
            <h2 id="runs-heading">{words::LAST_RUNS}</h2>
            <Show when=move || !all.with(Vec::is_empty) fallback=|| view! { <p class="muted">{words::NO_PAST_RUN}</p> }>
                <p class="small muted">{move || all.with(|all| told_in_words(all))}</p>
                {move || all.with(|all| drawn(all))}
                {legend(vec![
                    (key(Form::Ring), words::KEY_CACHED),
                    (key(Form::Dot), words::KEY_FETCHED),
                    (key(Form::Cross), words::KEY_FAILED),
                ])}
                <details>
                    <summary class="small">{words::AS_TABLE}</summary>
                    <div class="scroller" tabindex="0" role="group" aria-label=words::LAST_RUNS>
                        <table>
                            {head([words::COLUMN_AT, words::COLUMN_OUTCOME, words::COLUMN_TIME, words::COLUMN_TOKEN, words::RETRIES, words::COLUMN_HOPS])}
                            <tbody>{move || all.with(|all| all.iter().map(|known| line(desk, known)).collect::<Vec<_>>())}</tbody>
                        </table>
                    </div>
                </details>
            </Show>
        </section>
    }
}

/// The first line of a table.
pub(super) fn head<const N: usize>(columns: [&'static str; N]) -> impl IntoView {
    let cells: Vec<_> = columns
        .into_iter()
        .map(|name| view! { <th scope="col">{name}</th> })
        .collect();
    view! { <thead><tr>{cells}</tr></thead> }
}

fn drawn(all: &[Known]) -> impl IntoView + use<> {
    let drawn: Vec<Mark> = all
        .iter()
        .enumerate()
        .map(|(slot, known)| mark(slot, &known.run, time_of_day))
        .collect();
    let markup = marks(&told_in_words(all), &drawn, all.len().max(FEWEST_SLOTS));
    figure_of(words::TIME_OF_RUNS, markup, [words::EARLIER, words::LATEST])
}

fn mark(slot: usize, run: &PastRun, time: impl Fn(i64) -> String) -> Mark {
    Mark {
        slot,
        milliseconds: run.milliseconds,
        form: match (&run.error, run.cache) {
            (Some(_), _) => Form::Cross,
            (None, Cache::Hit) => Form::Ring,
            (None, Cache::Miss | Cache::None) => Form::Dot,
        },
        title: format!(
            "{}, {}, {}",
            time(run.at),
            milliseconds(run.milliseconds),
            run.error.as_deref().unwrap_or(words::KEY_SUCCEEDED)
        ),
    }
}

/// `34 runs: 30 succeeded, 4 failed, median 12 ms, 95th percentile 340 ms`.
fn told_in_words(all: &[Known]) -> String {
    let tallies: Vec<Tally> = all.iter().map(|known| Tally::of_past(&known.run)).collect();
    let sum = summary(&tallies);
    format!(
        "{} {}: {} {}, {} {}, {} {}, {} {}",
        all.len(),
        words::RUNS_LOWER,
        sum.succeeded,
        words::KEY_SUCCEEDED,
        sum.failed,
        words::KEY_FAILED,
        words::MEDIAN_LOWER,
        milliseconds(sum.median.unwrap_or_default()),
        words::SLOW_LOWER,
        milliseconds(sum.slow.unwrap_or_default()),
    )
}

fn line(desk: Desk, known: &Known) -> impl IntoView + use<> {
    let run = &known.run;
    let at = time_of_day(run.at);
    let (class, outcome) = match &run.error {
        None => ("status ok", words::KEY_SUCCEEDED.to_owned()),
        Some(error) => ("status bad", error.clone()),
    };
    let token = match run.cache {
        Cache::Hit => words::CACHED,
        Cache::Miss => words::FETCHED,
        Cache::None => words::NO_TOKEN,
    };
    let show = known.number.map(|number| {
        let name = format!("{} {at}", words::SHOW_HOPS_OF);
        let press = move |_| {
            desk.chosen.set(Some(number));
            focus("hops-heading");
        };
        view! { <button type="button" class="button small" aria-label=name on:click=press>{words::SHOW_HOPS}</button> }
    });
    view! {
        <tr>
            <td>{at}</td>
            <td><span class=class>{outcome}</span></td>
            <td>{milliseconds(run.milliseconds)}</td>
            <td>{token}</td>
            <td>{run.retries}</td>
            <td>{show}</td>
        </tr>
    }
}

#[cfg(test)]
mod tests {
    use wire::Outcome;

    use super::*;

    fn past(id: &str, at: i64) -> PastRun {
        PastRun {
            id: id.into(),
            at,
            milliseconds: 10,
            error: None,
            cache: Cache::Hit,
            retries: 0,
        }
    }

    fn told(number: u32, id: &str, at: i64) -> Told {
        Told {
            number,
            run: Run {
                id: id.into(),
                at,
                outcome: Outcome::Succeeded {},
                students: Vec::new(),
                hops: Vec::new(),
                milliseconds: 10,
            },
            body: String::new(),
        }
    }

    fn listed(past: &[PastRun], runs: &[Told]) -> Vec<(i64, Option<u32>)> {
        known(past, runs)
            .into_iter()
            .map(|known| (known.run.at, known.number))
            .collect()
    }

    #[test]
    fn a_run_of_this_page_is_listed_once_and_can_be_shown() {
        let remembered = [past("b", 2), past("a", 1)];
        assert_eq!(
            listed(&remembered, &[told(1, "b", 2)]),
            [(2, Some(1)), (1, None)]
        );
    }

    #[test]
    fn a_run_that_is_not_written_down_yet_is_listed_all_the_same() {
        assert_eq!(
            listed(&[past("a", 1)], &[told(2, "c", 3)]),
            [(3, Some(2)), (1, None)]
        );
        assert_eq!(
            listed(&[], &[told(2, "", 5), told(1, "", 5)]),
            [(5, Some(2)), (5, Some(1))]
        );
    }

    #[test]
    fn a_failed_run_is_a_cross_with_its_error() {
        let mut run = past("a", 1);
        let time = |at: i64| format!("at {at}");
        assert_eq!(mark(0, &run, time).form, Form::Ring);
        run.error = Some("breaker_open".into());
        let mark = mark(0, &run, time);
        assert_eq!(mark.form, Form::Cross);
        assert_eq!(mark.title, "at 1, 10 ms, breaker_open");
    }

    #[test]
    fn the_runs_are_told_in_words() {
        let mut failed = past("b", 2);
        failed.error = Some("timeout".into());
        failed.milliseconds = 5000;
        let all = known(&[failed, past("a", 1)], &[]);
        assert_eq!(
            told_in_words(&all),
            "2 runs: 1 succeeded, 1 failed, median 10 ms, 95th percentile 5.0 s"
        );
    }
}
