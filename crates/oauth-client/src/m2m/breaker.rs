//! A circuit breaker: a peer that keeps failing is left alone for a while, then tried by one request.
//!
//! It is data, and every step takes the time. An isolate keeps one for each peer, so each isolate finds out for
//! itself that a peer is down: that is fine while it saves waiting, and would not be if it had to spare the peer.

use std::cell::Cell;

use oauth_core::UnixTime;

use super::platform::{Platform, SendFailed};
use crate::http_call::{HttpCall, HttpReply};

/// So many failures in a row open it.
const FAILURES: u32 = 5;
/// It stays open this long.
const OPEN_FOR: i64 = 10;
/// A probe that has taken longer than this was left: the platform may freeze a caller whose client has gone.
const LONGEST_PROBE: i64 = 8;

/// What a breaker lets through. The later, the less.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum BreakerState {
    /// Requests go through.
    Closed,
    /// One request may try, or is trying.
    HalfOpen,
    /// Requests fail at once.
    Open,
}

/// A request was not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// Seconds until the next try.
    pub seconds: i64,
    /// A fixed word for the last failure.
    pub reason: &'static str,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Phase {
    #[default]
    Closed,
    Open(UnixTime),
    Probing(UnixTime),
}

/// The breaker of one peer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Breaker {
    phase: Phase,
    /// Failures in a row.
    failures: u32,
    reason: &'static str,
    /// Counts the phases: what was let through in an earlier one has no say any more.
    era: u64,
}

/// Leave for one request, to be settled with how it went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pass(u64);

impl Breaker {
    /// What it lets through now.
    pub(super) fn state(self, now: UnixTime) -> BreakerState {
        match self.phase {
            Phase::Closed => BreakerState::Closed,
            Phase::Open(since) if now.since(since) < OPEN_FOR => BreakerState::Open,
            Phase::Open(_) | Phase::Probing(_) => BreakerState::HalfOpen,
        }
    }

    /// Lets a request through, or holds it back.
    pub(super) fn admit(self, now: UnixTime) -> (Self, Result<Pass, Held>) {
        let left = match self.phase {
            Phase::Closed => return (self, Ok(Pass(self.era))),
            Phase::Open(since) => OPEN_FOR - now.since(since),
            Phase::Probing(since) => LONGEST_PROBE - now.since(since),
        };
        if left > 0 {
            let held = Held {
                seconds: left,
                reason: self.reason,
            };
            return (self, Err(held));
        }
        let probing = self.enter(Phase::Probing(now));
        (probing, Ok(Pass(probing.era)))
    }

    /// Takes note of how a request went: `Err` with a fixed word for a failure of the peer.
    pub(super) fn settle(
        self,
        pass: Pass,
        outcome: Result<(), &'static str>,
        now: UnixTime,
    ) -> Self {
        if pass.0 != self.era {
            return self;
        }
        let failed = |reason| Self {
            failures: self.failures.saturating_add(1),
            reason,
            ..self
        };
        match (outcome, self.phase) {
            (Ok(()), Phase::Closed) => Self {
                failures: 0,
                ..self
            },
            (Ok(()), Phase::Open(_) | Phase::Probing(_)) => Self {
                failures: 0,
                ..self.enter(Phase::Closed)
            },
            (Err(reason), Phase::Closed) if failed(reason).failures < FAILURES => failed(reason),
            (Err(reason), _) => failed(reason).enter(Phase::Open(now)),
        }
    }

    const fn enter(self, phase: Phase) -> Self {
        Self {
            phase,
            era: self.era.wrapping_add(1),
            ..self
        }
    }
}

/// Sends a request if the peer's breaker lets it through.
pub(super) async fn send_through(
    breaker: &Cell<Breaker>,
    platform: &impl Platform,
    call: &HttpCall,
) -> Result<HttpReply, SendFailed> {
    let (next, pass) = breaker.get().admit(platform.now());
    breaker.set(next);
    let pass = pass.map_err(SendFailed::Held)?;
    let reply = platform.send(call).await;
    breaker.set(breaker.get().settle(pass, judge(&reply), platform.now()));
    reply
}

/// A peer that answers works, whatever it thinks of the request (4xx).
fn judge(reply: &Result<HttpReply, SendFailed>) -> Result<(), &'static str> {
    match reply {
        Ok(reply) if reply.status >= 500 => Err("server_error"),
        Err(failure @ (SendFailed::TimedOut | SendFailed::Unreachable(_))) => Err(failure.slug()),
        Ok(_) | Err(SendFailed::TooLarge | SendFailed::Held(_)) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: UnixTime = UnixTime(1_800_000_000);

    fn ask(breaker: &mut Breaker, now: UnixTime) -> Result<Pass, Held> {
        let (next, pass) = breaker.admit(now);
        *breaker = next;
        pass
    }

    fn opened() -> Breaker {
        let mut breaker = Breaker::default();
        for _ in 0..FAILURES {
            let pass = ask(&mut breaker, NOW).unwrap();
            breaker = breaker.settle(pass, Err("timed_out"), NOW);
        }
        breaker
    }

    #[test]
    fn only_failures_in_a_row_open_it() {
        let mut breaker = Breaker::default();
        for round in 0..20 {
            let pass = ask(&mut breaker, NOW).unwrap();
            let outcome = if round % 5 == 4 {
                Ok(())
            } else {
                Err("timed_out")
            };
            breaker = breaker.settle(pass, outcome, NOW);
        }
        assert_eq!(breaker.state(NOW), BreakerState::Closed);
        let held = ask(&mut opened(), NOW.plus(3)).unwrap_err();
        assert_eq!((held.seconds, held.reason), (7, "timed_out"));
    }

    #[test]
    fn a_probe_decides() {
        for (outcome, after) in [
            (Ok(()), BreakerState::Closed),
            (Err("server_error"), BreakerState::Open),
        ] {
            let (mut breaker, now) = (opened(), NOW.plus(OPEN_FOR));
            assert_eq!(breaker.state(now), BreakerState::HalfOpen);
            let probe = ask(&mut breaker, now).unwrap();
            assert_eq!(ask(&mut breaker, now).unwrap_err().seconds, LONGEST_PROBE);
            assert_eq!(breaker.settle(probe, outcome, now).state(now), after);
        }
    }

    #[test]
    fn a_probe_that_was_left_is_given_up_and_has_no_say() {
        let (mut breaker, now) = (opened(), NOW.plus(OPEN_FOR));
        let left = ask(&mut breaker, now).unwrap();
        let later = now.plus(LONGEST_PROBE);
        let probe = ask(&mut breaker, later).unwrap();
        assert_eq!(breaker.settle(left, Err("timed_out"), later), breaker);
        let closed = breaker.settle(probe, Ok(()), later);
        assert_eq!(closed.state(later), BreakerState::Closed);
    }

    proptest! {
        #[test]
        fn at_most_one_probe_runs(steps in prop::collection::vec((0_i64..4, 0_u8..4), 0..200)) {
            let (mut breaker, mut now) = (opened(), NOW);
            let mut probe: Option<(Pass, UnixTime)> = None;
            for (seconds, step) in steps {
                now = now.plus(seconds);
                match (step, probe) {
                    (0, Some((pass, _))) => {
                        breaker = breaker.settle(pass, Err("timed_out"), now);
                        probe = None;
                    }
                    _ => if let Ok(pass) = ask(&mut breaker, now) {
                        prop_assert!(probe.is_none_or(|(_, began)| now.since(began) >= LONGEST_PROBE));
                        probe = Some((pass, now));
                    }
                }
            }
        }
    }
}
