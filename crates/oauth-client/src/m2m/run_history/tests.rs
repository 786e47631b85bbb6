//! The history over rows in memory.

use oauth_core::lifecycle::ask::Ask;
use oauth_core::lifecycle::rows::{Memory, apply};

use super::super::run::hop::CacheUse;
use super::*;

const HALF: u32 = 50;
/// A whole hour, so that a test knows in which one it is.
const NOW: i64 = 1_800_000_000;

fn run(id: u64, error: Option<&str>) -> RunFacts {
    RunFacts {
        id: id.to_string(),
        by: Some("u_grace".to_owned()),
        at: NOW * 1000,
        milliseconds: id,
        error: error.map(str::to_owned),
        cache: CacheUse::Hit,
        retries: 1,
        token_requests: 2,
        cache_hits: 3,
        renewals: 4,
        breaker_changes: 5,
    }
}

fn ask<C: Ask<Command, Reply>>(memory: &mut Memory, command: C, now: i64) -> C::Reply {
    let step = step(memory, command.into(), UnixTime(now)).unwrap();
    apply(memory, step.changes);
    C::reply(step.reply).expect("a reply that the command can have")
}

fn record(
    memory: &mut Memory,
    run: RunFacts,
    threshold_percent: u32,
    now: i64,
) -> Option<AlertChange> {
    let record = Record {
        run,
        threshold_percent,
    };
    ask(memory, record, now)
}

fn history(memory: &mut Memory, now: i64) -> History {
    let recall = Recall {
        threshold_percent: HALF,
    };
    ask(memory, recall, now)
}

fn several(memory: &mut Memory, count: u64, error: Option<&str>, now: i64) -> Vec<AlertChange> {
    let news = (0..count).map(|id| record(memory, run(id, error), HALF, now));
    news.collect::<Vec<_>>().into_iter().flatten().collect()
}

#[test]
fn the_last_hundred_runs_are_kept_the_latest_first() {
    let mut memory = Memory::new();
    for id in 0..250 {
        record(&mut memory, run(id, None), HALF, NOW);
    }
    let runs = history(&mut memory, NOW).runs;
    let ids: Vec<String> = runs.into_iter().map(|run| run.id).collect();
    let expected: Vec<String> = (150..250).rev().map(|id: u64| id.to_string()).collect();
    assert_eq!(ids, expected);
}

#[test]
fn a_run_costs_three_rows_however_many_there_are() {
    let mut memory = Memory::new();
    for id in 0..300 {
        let record = Record {
            run: run(id, None),
            threshold_percent: HALF,
        };
        let step = step(&memory, record.into(), UnixTime(NOW)).unwrap();
        assert_eq!(step.changes.len(), 3);
        apply(&mut memory, step.changes);
    }
    assert_eq!(memory.len(), 102, "a hundred runs, an hour and the head");
    let longest = memory.values().map(String::len).max().unwrap();
    assert!(longest < 500, "{longest}");
}

#[test]
fn an_hour_counts_everything_of_its_runs() {
    let mut memory = Memory::new();
    record(&mut memory, run(7, None), HALF, NOW);
    record(&mut memory, run(20, Some("timed_out")), HALF, NOW + 3_599);
    record(&mut memory, run(1, None), HALF, NOW + 3_600);
    let hours = history(&mut memory, NOW + 3_600).hours;
    assert_eq!(hours.len(), 2);
    assert_eq!(hours[0].at, UnixTime(NOW + 3_600), "the latest first");
    let first = hours[1];
    assert_eq!((first.at, first.total_ms), (UnixTime(NOW), 27));
    assert_eq!(first.longest_ms, 20);
    let expected = Tally {
        runs: 2,
        succeeded: 1,
        failed: 1,
        token_requests: 4,
        cache_hits: 6,
        renewals: 8,
        retries: 2,
        breaker_changes: 10,
    };
    assert_eq!(first.tally, expected);
}

#[test]
fn after_48_hours_nothing_is_told_and_the_sweep_leaves_nothing() {
    let mut memory = Memory::new();
    for hour in 0..60 {
        record(
            &mut memory,
            run(hour, None),
            HALF,
            NOW + 3_600 * i64::try_from(hour).unwrap(),
        );
    }
    let last = NOW + 3_600 * 59;
    let recalled = history(&mut memory, last);
    assert_eq!((recalled.runs.len(), recalled.hours.len()), (48, 49));
    let found = sweep(&memory, None, UnixTime(last)).unwrap();
    apply(&mut memory, found.changes);
    assert_eq!(memory.len(), 48 + 49 + 1);
    assert_eq!(
        history(&mut memory, last),
        recalled,
        "the sweep deletes nothing that is still recalled"
    );
    assert!(found.earliest.is_some_and(|at| at > UnixTime(last)));
    let end = UnixTime(last + 3_600 + RETENTION);
    let found = sweep(&memory, None, end).unwrap();
    apply(&mut memory, found.changes);
    assert_eq!(found.earliest, None, "so the host forgets the rest");
    assert_eq!(memory.len(), 1);
}

#[test]
fn half_of_five_runs_make_an_alert_that_is_told_once() {
    let mut memory = Memory::new();
    assert_eq!(several(&mut memory, 4, Some("unreachable"), NOW), []);
    assert_eq!(
        history(&mut memory, NOW).alert.since,
        None,
        "four are too few"
    );
    let news = record(&mut memory, run(5, None), HALF, NOW + 1).unwrap();
    let expected = AlertChange {
        turn: Turn::Began,
        since: UnixTime(NOW + 1),
        runs: 5,
        failed: 4,
        threshold_percent: HALF,
    };
    assert_eq!(news, expected);
    ask(&mut memory, Reported(news), NOW + 2);
    assert_eq!(several(&mut memory, 9, Some("unreachable"), NOW + 60), []);
    let alert = history(&mut memory, NOW + 60).alert;
    assert_eq!((alert.runs, alert.failed), (14, 13));
    assert_eq!(alert.since, Some(UnixTime(NOW + 1)));
}

#[test]
fn fewer_failures_than_the_threshold_are_no_alert() {
    let mut memory = Memory::new();
    let share = |memory: &mut Memory, good, bad| {
        several(memory, good, None, NOW).len() + several(memory, bad, Some("timed_out"), NOW).len()
    };
    assert_eq!(share(&mut memory, 51, 50), 0);
    assert_eq!(share(&mut memory, 0, 1), 1, "half of them do");
}

#[test]
fn an_alert_ends_once_when_runs_fail_less_than_half_as_often() {
    let mut memory = Memory::new();
    for news in several(&mut memory, 5, Some("unreachable"), NOW) {
        ask(&mut memory, Reported(news), NOW);
    }
    assert_eq!(
        several(&mut memory, 15, None, NOW),
        [],
        "5 of 20 are a quarter"
    );
    let ended = several(&mut memory, 1, None, NOW);
    let expected = AlertChange {
        turn: Turn::Ended,
        since: UnixTime(NOW),
        runs: 21,
        failed: 5,
        threshold_percent: HALF,
    };
    assert_eq!(ended, [expected]);
    assert_eq!(history(&mut memory, NOW).alert.since, None);
    ask(&mut memory, Reported(expected), NOW);
    assert_eq!(several(&mut memory, 5, None, NOW + 40), []);
}

#[test]
fn silence_ends_no_alert_but_the_next_good_run_after_it_does() {
    let mut memory = Memory::new();
    let began = several(&mut memory, 5, Some("unreachable"), NOW);
    ask(&mut memory, Reported(began[0]), NOW);
    let quiet = history(&mut memory, NOW + 3_000).alert;
    assert_eq!((quiet.runs, quiet.since), (0, Some(UnixTime(NOW))));
    assert_eq!(
        several(&mut memory, 1, Some("unreachable"), NOW + 3_000),
        []
    );
    let ended = several(&mut memory, 1, None, NOW + 4_000);
    assert_eq!(ended.first().map(|news| news.turn), Some(Turn::Ended));
}

#[test]
fn failures_count_for_ten_minutes() {
    let mut memory = Memory::new();
    several(&mut memory, 4, Some("unreachable"), NOW);
    assert_eq!(history(&mut memory, NOW + 599).alert.failed, 4);
    assert_eq!(history(&mut memory, NOW + 600).alert.failed, 0);
    assert_eq!(several(&mut memory, 1, Some("unreachable"), NOW + 600), []);
}

#[test]
fn a_change_that_was_not_reported_is_given_to_another_caller() {
    let mut memory = Memory::new();
    let news = several(&mut memory, 5, Some("unreachable"), NOW);
    assert_eq!(news.len(), 1);
    assert_eq!(several(&mut memory, 1, Some("unreachable"), NOW + 29), []);
    assert_eq!(several(&mut memory, 1, Some("unreachable"), NOW + 30), news);
    ask(&mut memory, Reported(news[0]), NOW + 31);
    assert_eq!(several(&mut memory, 1, Some("unreachable"), NOW + 90), []);
}

#[test]
fn what_was_told_late_does_not_hide_what_came_after() {
    let mut memory = Memory::new();
    let began = several(&mut memory, 5, Some("unreachable"), NOW);
    let ended = several(&mut memory, 16, None, NOW + 1);
    assert_eq!(ended.len(), 1);
    ask(&mut memory, Reported(began[0]), NOW + 2);
    assert_eq!(several(&mut memory, 1, None, NOW + 40), ended);
}

#[test]
fn a_threshold_of_0_switches_alerts_off_and_ends_one_without_a_word() {
    let mut memory = Memory::new();
    several(&mut memory, 5, Some("unreachable"), NOW);
    assert_eq!(record(&mut memory, run(0, Some("x")), 0, NOW + 60), None);
    assert_eq!(record(&mut memory, run(0, Some("x")), 0, NOW + 120), None);
    assert_eq!(history(&mut memory, NOW + 120).alert.since, None);
}

fn trouble(memory: &mut Memory, now: i64) -> Option<Trouble> {
    let active = ask(memory, AskTrouble, now);
    active.map(|active| active.trouble)
}

#[test]
fn a_trouble_ends_by_itself_or_on_request() {
    let mut memory = Memory::new();
    assert_eq!(trouble(&mut memory, NOW), None);
    ask(&mut memory, Provoke(Some(Trouble::Slow)), NOW);
    ask(&mut memory, Provoke(Some(Trouble::DeadApi)), NOW + 1);
    assert_eq!(trouble(&mut memory, NOW + 120), Some(Trouble::DeadApi));
    assert_eq!(trouble(&mut memory, NOW + 121), None);
    assert_eq!(history(&mut memory, NOW + 121).trouble, None);
    let found = sweep(&memory, None, UnixTime(NOW + 121)).unwrap();
    assert_eq!((found.changes.len(), found.earliest), (1, None));
    ask(&mut memory, Provoke(None), NOW + 2);
    assert_eq!(trouble(&mut memory, NOW + 2), None);
}

#[test]
fn a_row_of_another_version_is_neither_used_nor_overwritten() {
    let mut memory = Memory::new();
    several(&mut memory, 1, None, NOW);
    memory.insert(HEAD.to_owned(), r#"{"version":2,"row":{}}"#.to_owned());
    let record = Record {
        run: run(2, None),
        threshold_percent: HALF,
    };
    assert!(step(&memory, record.into(), UnixTime(NOW)).is_err());
}

#[test]
fn commands_and_replies_are_read_as_they_were_written() {
    let record = Record {
        run: run(2, None),
        threshold_percent: HALF,
    };
    let text = serde_json::to_string(&Command::from(record)).unwrap();
    assert!(text.starts_with(r#"{"record":{"run":{"id":"2","#), "{text}");
    assert!(text.ends_with(r#"},"threshold_percent":50}}"#), "{text}");
    let mut memory = Memory::new();
    several(&mut memory, 5, Some("unreachable"), NOW);
    let history = Reply::History(history(&mut memory, NOW));
    let text = serde_json::to_string(&history).unwrap();
    assert_eq!(serde_json::from_str::<Reply>(&text).unwrap(), history);
    for command in [
        Provoke(None).into(),
        AskTrouble.into(),
        Command::from(Recall {
            threshold_percent: HALF,
        }),
    ] {
        let text = serde_json::to_string(&command).unwrap();
        assert_eq!(serde_json::from_str::<Command>(&text).unwrap(), command);
    }
}
