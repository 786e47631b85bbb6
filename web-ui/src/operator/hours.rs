//! The last hours as charts and as a table.

use leptos::prelude::*;
use wire::Hour;

use super::chart::{Bar, Form, Mark, bar_key, bars, key, marks};
use super::desk::Desk;
use super::duration::milliseconds;
use super::history::{figure_of, legend};
use super::runs::head;
use crate::browser::local_time;
use crate::words::en as words;

/// How many hours the charts span.
const SPAN: usize = 48;
const HOUR_MILLISECONDS: i64 = 3_600_000;

/// The section.
pub(super) fn hours(desk: Desk) -> impl IntoView {
    // By the minute: the charts move on with the hour.
    let now = Memo::new(move |_| desk.now.get() / 60 * 60_000);
    let all = Memo::new(move |_| {
        desk.seen.with(|seen| {
            seen.as_ref()
                .map(|seen| seen.status.hours.clone())
                .unwrap_or_default()
        })
    });
    view! {
        <section aria-labelledby="hours-heading">
            <h2 id="hours-heading">{words::LAST_HOURS}</h2>
            <Show when=move || !all.with(Vec::is_empty) fallback=|| view! { <p class="muted">{words::NO_HOUR}</p> }>
                <p class="small muted">{move || all.with(|all| told_in_words(all))}</p>
                {move || all.with(|all| drawn(all, now.get()))}
                {legend(vec![
                    (bar_key(false), words::KEY_SUCCEEDED),
                    (bar_key(true), words::KEY_FAILED),
                    (key(Form::Dot), words::KEY_MEAN),
                ])}
                <details>
                    <summary class="small">{words::AS_TABLE}</summary>
                    <div class="scroller" tabindex="0" role="group" aria-label=words::LAST_HOURS>
                        <table>
                            {head([words::COLUMN_HOUR, words::COLUMN_RUNS, words::FAILED, words::COLUMN_MEAN, words::COLUMN_LONGEST])}
                            <tbody>{move || all.with(|all| all.iter().map(line).collect::<Vec<_>>())}</tbody>
                        </table>
                    </div>
                </details>
            </Show>
        </section>
    }
}

/// The mean time of a run, in milliseconds; `None` for an hour without one.
fn mean(hour: &Hour) -> Option<u64> {
    hour.total_ms.checked_div(hour.counters.runs)
}

/// How many hours ago it was; `None` for what is out of the chart.
fn slot(hour: &Hour, now: i64) -> Option<usize> {
    let ago = now.div_euclid(HOUR_MILLISECONDS) - hour.at.div_euclid(HOUR_MILLISECONDS);
    // The clocks of browser and caller differ a little.
    usize::try_from(ago.max(0)).ok().filter(|slot| *slot < SPAN)
}

fn drawn(all: &[Hour], now: i64) -> impl IntoView + use<> {
    let title = |hour: &Hour| {
        let mean = milliseconds(mean(hour).unwrap_or_default());
        let time = local_time(hour.at / 1000);
        let Hour { counters, .. } = hour;
        format!(
            "{time}: {} {}, {} {}, {} {mean}",
            counters.runs,
            words::RUNS_LOWER,
            counters.failed,
            words::KEY_FAILED,
            words::MEAN_LOWER
        )
    };
    let counts: Vec<Bar> = all
        .iter()
        .filter_map(|hour| bar(hour, now, title(hour)))
        .collect();
    let means: Vec<Mark> = all
        .iter()
        .filter_map(|hour| mark(hour, now, title(hour)))
        .collect();
    let told = told_in_words(all);
    let ends = [words::HOURS_AGO, words::THIS_HOUR];
    view! {
        {figure_of(words::RUNS_PER_HOUR, bars(&told, &counts, SPAN), ends)}
        {figure_of(words::MEAN_PER_HOUR, marks(&told, &means, SPAN), ends)}
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

/// `120 runs in 3 hours: 4 failed, mean 18 ms`.
fn told_in_words(all: &[Hour]) -> String {
    let sum = |of: fn(&Hour) -> u64| all.iter().map(of).sum::<u64>();
    let runs = sum(|hour| hour.counters.runs);
    let mean = sum(|hour| hour.total_ms).checked_div(runs);
    format!(
        "{runs} {}: {} {}, {} {}",
        words::RUNS_LOWER,
        sum(|hour| hour.counters.failed),
        words::KEY_FAILED,
        words::MEAN_LOWER,
        milliseconds(mean.unwrap_or_default()),
    )
}

fn line(hour: &Hour) -> impl IntoView + use<> {
    view! {
        <tr>
            <td>{local_time(hour.at / 1000)}</td>
            <td>{hour.counters.runs}</td>
            <td>{hour.counters.failed}</td>
            <td>{mean(hour).map(milliseconds)}</td>
            <td>{milliseconds(hour.longest_ms)}</td>
        </tr>
    }
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
    fn an_hour_stands_where_it_was_and_old_ones_are_left_out() {
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
            told_in_words(&[hour(0, 4, 1, 100), hour(1, 1, 1, 400)]),
            "5 runs: 2 failed, mean 100 ms"
        );
    }
}
