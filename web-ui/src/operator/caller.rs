//! The caller now: its token, the breakers of its peers, whether too many runs fail.

use leptos::prelude::*;
use maud::{Markup, html};
use wire::{Alert, Breaker, HopName, PeerBreaker, Status, TokenCache, TokenCacheState};

use super::duration::{left, seconds};
use super::markup::painted;
use super::page::{OperatorPage, Snapshot};
use super::panel::{Panel, Place};
use crate::browser::moment;
use crate::text::texts;

/// One line about the caller: what it is about, how that is, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Line {
    party: &'static str,
    name: &'static str,
    class: &'static str,
    word: &'static str,
    facts: String,
}

/// The panel.
pub(super) const PANEL: Panel = Panel {
    place: Place::Aside,
    view: |page| caller(page).into_any(),
};

fn caller(page: OperatorPage) -> impl IntoView {
    let state = move || {
        let now = page.now.get();
        page.snapshot.with(|snapshot| {
            snapshot.as_ref().map_or_else(
                || html! { p.small.muted { (texts().operator.caller_asking) } },
                |snapshot| drawn(&lines(snapshot, now)),
            )
        })
    };
    let alert = move || {
        page.snapshot.with(|snapshot| {
            let text = snapshot
                .as_ref()
                .and_then(|snapshot| alert_text(&snapshot.status.alert, moment));
            html! {
                @if let Some(text) = text {
                    p.notice.bad { strong { (texts().operator.alert) } " " (text) }
                }
            }
        })
    };
    view! {
        <section class="card stack" aria-labelledby="caller-heading">
            <h2 id="caller-heading">{texts().operator.caller_state}</h2>
            <div role="alert">{painted(alert)}</div>
            <p class="small muted" hidden=Signal::derive(move || !page.unanswered.get())>{texts().operator.caller_silent}</p>
            {painted(state)}
        </section>
    }
}

fn drawn(lines: &[Line]) -> Markup {
    html! {
        ul.states {
            @for line in lines {
                li class=(line.party) {
                    span.party { (line.name) }
                    span class=(line.class) { (line.word) }
                    span.small.muted { (line.facts) }
                }
            }
        }
    }
}

fn lines(snapshot: &Snapshot, now: i64) -> Vec<Line> {
    let count = |value: i64| seconds(left(value, snapshot.at, now));
    let status = &snapshot.status;
    let mut lines = vec![token_line(&status.token_cache, count)];
    lines.extend(status.breakers.iter().map(|peer| peer_line(peer, count)));
    if status.breakers.is_empty() {
        lines.push(overall_line(status));
    }
    lines
}

fn token_line(cache: &TokenCache, count: impl Fn(i64) -> String) -> Line {
    let mut facts = Vec::new();
    let times = [
        (texts().operator.expires_in, cache.seconds_left),
        (texts().operator.renewed_in, cache.renews_in),
    ];
    for (name, value) in times {
        facts.extend(value.map(|value| name(&count(value))));
    }
    if !cache.scope.is_empty() {
        facts.push((texts().operator.scope_of_token)(&cache.scope));
    }
    let binding = if cache.sender_constrained {
        texts().operator.bound
    } else {
        texts().operator.bearer
    };
    facts.push(binding.to_owned());
    facts.push((texts().operator.authenticates_by)(&cache.auth_method));
    Line {
        party: "of-caller",
        name: texts().operator.token_cache,
        class: match cache.state {
            TokenCacheState::Empty => "status",
            TokenCacheState::Fresh => "status ok",
            TokenCacheState::Ageing => "status warn",
            TokenCacheState::Renewing => "status busy",
        },
        word: (texts().operator.cache_word)(cache.state),
        facts: facts.join(" · "),
    }
}

fn peer_line(peer: &PeerBreaker, count: impl Fn(i64) -> String) -> Line {
    let mut facts = Vec::new();
    if let Some(value) = peer.seconds_left.filter(|_| peer.state == Breaker::Open) {
        facts.push((texts().operator.next_try_in)(&count(value)));
    }
    facts.push(match peer.failures {
        0 => texts().operator.no_failures.to_owned(),
        failures => (texts().operator.failures_in_a_row)(failures),
    });
    facts.extend(peer.reason.clone());
    let (party, name) = match peer.hop {
        HopName::Token => ("of-auth", texts().operator.breaker_of_token),
        HopName::Api => ("of-api", texts().operator.breaker_of_api),
    };
    Line {
        party,
        name,
        class: breaker_class(peer.state),
        word: (texts().operator.breaker_word)(peer.state),
        facts: facts.join(" · "),
    }
}

fn overall_line(status: &Status) -> Line {
    Line {
        party: "of-caller",
        name: texts().operator.breaker,
        class: breaker_class(status.breaker),
        word: (texts().operator.breaker_word)(status.breaker),
        facts: String::new(),
    }
}

const fn breaker_class(state: Breaker) -> &'static str {
    match state {
        Breaker::Closed => "status ok",
        Breaker::Open => "status bad",
        Breaker::HalfOpen => "status warn",
    }
}

/// The text of the alert, while there is one.
fn alert_text(alert: &Alert, time: impl Fn(i64) -> String) -> Option<String> {
    let since = time(alert.since? / 1000);
    Some((texts().operator.alert_says)(alert, &since))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(value: i64) -> String {
        seconds(value)
    }

    #[test]
    fn an_open_breaker_says_why_and_when_the_next_try_is() {
        let line = peer_line(
            &PeerBreaker {
                hop: HopName::Api,
                state: Breaker::Open,
                failures: 5,
                reason: Some("the API did not answer".into()),
                seconds_left: Some(12),
            },
            count,
        );
        assert_eq!((line.class, line.word), ("status bad", "open"));
        assert_eq!(
            line.facts,
            "next try in 12 s · 5 failures in a row · the API did not answer"
        );
    }

    #[test]
    fn the_token_cache_counts_down_and_says_how_the_caller_authenticates() {
        let cache = TokenCache {
            state: TokenCacheState::Fresh,
            seconds_left: Some(3600),
            renews_in: Some(3300),
            scope: "read:students".into(),
            auth_method: "private_key_jwt".into(),
            sender_constrained: true,
        };
        let line = token_line(&cache, |value| seconds(left(value, 100, 130)));
        assert_eq!(
            line.facts,
            "expires in 59 min · renewed in 54 min · scope read:students · bound to the caller's key by DPoP · authenticates by private_key_jwt"
        );
    }

    #[test]
    fn the_alert_is_shown_while_there_is_one() {
        let mut alert = Alert {
            runs: 20,
            failed: 12,
            threshold_percent: 50,
            since: None,
        };
        let text = |alert: &Alert| alert_text(alert, |seconds| format!("at {seconds}"));
        assert_eq!(text(&alert), None);
        alert.since = Some(5000);
        assert_eq!(
            text(&alert).as_deref(),
            Some("12 of the last 20 runs failed; the alert threshold is 50%. Since at 5.")
        );
    }
}
