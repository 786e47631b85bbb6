//! The last runs as a chart and as a table.

use leptos::prelude::*;
use maud::{Markup, html};
use web_sys::Element;
use wire::{Cache, PastRun, Run};

use super::chart::{Form, Mark, figure, legend, mark_key, marks};
use super::duration::{milliseconds, time_of_day};
use super::history::section;
use super::markup::{painted, table};
use super::page::{OperatorPage, RunShown};
use super::panel::{Panel, Place};
use super::tally::{Tally, retries, summary, token_cache};
use crate::browser::focus;
use crate::text::texts;

/// How many are shown.
const SHOWN: usize = 100;
/// A chart of few runs leaves room for those to come.
const FEWEST_SLOTS: u64 = 24;
/// The attribute that says which run a button shows.
const NUMBER: &str = "data-run";

/// The panel.
pub(super) const PANEL: Panel = Panel {
    place: Place::History,
    view: runs,
};

/// A run with the number under which this page has it in full.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Known {
    run: PastRun,
    number: Option<u32>,
}

/// The runs of this page that the caller has not recorded yet, then those that it has; the latest first.
fn known(recorded: &[PastRun], shown: &[RunShown]) -> Vec<Known> {
    let is_recorded = |shown: &RunShown| {
        !shown.run.id.is_empty() && recorded.iter().any(|run| run.id == shown.run.id)
    };
    // What is older than every record has been forgotten, not missed.
    let oldest = recorded.last().map_or(i64::MIN, |run| run.at);
    let unrecorded = shown
        .iter()
        .filter(|shown| shown.run.at >= oldest && !is_recorded(shown))
        .map(|shown| Known {
            run: past_of(&shown.run),
            number: Some(shown.number),
        });
    let number = |id: &str| {
        shown
            .iter()
            .find(|shown| shown.run.id == id)
            .map(|shown| shown.number)
    };
    let recorded = recorded.iter().map(|run| Known {
        number: number(&run.id),
        run: run.clone(),
    });
    unrecorded.chain(recorded).take(SHOWN).collect()
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

fn runs(page: OperatorPage) -> AnyView {
    let all = move || {
        page.snapshot.with(|snapshot| {
            let recorded = snapshot
                .as_ref()
                .map_or(&[][..], |snapshot| &snapshot.status.runs);
            page.runs.with(|shown| known(recorded, shown))
        })
    };
    let charts = painted(move || charted(&all(), &time_of_day));
    let table = painted(move || tabled(&all(), &time_of_day));
    section(
        page,
        "runs-heading",
        texts().operator.last_runs,
        charts,
        table,
        choose,
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
        return html! { p.muted { (texts().operator.no_past_run) } };
    }
    let summary = in_words(all);
    let drawn: Vec<Mark> = (0..)
        .zip(all)
        .map(|(slot, known)| mark(slot, &known.run, time))
        .collect();
    let slots = u64::try_from(all.len()).unwrap_or_default();
    let chart = marks(&summary, &drawn, slots.max(FEWEST_SLOTS));
    let ends = [texts().operator.earlier, texts().operator.latest];
    let key = [
        mark_key(Form::Ring, texts().operator.key_cached),
        mark_key(Form::Dot, texts().operator.key_fetched),
        mark_key(Form::Cross, texts().operator.key_failed),
    ];
    html! {
        p.small.muted { (summary) }
        (figure(texts().operator.time_of_runs, &chart, ends))
        (legend(&key))
    }
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
        title: (texts().operator.run_at)(
            &time(run.at),
            &milliseconds(run.milliseconds),
            run.error
                .as_deref()
                .unwrap_or(texts().operator.key_succeeded),
        ),
    }
}

/// `34 runs: 30 succeeded, 4 failed, median 12 ms, 95th percentile 340 ms`.
fn in_words(all: &[Known]) -> String {
    let tallies: Vec<Tally> = all.iter().map(|known| Tally::of_past(&known.run)).collect();
    summary(&tallies).in_words(|figures| (texts().operator.runs_in_words)(all.len(), figures))
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
    let token = match run.cache {
        Cache::Hit => texts().operator.cached,
        Cache::Miss => texts().operator.fetched,
        Cache::None => texts().operator.no_token,
    };
    vec![
        html! { (at) },
        html! {
            @match &run.error {
                None => span.status.ok { (texts().operator.key_succeeded) },
                Some(error) => span.status.bad { (error) },
            }
        },
        html! { (milliseconds(run.milliseconds)) },
        html! { (token) },
        html! { (run.retries) },
        html! { (run.by.as_deref().unwrap_or(texts().operator.anyone)) },
        html! { @if let Some(number) = known.number { (show_button(number, at)) } },
    ]
}

fn show_button(number: u32, at: &str) -> Markup {
    html! {
        button.button.small
            type="button"
            aria-label=((texts().operator.show_hops_of)(at))
            data-run=(number)
        {
            (texts().operator.show_hops)
        }
    }
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

    fn shown(number: u32, id: &str, at: i64) -> RunShown {
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
            listed(&remembered, &[shown(1, "b", 2)]),
            [(2, Some(1)), (1, None)]
        );
    }

    #[test]
    fn a_run_that_is_not_recorded_yet_is_listed_all_the_same() {
        assert_eq!(
            listed(&[past("a", 1)], &[shown(2, "c", 3)]),
            [(3, Some(2)), (1, None)]
        );
        assert_eq!(
            listed(&[], &[shown(2, "", 5), shown(1, "", 5)]),
            [(5, Some(2)), (5, Some(1))]
        );
    }

    #[test]
    fn a_run_that_the_caller_has_forgotten_does_not_come_back_as_the_latest() {
        assert_eq!(listed(&[past("b", 9)], &[shown(1, "a", 2)]), [(9, None)]);
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
        let all = known(&[past("b", 2), past("a", 1)], &[shown(7, "b", 2)]);
        let table = tabled(&all, &|at| format!("at {at}"));
        assert_eq!(table.0.matches("<button").count(), 1);
        assert!(table.0.contains(r#"data-run="7">Show<"#));
    }

    #[test]
    fn without_a_run_there_is_a_word_and_no_chart() {
        let chart = charted(&[], &|at: i64| at.to_string());
        assert!(!chart.0.contains("<svg"));
    }

    #[test]
    fn the_runs_are_in_words() {
        let mut failed = past("b", 2);
        failed.error = Some("timeout".into());
        failed.milliseconds = 5000;
        let all = known(&[failed, past("a", 1)], &[]);
        assert_eq!(
            in_words(&all),
            "2 runs: 1 succeeded, 1 failed, median 10 ms, 95th percentile 5.0 s"
        );
    }
}
