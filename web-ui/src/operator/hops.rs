//! The hops of a run as a waterfall: what each of them did, when, and what was waited for.

use maud::{Markup, html};
use wire::{Breaker, Cache, Hop, HopName, Run};

use super::duration::milliseconds;
use crate::text::texts;

/// One row of the waterfall.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Row {
    /// The class of the row: whose colour it has, and whether it is a wait.
    class: &'static str,
    /// Its name.
    name: String,
    /// Its facts, in words.
    facts: String,
    /// The request; empty for a wait.
    request: String,
    /// The failure.
    failure: Option<String>,
    /// Where its bar begins, in thousandths of the run.
    start: u64,
    /// How long its bar is, in thousandths of the run.
    length: u64,
    /// How long it took.
    milliseconds: u64,
}

/// The rows of a run: its hops, each after the wait that came before it.
fn rows(run: &Run) -> Vec<Row> {
    let end = |hop: &Hop| hop.started_at_ms + hop.milliseconds;
    let total = run.hops.iter().map(end).max().unwrap_or_default();
    let total = total.max(run.milliseconds).max(1);
    let mut rows = Vec::new();
    for hop in &run.hops {
        if hop.waited_ms > 0 {
            rows.push(wait(hop, total));
        }
        rows.push(row(hop, total));
    }
    rows
}

fn wait(hop: &Hop, total: u64) -> Row {
    let start = hop.started_at_ms.saturating_sub(hop.waited_ms);
    Row {
        class: "hop wait",
        name: texts().operator.waited.to_owned(),
        facts: texts().operator.waited_why.to_owned(),
        request: String::new(),
        failure: None,
        start: share(start, total),
        length: share(hop.waited_ms, total),
        milliseconds: hop.waited_ms,
    }
}

fn row(hop: &Hop, total: u64) -> Row {
    Row {
        class: class(hop.name),
        name: named(hop),
        facts: facts(hop),
        request: format!("{} {}", hop.method, hop.url),
        failure: hop.failure.clone(),
        start: share(hop.started_at_ms, total),
        length: share(hop.milliseconds, total),
        milliseconds: hop.milliseconds,
    }
}

fn share(part: u64, total: u64) -> u64 {
    part.min(total) * 1000 / total
}

const fn class(name: HopName) -> &'static str {
    match name {
        HopName::Token => "hop of-auth",
        HopName::Api => "hop of-api",
    }
}

fn named(hop: &Hop) -> String {
    let name = (texts().operator.hop_word)(hop.name);
    match hop.retries {
        0 => name.to_owned(),
        again => (texts().operator.attempt)(name, again + 1),
    }
}

fn facts(hop: &Hop) -> String {
    let mut facts = Vec::new();
    match (hop.status, hop.cache) {
        (Some(status), _) => facts.push(status.to_string()),
        (None, Cache::Hit) => {}
        (None, Cache::Miss | Cache::None) if hop.breaker == Breaker::Open => {
            facts.push(texts().operator.nothing_sent.to_owned());
        }
        (None, Cache::Miss | Cache::None) => facts.push(texts().operator.no_answer_came.to_owned()),
    }
    let because = |fact: &str, reason: Option<&String>| {
        reason.map_or_else(
            || fact.to_owned(),
            |reason| (texts().operator.because)(fact, reason),
        )
    };
    let cache = match hop.cache {
        Cache::Hit => Some(texts().operator.cache_hit),
        Cache::Miss => Some(texts().operator.cache_miss),
        Cache::None => None,
    };
    facts.extend(cache.map(|fact| because(fact, hop.cache_reason.as_ref())));
    let breaker = (texts().operator.breaker_is)(hop.breaker);
    facts.push(because(&breaker, hop.breaker_reason.as_ref()));
    facts.join(" · ")
}

/// The waterfall.
pub(super) fn waterfall(run: &Run) -> Markup {
    html! {
        p.waterfall-ends.small.muted aria-hidden="true" {
            span { "0" }
            span { (milliseconds(run.milliseconds)) }
        }
        ol.waterfall {
            @for row in rows(run) { (drawn(&row)) }
        }
    }
}

fn drawn(row: &Row) -> Markup {
    html! {
        li class=(row.class) {
            div.hop-name {
                span.party { (row.name) }
                span.small.muted { (row.facts) }
                span.mono.muted { (row.request) }
                @if let Some(failure) = &row.failure {
                    span.small.status.bad { (failure) }
                }
            }
            (bars(row))
            span.hop-ms { (milliseconds(row.milliseconds)) }
        }
    }
}

/// The track, and on it the row's share of the run.
fn bars(row: &Row) -> Markup {
    // Less than a hundredth is still seen, and within the track.
    let length = row.length.max(8);
    let percent = |share: u64| format!("{}.{}%", share / 10, share % 10);
    let start = percent(row.start.min(1000 - length));
    html! {
        svg aria-hidden="true" {
            rect.track x="0" width="100%" {}
            rect.span x=(start) width=(percent(length)) {}
        }
    }
}

#[cfg(test)]
mod tests {
    use wire::Outcome;

    use super::*;

    fn hop(started_at_ms: u64, waited_ms: u64, retries: u32) -> Hop {
        Hop {
            name: HopName::Token,
            method: "POST".into(),
            url: "http://localhost:8788/oauth/token".into(),
            status: Some(500),
            started_at_ms,
            milliseconds: 10,
            waited_ms,
            cache: Cache::Miss,
            cache_reason: Some("it expired".into()),
            retries,
            breaker: Breaker::Closed,
            breaker_reason: None,
            failure: None,
        }
    }

    fn run(hops: Vec<Hop>) -> Run {
        Run {
            id: "r1".into(),
            at: 0,
            outcome: Outcome::Succeeded {},
            students: Vec::new(),
            hops,
            milliseconds: 400,
        }
    }

    #[test]
    fn a_wait_is_a_row_of_its_own_before_the_try_that_follows() {
        let rows = rows(&run(vec![hop(0, 0, 0), hop(210, 200, 1)]));
        let drawn: Vec<_> = rows
            .iter()
            .map(|row| (row.class, row.name.as_str(), row.start, row.length))
            .collect();
        assert_eq!(
            drawn,
            [
                ("hop of-auth", "Token", 0, 25),
                ("hop wait", "Back-off", 25, 500),
                ("hop of-auth", "Token, try 2", 525, 25),
            ]
        );
    }

    #[test]
    fn a_hop_says_why_the_cache_and_the_breaker_did_what_they_did() {
        let mut held = hop(0, 0, 0);
        held.status = None;
        held.breaker = Breaker::Open;
        held.breaker_reason = Some("5 failures in a row".into());
        assert_eq!(
            facts(&held),
            "nothing was sent · cache miss: it expired · circuit breaker open: 5 failures in a row"
        );
        held.cache = Cache::Hit;
        held.breaker = Breaker::Closed;
        held.cache_reason = None;
        held.breaker_reason = None;
        assert_eq!(facts(&held), "cache hit · circuit breaker closed");
    }

    #[test]
    fn a_run_without_time_or_with_hops_beyond_it_is_drawn_within_its_track() {
        let mut brief = run(vec![hop(395, 0, 0)]);
        brief.milliseconds = 0;
        assert!(waterfall(&brief).0.contains(r#"x="97.5%" width="2.4%""#));
        assert_eq!((rows(&brief)[0].start, rows(&brief)[0].length), (975, 24));
        assert!(rows(&run(Vec::new())).is_empty());
    }
}
