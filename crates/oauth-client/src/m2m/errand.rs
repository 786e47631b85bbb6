//! One errand: what is asked of whom for one run, what is told of it, and what it leaves to be done.

use oauth_core::breaker::{Breaker, Held, Pass, PeerFailed};

use super::board::{Admission, Answer, Change, Command, Kept, Settle};
use super::facts::RunFacts;
use super::log::{Line, request_to, state_word};
use super::platform::{SendFailed, World};
use super::proof;
use super::token_source::TokenSource;
use super::trace::{CacheUse, Hop, HopName, breaker_words};
use crate::http_call::{HttpCall, HttpReply};

/// The longest that one try may take, in milliseconds.
const LONGEST_TRY: u32 = 5_000;

/// What a run leaves to be done when its answer is out; [`finish`](super::finish()) does it.
#[derive(Clone, Debug)]
pub struct Rest {
    /// What is known of the run so far. Whoever reads the API's answer may add that it cannot be used.
    pub facts: RunFacts,
    pub(super) settle: Vec<Settle>,
    pub(super) renew: bool,
    pub(super) copy: Option<Kept>,
}

impl Rest {
    /// Nothing yet, for the request with this id, at so many milliseconds since the Unix epoch.
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
            settle: Vec::new(),
            renew: false,
            copy: None,
        }
    }
}

/// What is under way for one run.
pub(super) struct Errand<'a, W> {
    pub(super) source: &'a TokenSource,
    pub(super) world: &'a W,
    pub(super) hops: Vec<Hop>,
    pub(super) rest: Rest,
    /// The renewal of this isolate that the errand has taken on.
    pub(super) renewal: Option<u64>,
    /// Whether the answer is out: what comes now is not the run's.
    pub(super) ahead: bool,
}

/// Leave to make one request.
pub(super) struct Leave {
    pass: Pass,
    breaker: Breaker,
}

/// Why there is no leave.
pub(super) enum NoLeave {
    /// The peer's breaker is open.
    Held(Held),
    /// The lease is another's.
    Overtaken,
}

/// What is to be told of one try beside what is seen of it.
#[derive(Clone, Debug)]
pub(super) struct Try {
    pub(super) peer: HopName,
    /// Tries before this one.
    pub(super) retries: u32,
    pub(super) waited: u64,
    /// What is left of the deadline, in milliseconds.
    pub(super) left: u32,
    pub(super) cache: CacheUse,
    pub(super) cache_reason: Option<String>,
    /// Why a token is asked for.
    pub(super) renewal: Option<&'static str>,
}

impl<'a, W: World> Errand<'a, W> {
    pub(super) fn new(source: &'a TokenSource, world: &'a W, rest: Rest) -> Self {
        Self {
            source,
            world,
            hops: Vec::new(),
            rest,
            renewal: None,
            ahead: false,
        }
    }

    /// Puts a command to the board, or to this isolate's own while that one does not answer.
    pub(super) async fn ask(&mut self, command: Command) -> Answer {
        self.live();
        let (reply, fault) = self.source.shared.ask(self.world, command).await;
        if let Some(fault) = fault {
            let line = Line {
                what: "m2m.board_unreachable",
                error: Some(fault.what),
                ..self.line()
            };
            self.world.log(&line.to_json());
        }
        for change in reply.changes {
            self.tell_change(change);
        }
        reply.answer
    }

    /// A sign of life to those of this isolate who wait for the renewal.
    fn live(&self) {
        if let Some(number) = self.renewal {
            self.source.live(number, self.world.now());
        }
    }

    fn tell_change(&mut self, change: Change) {
        self.rest.facts.breaker_changes += 1;
        let line = Line {
            what: "m2m.breaker",
            peer: Some(self.source.peer_url(change.peer)),
            from: Some(state_word(change.from)),
            breaker: Some(state_word(change.to)),
            error: change.reason.map(PeerFailed::slug),
            ..self.line()
        };
        self.world.log(&line.to_json());
    }

    fn line(&self) -> Line<'_> {
        Line {
            ts: self.world.milliseconds(),
            request_id: &self.rest.facts.id,
            ..Line::default()
        }
    }

    /// Asks whether a peer may be called. On the way the isolate learns which tokens others have seen refused.
    pub(super) async fn admit(
        &mut self,
        peer: HopName,
        lease: Option<u64>,
    ) -> Result<Leave, NoLeave> {
        let answer = self.ask(Command::Admit { peer, lease }).await;
        if answer == Answer::Overtaken {
            return Err(NoLeave::Overtaken);
        }
        let admission = self.admission(&answer);
        self.source.refuse(admission.refused);
        let breaker = admission.breaker;
        self.source.see(peer, breaker);
        match admission.pass {
            Ok(pass) => Ok(Leave { pass, breaker }),
            Err(held) => Err(NoLeave::Held(held)),
        }
    }

    /// No board of ours answers anything else; a breaker that is not known holds nobody back.
    fn admission(&self, answer: &Answer) -> Admission {
        if let Answer::Admission(admission) = answer {
            return *admission;
        }
        let (breaker, pass) = Breaker::default().admit(self.world.now());
        Admission {
            pass,
            breaker,
            refused: 0,
        }
    }

    /// Makes one request. How it went is settled: at once if the peer failed, because the next try depends on it,
    /// else when the answer is out.
    pub(super) async fn send(
        &mut self,
        leave: Leave,
        trying: &Try,
        call: &HttpCall,
    ) -> (Result<HttpReply, SendFailed>, Hop) {
        self.live();
        let began = self.world.milliseconds();
        let limit = LONGEST_TRY.min(trying.left);
        let reply = self.world.send(call, limit).await;
        let ended = self.world.milliseconds();
        if let Ok(reply) = &reply {
            proof::remember_nonce(self.source, trying.peer, reply);
        }
        let failed = judge(&reply).err();
        let breaker = self.settle(leave, trying.peer, failed).await;
        self.source.see(trying.peer, breaker);
        let mut hop = self.hop(trying, (call.method.name(), &call.url), began, breaker);
        hop.milliseconds = ended.saturating_sub(began);
        hop.status = reply.as_ref().ok().map(|reply| reply.status);
        (reply, hop)
    }

    async fn settle(&mut self, leave: Leave, peer: HopName, failed: Option<PeerFailed>) -> Breaker {
        let pass = leave.pass;
        let settle = Settle { peer, pass, failed };
        let outcome = failed.map_or(Ok(()), Err);
        let foreseen = leave.breaker.settle(pass, outcome, self.world.now());
        if failed.is_none() {
            self.rest.settle.push(settle);
            return foreseen;
        }
        if let Answer::Settled(breaker) = self.ask(Command::Settle(settle)).await {
            breaker
        } else {
            foreseen
        }
    }

    /// What is told of a hop that ends now.
    pub(super) fn hop(
        &self,
        trying: &Try,
        (method, url): (&'static str, &str),
        began: u64,
        breaker: Breaker,
    ) -> Hop {
        let now = self.world.now();
        Hop {
            name: trying.peer,
            method,
            url: url.to_owned(),
            status: None,
            started_at: began,
            milliseconds: self.world.milliseconds().saturating_sub(began),
            waited: trying.waited,
            cache: trying.cache,
            cache_reason: trying.cache_reason.clone(),
            retries: trying.retries,
            breaker: breaker.state(now),
            breaker_reason: breaker_words(breaker, now, self.source.shared.is_alone(now)),
            failure: None,
        }
    }

    /// Adds a request's hop and writes its line. `failure` is a fixed word, and words for people.
    pub(super) fn tell(&mut self, trying: &Try, mut hop: Hop, failure: Option<(&str, String)>) {
        let line = Line {
            what: request_to(trying.peer),
            peer: Some(&hop.url),
            status: hop.status,
            ms: Some(hop.milliseconds),
            attempt: Some(trying.retries + 1),
            waited_ms: (hop.waited > 0).then_some(hop.waited),
            cache: Some(hop.cache),
            renewal: trying.renewal,
            breaker: Some(state_word(hop.breaker)),
            error: failure.as_ref().map(|(slug, _)| *slug),
            ..self.line()
        };
        self.world.log(&line.to_json());
        hop.failure = failure.map(|(_, words)| words);
        self.hops.push(hop);
    }

    /// How long to wait before the next try, if there is to be one.
    pub(super) fn back_off(&self, made: u32, began: u64, retry_after: Option<u32>) -> Option<u32> {
        // Without randomness everybody waits the longest: later, but not all at once sooner.
        let random = self.world.random();
        let random = random.map_or(u32::MAX, |[a, b, c, d, ..]| {
            u32::from_le_bytes([a, b, c, d])
        });
        let elapsed = self.world.milliseconds().saturating_sub(began);
        let policy = self.source.settings().retry;
        policy.wait(made, elapsed, retry_after, random)
    }

    /// What is left of the deadline of what began then, in milliseconds.
    pub(super) fn left(&self, began: u64) -> u32 {
        let elapsed = self.world.milliseconds().saturating_sub(began);
        self.source.settings().retry.left(elapsed).max(1)
    }
}

/// A peer that answers works, whatever it thinks of the request (4xx).
fn judge(reply: &Result<HttpReply, SendFailed>) -> Result<(), PeerFailed> {
    match reply {
        Ok(reply) if reply.status >= 500 => Err(PeerFailed::ServerError),
        Err(SendFailed::TimedOut) => Err(PeerFailed::TimedOut),
        Err(SendFailed::Unreachable(_)) => Err(PeerFailed::Unreachable),
        Ok(_) | Err(SendFailed::TooLarge | SendFailed::Held(_)) => Ok(()),
    }
}
