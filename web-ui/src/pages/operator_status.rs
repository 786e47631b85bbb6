//! The caller's state: its token cache, its circuit breaker, its counters.

use leptos::prelude::*;
use wire::{Breaker, Status, TokenCacheState};

use crate::words::en as words;

/// The state as figures.
pub(crate) fn status_figures(status: RwSignal<Option<Status>>) -> impl IntoView {
    move || {
        status.get().map(|status| {
            view! {
                <section class="section" aria-labelledby="status-heading">
                    <h2 id="status-heading">{words::CALLER_STATE}</h2>
                    <dl class="figures section-tight">
                        {figure(words::CACHE, cache_word(status.token_cache.state).to_owned())}
                        {figure(words::SECONDS_LEFT, seconds(status.token_cache.seconds_left))}
                        {figure(words::RENEWS_IN, seconds(status.token_cache.renews_in))}
                        {figure(words::BREAKER, breaker_word(status.breaker).to_owned())}
                        {figure(words::RUNS, status.counters.runs.to_string())}
                        {figure(words::HITS, status.counters.cache_hits.to_string())}
                        {figure(words::RETRIES, status.counters.retries.to_string())}
                    </dl>
                </section>
            }
        })
    }
}

fn figure(name: &'static str, value: String) -> impl IntoView {
    view! { <div class="figure"><dt>{name}</dt><dd>{value}</dd></div> }
}

fn seconds(value: Option<i64>) -> String {
    value.map_or_else(|| words::NONE.to_owned(), |value| format!("{value} s"))
}

const fn cache_word(state: TokenCacheState) -> &'static str {
    match state {
        TokenCacheState::Empty => words::CACHE_EMPTY,
        TokenCacheState::Fresh => words::CACHE_FRESH,
        TokenCacheState::Ageing => words::CACHE_AGEING,
        TokenCacheState::Renewing => words::CACHE_RENEWING,
    }
}

/// The breaker's state in a word.
pub(crate) const fn breaker_word(breaker: Breaker) -> &'static str {
    match breaker {
        Breaker::Closed => words::BREAKER_CLOSED,
        Breaker::Open => words::BREAKER_OPEN,
        Breaker::HalfOpen => words::BREAKER_HALF_OPEN,
    }
}
