//! The last hours as charts and as a table.

use leptos::prelude::*;
use maud::{Markup, html};
use wire::Hour;

use super::chart::{Bar, Form, Mark, Share, bar_key, bars, figure, legend, mark_key, marks};
use super::duration::milliseconds;
use super::history::section;
use super::markup::{painted, table};
use super::page::OperatorPage;
use super::panel::{Panel, Place};
use crate::browser::moment;
use crate::text::texts;

/// How many hours the charts span.
const SPAN: u64 = 48;
const HOUR_MILLISECONDS: i64 = 3_600_000;

/// The panel.
pub(super) const PANEL: Panel = Panel {
    place: Place::History,
    view: hours,
};

fn hours(page: OperatorPage) -> AnyView {
    let read = move |paint: fn(&[Hour], i64) -> Markup| {
        page.snapshot.with(|snapshot| {
            snapshot.as_ref().map_or_else(
                || paint(&[], 0),
                |snapshot| paint(&snapshot.status.hours, snapshot.at * 1000),
            )
        })
    };
    let charts = painted(move || read(|all, now| charted(all, now, &time)));
    let table = painted(move || read(|all, _| tabled(all, &time)));
    section(
        page,
        "hours-heading",
        texts().operator.last_hours,
        charts,
        table,
        |_, _| {},
    )
}

fn time(hour: &Hour) -> String {
    moment(hour.at / 1000)
}

/// The mean time of a run, in milliseconds; `None` for an hour without one.
fn mean(hour: &Hour) -> Option<u64> {
    hour.total_ms.checked_div(hour.counters.runs)
}

/// How many hours ago it was; `None` for what is out of the chart.
fn slot(hour: &Hour, now: i64) -> Option<u64> {
    let ago = now.div_euclid(HOUR_MILLISECONDS) - hour.at.div_euclid(HOUR_MILLISECONDS);
    // The clocks of browser and caller differ a little.
    u64::try_from(ago.max(0)).ok().filter(|slot| *slot < SPAN)
}

fn charted(all: &[Hour], now: i64, time: &dyn Fn(&Hour) -> String) -> Markup {
    if all.is_empty() {
        return html! { p.muted { (texts().operator.no_hour) } };
    }
    let title = |hour: &Hour| (texts().operator.at_hour)(&time(hour), &in_words(&[*hour]));
    let counts = all.iter().filter_map(|hour| bar(hour, now, title(hour)));
    let means = all.iter().filter_map(|hour| mark(hour, now, title(hour)));
    let (counts, means): (Vec<Bar>, Vec<Mark>) = (counts.collect(), means.collect());
    let summary = in_words(all);
    let ends = [texts().operator.hours_ago, texts().operator.this_hour];
    let key = [
        bar_key(Share::Succeeded, texts().operator.key_succeeded),
        bar_key(Share::Failed, texts().operator.key_failed),
        mark_key(Form::Dot, texts().operator.key_mean),
    ];
    let (counts, means) = (bars(&summary, &counts, SPAN), marks(&summary, &means, SPAN));
    html! {
        p.small.muted { (summary) }
        (figure(texts().operator.runs_per_hour, &counts, ends))
        (figure(texts().operator.mean_per_hour, &means, ends))
        (legend(&key))
    }
}

fn bar(hour: &Hour, now: i64, title: String) -> Option<Bar> {
    Some(Bar {
        slot: slot(hour, now)?,
        count: hour.counters.runs,
        failed: hour.counters.failed,
        title,
    })
}

fn mark(hour: &Hour, now: i64, title: String) -> Option<Mark> {
    Some(Mark {
        slot: slot(hour, now)?,
        milliseconds: mean(hour)?,
        form: Form::Dot,
        title,
    })
}

/// `120 runs: 4 failed, mean 18 ms`.
fn in_words(all: &[Hour]) -> String {
    let sum = |of: fn(&Hour) -> u64| all.iter().map(of).sum::<u64>();
    let runs = sum(|hour| hour.counters.runs);
    let mean = sum(|hour| hour.total_ms).checked_div(runs);
    (texts().operator.hours_in_words)(
        runs,
        sum(|hour| hour.counters.failed),
        &milliseconds(mean.unwrap_or_default()),
    )
}

fn tabled(all: &[Hour], time: &dyn Fn(&Hour) -> String) -> Markup {
    let columns = [
        texts().operator.column_hour,
        texts().operator.column_runs,
        texts().operator.failed,
        texts().operator.column_mean,
        texts().operator.column_longest,
    ];
    let row = |hour: &Hour| {
        [
            time(hour),
            hour.counters.runs.to_string(),
            hour.counters.failed.to_string(),
            milliseconds(mean(hour).unwrap_or_default()),
            milliseconds(hour.longest_ms),
        ]
        .iter()
        .map(|cell| html! { (cell) })
        .collect()
    };
    table(&columns, all.iter().map(row))
}

#[cfg(test)]
mod tests {
    use wire::Counters;

    use super::*;

    fn hour(at: i64, runs: u64, failed: u64, total_ms: u64) -> Hour {
        Hour {
            at,
            counters: Counters {
                runs,
                failed,
                ..Counters::default()
            },
            total_ms,
            longest_ms: total_ms,
        }
    }

    #[test]
    fn an_hour_is_drawn_where_it_was_and_old_ones_are_left_out() {
        let now = 100 * HOUR_MILLISECONDS + 5;
        let at = |hours: i64| slot(&hour(hours * HOUR_MILLISECONDS, 1, 0, 1), now);
        assert_eq!(at(100), Some(0));
        assert_eq!(at(101), Some(0), "the caller's clock is ahead");
        assert_eq!(at(53), Some(47));
        assert_eq!(at(52), None);
    }

    #[test]
    fn the_mean_is_over_the_runs_of_the_hour() {
        assert_eq!(mean(&hour(0, 4, 1, 100)), Some(25));
        assert_eq!(mean(&hour(0, 0, 0, 0)), None);
        assert_eq!(
            in_words(&[hour(0, 4, 1, 100), hour(1, 1, 1, 400)]),
            "5 runs: 2 failed, mean 100 ms"
        );
    }
}
