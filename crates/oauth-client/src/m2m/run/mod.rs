//! The record of one run: its hops, its lines in the log, its counts, and what remains to be done after its answer.

mod facts;
mod finish;
pub(super) mod hop;
mod log;

use oauth_core::breaker::{self, PeerFailed};
use oauth_core::lifecycle::ask::Ask;

use crate::m2m::ports::World;
use crate::m2m::shared_state::{Answer, AttemptOutcome, Change, Command, SealedToken};
use crate::m2m::token::source::TokenSource;

pub use facts::RunFacts;
pub use finish::{finish, forget, look};
pub use hop::{Breaker, CacheUse, Hop, HopName, breaker_reason};
use log::{Line, request_to, state_word};

/// The work that remains after the answer of a run; [`finish`](crate::m2m::finish()) does it.
#[derive(Clone, Debug)]
pub struct FollowUp {
    /// The facts of the run so far. A caller that cannot use the API's answer sets the error.
    pub facts: RunFacts,
    pub(super) outcomes: Vec<AttemptOutcome>,
    pub(super) renew: bool,
    pub(super) copy: Option<SealedToken>,
}

impl FollowUp {
    /// Nothing yet, for the request with this id, at `began` milliseconds since the Unix epoch.
    pub(super) fn new(id: &str, began: u64) -> Self {
        Self {
            facts: RunFacts {
                id: id.to_owned(),
                by: None,
                at: i64::try_from(began).unwrap_or_default(),
                milliseconds: 0,
                error: None,
                cache: CacheUse::None,
                retries: 0,
                token_requests: 0,
                cache_hits: 0,
                renewals: 0,
                breaker_changes: 0,
            },
            outcomes: Vec::new(),
            renew: false,
            copy: None,
        }
    }
}

/// A run in progress.
pub(super) struct Run<'a, W> {
    pub(super) source: &'a TokenSource,
    pub(super) world: &'a W,
    pub(super) hops: Vec<Hop>,
    pub(super) follow_up: FollowUp,
    /// The number of this isolate's renewal that the run is making.
    pub(super) renewal: Option<u64>,
    /// Whether the answer is sent: a token is then renewed ahead of its expiry, and its hops are not the run's.
    pub(super) ahead: bool,
}

/// The part of a hop that is known when it starts.
#[derive(Clone, Debug)]
pub(super) struct HopStart {
    pub(super) peer: HopName,
    pub(super) method: &'static str,
    pub(super) url: String,
    /// Attempts before this one.
    pub(super) retries: u32,
    /// The pause before it, in milliseconds.
    pub(super) waited: u64,
    pub(super) cache: CacheUse,
    pub(super) cache_reason: Option<String>,
    /// The reason why a token is requested, for the log.
    pub(super) renewal: Option<&'static str>,
}

impl<'a, W: World> Run<'a, W> {
    pub(super) fn new(source: &'a TokenSource, world: &'a W, follow_up: FollowUp) -> Self {
        Self {
            source,
            world,
            hops: Vec::new(),
            follow_up,
            renewal: None,
            ahead: false,
        }
    }

    /// Gives a command to the shared state, or to this isolate's own in its place. `None` for a reply that the command
    /// cannot have.
    pub(super) async fn ask<C: Ask<Command, Answer>>(&mut self, command: C) -> Option<C::Reply> {
        C::reply(self.send(command.into()).await)
    }

    async fn send(&mut self, command: Command) -> Answer {
        self.keep_renewal_alive();
        let (reply, fault) = self.source.shared.ask(self.world, command).await;
        if let Some(fault) = fault {
            let line = Line {
                what: "m2m.shared_state_unreachable",
                error: Some(fault.what),
                ..self.line()
            };
            self.world.log(&line.to_json());
        }
        for change in reply.changes {
            self.log_change(change);
        }
        reply.answer
    }

    /// A sign of life for the callers of this isolate that wait for the renewal.
    pub(super) fn keep_renewal_alive(&self) {
        if let Some(number) = self.renewal {
            self.source.keep_alive(number, self.world.now());
        }
    }

    fn log_change(&mut self, change: Change) {
        self.follow_up.facts.breaker_changes += 1;
        let line = Line {
            what: "m2m.breaker",
            peer: Some(self.source.peer_url(change.peer)),
            from: Some(state_word(change.from.into())),
            breaker: Some(state_word(change.to.into())),
            error: change.reason.map(PeerFailed::slug),
            ..self.line()
        };
        self.world.log(&line.to_json());
    }

    fn line(&self) -> Line<'_> {
        Line {
            ts: self.world.milliseconds(),
            request_id: &self.follow_up.facts.id,
            ..Line::default()
        }
    }

    /// The start of a hop for a token, whether a cache has it or the server is asked.
    pub(super) fn token_hop_start(&self, cache: CacheUse, cache_reason: String) -> HopStart {
        HopStart {
            peer: HopName::Token,
            method: "POST",
            url: self.source.settings().token_endpoint.clone(),
            retries: self.follow_up.facts.retries.min(1),
            waited: 0,
            cache,
            cache_reason: Some(cache_reason),
            renewal: None,
        }
    }

    /// A hop that began at `began` and ends now.
    pub(super) fn hop(&self, start: &HopStart, began: u64, breaker: breaker::Breaker) -> Hop {
        let now = self.world.now();
        let run_began = u64::try_from(self.follow_up.facts.at).unwrap_or_default();
        Hop {
            name: start.peer,
            method: start.method.to_owned(),
            url: start.url.clone(),
            status: None,
            started_at_ms: began.saturating_sub(run_began),
            milliseconds: self.world.milliseconds().saturating_sub(began),
            waited_ms: start.waited,
            cache: start.cache,
            cache_reason: start.cache_reason.clone(),
            retries: start.retries,
            breaker: breaker.state(now).into(),
            breaker_reason: breaker_reason(breaker, now, self.source.shared.is_alone(now)),
            failure: None,
        }
    }

    /// Adds the hop of a request and writes its line. `failure` is a fixed word, and a sentence for people.
    pub(super) fn record(
        &mut self,
        start: &HopStart,
        mut hop: Hop,
        failure: Option<(&str, String)>,
    ) {
        let line = Line {
            what: request_to(start.peer),
            peer: Some(&hop.url),
            status: hop.status,
            ms: Some(hop.milliseconds),
            attempt: Some(start.retries + 1),
            waited_ms: (hop.waited_ms > 0).then_some(hop.waited_ms),
            cache: Some(hop.cache),
            renewal: start.renewal,
            breaker: Some(state_word(hop.breaker)),
            error: failure.as_ref().map(|(slug, _)| *slug),
            ..self.line()
        };
        self.world.log(&line.to_json());
        hop.failure = failure.map(|(_, sentence)| sentence);
        self.hops.push(hop);
    }

    /// Counts how the run got its first token.
    pub(super) fn count_cache(&mut self, cache: CacheUse) {
        if self.follow_up.facts.cache == CacheUse::None {
            self.follow_up.facts.cache = cache;
        }
    }
}
