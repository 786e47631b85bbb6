//! A circuit breaker: a peer that keeps failing is left alone for a while, then tried by one request.
//!
//! It is data, and every step takes the time. The caller stores it, for one isolate or for all of them.

use from_json::FromJson;
use serde::Serialize;

use crate::UnixTime;

/// So many failures in a row open it.
const FAILURES: u32 = 5;
/// It stays open this long.
const OPEN_FOR: i64 = 10;
/// A probe that has taken longer than this was left: the platform may freeze a caller whose client has gone.
const LONGEST_PROBE: i64 = 8;

/// The state of a circuit breaker, from the most to the least permissive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, FromJson)]
pub enum BreakerState {
    /// Requests go through.
    Closed,
    /// One request may try, or is trying.
    HalfOpen,
    /// Requests fail at once.
    Open,
}

/// How a peer failed. Whatever it thinks of a request (4xx), a peer that answers has not failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, FromJson)]
pub enum PeerFailed {
    /// It answered with a status of 500 or above.
    ServerError,
    /// It did not answer in time.
    TimedOut,
    /// It could not be reached, or broke off.
    Unreachable,
}

impl PeerFailed {
    /// A fixed word for logs and traces.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::ServerError => "server_error",
            Self::TimedOut => "timed_out",
            Self::Unreachable => "unreachable",
        }
    }
}

/// The breaker is open: the request was not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, FromJson)]
pub struct Open {
    /// Seconds until the next try.
    pub seconds: i64,
    /// The last failure.
    pub reason: PeerFailed,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, FromJson)]
enum Phase {
    #[default]
    Closed,
    Open(UnixTime),
    Probing(UnixTime),
}

/// The breaker of one peer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, FromJson)]
#[serde(deny_unknown_fields)]
pub struct Breaker {
    phase: Phase,
    /// Failures in a row.
    failures: u32,
    /// The last failure.
    reason: Option<PeerFailed>,
    /// Counts the phases: a request that an earlier one permitted changes nothing any more.
    #[serde(rename = "era")]
    generation: u64,
}

/// Permission for one request, to be settled with how it went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, FromJson)]
pub struct Permit(u64);

impl Breaker {
    /// Its state now.
    pub fn state(self, now: UnixTime) -> BreakerState {
        match self.phase {
            Phase::Closed => BreakerState::Closed,
            Phase::Open(since) if now.since(since) < OPEN_FOR => BreakerState::Open,
            Phase::Open(_) | Phase::Probing(_) => BreakerState::HalfOpen,
        }
    }

    /// Lets a request through, or holds it back.
    pub fn admit(self, now: UnixTime) -> (Self, Result<Permit, Open>) {
        let left = match self.phase {
            Phase::Closed => return (self, Ok(Permit(self.generation))),
            Phase::Open(since) => OPEN_FOR - now.since(since),
            Phase::Probing(since) => LONGEST_PROBE - now.since(since),
        };
        if left > 0 {
            let open = Open {
                seconds: left,
                reason: self.reason.unwrap_or(PeerFailed::Unreachable),
            };
            return (self, Err(open));
        }
        let probing = self.enter(Phase::Probing(now));
        (probing, Ok(Permit(probing.generation)))
    }

    /// How often in a row the peer has failed, and how it did so the last time.
    pub fn failures(self) -> (u32, Option<PeerFailed>) {
        (self.failures, self.reason)
    }

    /// Seconds until the next try, while it is open.
    pub fn opens_in(self, now: UnixTime) -> Option<i64> {
        match self.phase {
            Phase::Open(since) if now.since(since) < OPEN_FOR => Some(OPEN_FOR - now.since(since)),
            Phase::Closed | Phase::Open(_) | Phase::Probing(_) => None,
        }
    }

    /// Takes note of how a request went.
    #[must_use]
    pub fn settle(self, permit: Permit, outcome: Result<(), PeerFailed>, now: UnixTime) -> Self {
        if permit.0 != self.generation {
            return self;
        }
        let failed = |reason| Self {
            failures: self.failures.saturating_add(1),
            reason: Some(reason),
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
            generation: self.generation.wrapping_add(1),
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: UnixTime = UnixTime(1_800_000_000);

    fn ask(breaker: &mut Breaker, now: UnixTime) -> Result<Permit, Open> {
        let (next, permit) = breaker.admit(now);
        *breaker = next;
        permit
    }

    fn opened() -> Breaker {
        let mut breaker = Breaker::default();
        for _ in 0..FAILURES {
            let permit = ask(&mut breaker, NOW).unwrap();
            breaker = breaker.settle(permit, Err(PeerFailed::TimedOut), NOW);
        }
        breaker
    }

    #[test]
    fn only_failures_in_a_row_open_it() {
        let mut breaker = Breaker::default();
        for round in 0..20 {
            let permit = ask(&mut breaker, NOW).unwrap();
            let outcome = if round % 5 == 4 {
                Ok(())
            } else {
                Err(PeerFailed::TimedOut)
            };
            breaker = breaker.settle(permit, outcome, NOW);
        }
        assert_eq!(breaker.state(NOW), BreakerState::Closed);
        let open = ask(&mut opened(), NOW.plus(3)).unwrap_err();
        assert_eq!((open.seconds, open.reason), (7, PeerFailed::TimedOut));
    }

    #[test]
    fn a_probe_decides() {
        for (outcome, after) in [
            (Ok(()), BreakerState::Closed),
            (Err(PeerFailed::ServerError), BreakerState::Open),
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
        assert_eq!(
            breaker.settle(left, Err(PeerFailed::TimedOut), later),
            breaker
        );
        let closed = breaker.settle(probe, Ok(()), later);
        assert_eq!(closed.state(later), BreakerState::Closed);
    }

    proptest! {
        #[test]
        fn at_most_one_probe_runs(steps in prop::collection::vec((0_i64..4, 0_u8..4), 0..200)) {
            let (mut breaker, mut now) = (opened(), NOW);
            let mut probe: Option<(Permit, UnixTime)> = None;
            for (seconds, step) in steps {
                now = now.plus(seconds);
                match (step, probe) {
                    (0, Some((permit, _))) => {
                        breaker = breaker.settle(permit, Err(PeerFailed::TimedOut), now);
                        probe = None;
                    }
                    _ => if let Ok(permit) = ask(&mut breaker, now) {
                        prop_assert!(probe.is_none_or(|(_, began)| now.since(began) >= LONGEST_PROBE));
                        probe = Some((permit, now));
                    }
                }
            }
        }
    }
}
