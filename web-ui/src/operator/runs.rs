//! The last runs as a chart and as a table.

use leptos::prelude::*;
use web_sys::Element;
use wire::{Cache, PastRun, Run};

use super::chart::{Form, Mark, figure, legend, mark_key, marks};
use super::duration::milliseconds;
use super::history::part;
use super::markup::{Markup, element, leaf, painted, plain, table};
use super::page::{OperatorPage, RunShown};
use super::tally::{Tally, retries, summary, token_cache};
use crate::browser::{focus, time_of_day};
use crate::text::texts;

/// How many are shown.
const SHOWN: usize = 100;
/// A chart of few runs leaves room for those to come.
const FEWEST_SLOTS: u64 = 24;
/// The attribute that says which run a button shows.
const NUMBER: &str = "data-run";

/// A run with the number under which this page has it in full.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Known {
    run: PastRun,
    number: Option<u32>,
}

/// The runs of this page that the caller has not written down yet, then what it remembers; the latest first.
fn known(past: &[PastRun], told: &[RunShown]) -> Vec<Known> {
    let written =
        |told: &RunShown| !told.run.id.is_empty() && past.iter().any(|run| run.id == told.run.id);
    // What is older than all that is remembered has been forgotten, not missed.
    let oldest = past.last().map_or(i64::MIN, |run| run.at);
    let unwritten = told
        .iter()
        .filter(|told| told.run.at >= oldest && !written(told))
        .map(|told| Known {
            run: past_of(&told.run),
            number: Some(told.number),
        });
    let number = |id: &str| {
        told.iter()
            .find(|told| told.run.id == id)
            .map(|told| told.number)
    };
    let remembered = past.iter().map(|run| Known {
        number: number(&run.id),
        run: run.clone(),
    });
    unwritten.chain(remembered).take(SHOWN).collect()
}

fn past_of(run: &Run) -> PastRun {
    PastRun {
        id: run.id.clone(),
        by: None,
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
pub(super) fn runs(page: OperatorPage) -> AnyView {
    let all = move || {
        page.seen.with(|seen| {
            let past = seen.as_ref().map_or(&[][..], |seen| &seen.status.runs);
            page.told.with(|told| known(past, told))
        })
    };
    let charts = painted(move || charted(&all(), &time_of_day));
    let table = painted(move || tabled(&all(), &time_of_day));
    part(
        "runs-heading",
        texts().operator.last_runs,
        charts,
        table,
        choose,
        page,
    )
}

/// A button of the table was pressed: its run is shown.
fn choose(page: OperatorPage, pressed: &Element) {
    let number = pressed.get_attribute(NUMBER);
    if let Some(number) = number.and_then(|number| number.parse().ok()) {
        page.chosen.set(Some(number));
        focus("hops-heading");
    }
}

fn charted(all: &[Known], time: &dyn Fn(i64) -> String) -> Markup {
    if all.is_empty() {
        return leaf("p", "muted", texts().operator.no_past_run);
    }
    let told = told_in_words(all);
    let drawn: Vec<Mark> = (0..)
        .zip(all)
        .map(|(slot, known)| mark(slot, &known.run, time))
        .collect();
    let slots = u64::try_from(all.len()).unwrap_or_default();
    let chart = marks(&told, &drawn, slots.max(FEWEST_SLOTS));
    let ends = [texts().operator.earlier, texts().operator.latest];
    let key = [
        mark_key(Form::Ring, texts().operator.key_cached),
        mark_key(Form::Dot, texts().operator.key_fetched),
        mark_key(Form::Cross, texts().operator.key_failed),
    ];
    leaf("p", "small muted", &told)
        .and(&figure(texts().operator.time_of_runs, chart, ends))
        .and(&legend(&key))
}

fn mark(slot: u64, run: &PastRun, time: &dyn Fn(i64) -> String) -> Mark {
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
            run.error
                .as_deref()
                .unwrap_or(texts().operator.key_succeeded)
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
        texts().operator.runs_lower,
        sum.succeeded,
        texts().operator.key_succeeded,
        sum.failed,
        texts().operator.key_failed,
        texts().operator.median_lower,
        milliseconds(sum.median.unwrap_or_default()),
        texts().operator.slow_lower,
        milliseconds(sum.slow.unwrap_or_default()),
    )
}

fn tabled(all: &[Known], time: &dyn Fn(i64) -> String) -> Markup {
    let columns = [
        texts().operator.column_at,
        texts().operator.column_outcome,
        texts().operator.column_time,
        texts().operator.column_token,
        texts().operator.retries,
        texts().operator.column_by,
        texts().operator.column_hops,
    ];
    table(
        &columns,
        all.iter().map(|known| row(known, &time(known.run.at))),
    )
}

fn row(known: &Known, at: &str) -> Vec<Markup> {
    let run = &known.run;
    let outcome = match &run.error {
        None => leaf("span", "status ok", texts().operator.key_succeeded),
        Some(error) => leaf("span", "status bad", error),
    };
    let token = match run.cache {
        Cache::Hit => texts().operator.cached,
        Cache::Miss => texts().operator.fetched,
        Cache::None => texts().operator.no_token,
    };
    let show = known.number.map(|number| {
        let name = (texts().operator.show_hops_of)(at);
        let attributes = [
            ("type", "button"),
            ("class", "button small"),
            ("aria-label", &name),
            (NUMBER, &number.to_string()),
        ];
        element("button", &attributes, &[plain(texts().operator.show_hops)])
    });
    vec![
        plain(at),
        outcome,
        plain(&milliseconds(run.milliseconds)),
        plain(token),
        plain(&run.retries.to_string()),
        plain(run.by.as_deref().unwrap_or(texts().operator.anyone)),
        show.unwrap_or_default(),
    ]
}

#[cfg(test)]
mod tests {
    use wire::Outcome;

    use super::*;

    fn past(id: &str, at: i64) -> PastRun {
        PastRun {
            id: id.into(),
            by: None,
            at,
            milliseconds: 10,
            error: None,
            cache: Cache::Hit,
            retries: 0,
        }
    }

    fn told(number: u32, id: &str, at: i64) -> RunShown {
        RunShown {
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

    fn listed(past: &[PastRun], runs: &[RunShown]) -> Vec<(i64, Option<u32>)> {
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
    fn a_run_that_the_caller_has_forgotten_does_not_come_back_as_the_latest() {
        assert_eq!(listed(&[past("b", 9)], &[told(1, "a", 2)]), [(9, None)]);
    }

    #[test]
    fn a_failed_run_is_a_cross_with_its_error() {
        let mut run = past("a", 1);
        let time = |at: i64| format!("at {at}");
        assert_eq!(mark(0, &run, &time).form, Form::Ring);
        run.error = Some("breaker_open".into());
        let mark = mark(0, &run, &time);
        assert_eq!(mark.form, Form::Cross);
        assert_eq!(mark.title, "at 1, 10 ms, breaker_open");
    }

    #[test]
    fn only_a_run_of_this_page_has_a_button_to_show_its_hops() {
        let all = known(&[past("b", 2), past("a", 1)], &[told(7, "b", 2)]);
        let table = tabled(&all, &|at| format!("at {at}"));
        assert_eq!(table.as_str().matches("<button").count(), 1);
        assert!(table.as_str().contains(r#"data-run="7">Show<"#));
    }

    #[test]
    fn without_a_run_there_is_a_word_and_no_chart() {
        let chart = charted(&[], &|at: i64| at.to_string());
        assert!(!chart.as_str().contains("<svg"));
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
