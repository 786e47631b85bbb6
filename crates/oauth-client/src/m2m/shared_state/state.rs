//! The state, and the function that changes it.

use from_json::FromJson;
use oauth_core::breaker::{Breaker, BreakerState};
use oauth_core::{UnixTime, version};
use serde::Serialize;

use super::command::{Admit, AttemptOutcome, Command, GiveUp, SealedToken, Want};
use super::reply::{Admission, Answer, Change, Reply, View};
use crate::m2m::run::hop::HopName;

/// A lease whose holder has given no sign of life for this long may go to another. A holder gives one before each of
/// its requests, and none of those takes longer.
pub(super) const LEASE: i64 = 7;
/// No pause is longer than this, whatever a server asks for.
const LONGEST_PAUSE: i64 = 300;
/// The state is deleted so long after its last use, and no sooner than its token has expired.
const KEEP: i64 = 86_400;

/// A peer, as all isolates see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(deny_unknown_fields)]
struct Watched {
    breaker: Breaker,
    /// The state at the last reply.
    #[serde(rename = "told")]
    reported: BreakerState,
}

impl Default for Watched {
    fn default() -> Self {
        Self {
            breaker: Breaker::default(),
            reported: BreakerState::Closed,
        }
    }
}

impl Watched {
    /// The change since the last reply.
    fn change(&mut self, peer: HopName, now: UnixTime) -> Option<Change> {
        let (from, to) = (self.reported, self.breaker.state(now));
        self.reported = to;
        (from != to).then(|| Change {
            peer,
            from,
            to,
            reason: self.breaker.failures().1,
        })
    }
}

/// The lease of a renewal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(deny_unknown_fields)]
struct Lease {
    number: u64,
    /// The holder's last sign of life.
    at: UnixTime,
}

impl Lease {
    const fn is_live(self, now: UnixTime) -> bool {
        now.since(self.at) < LEASE
    }
}

/// A renewal that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(deny_unknown_fields)]
struct Failed {
    number: u64,
    error: String,
}

/// The state that isolates share.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(deny_unknown_fields)]
pub struct State {
    #[from_json(with = version::first)]
    version: u8,
    token_endpoint: Watched,
    api: Watched,
    token: Option<SealedToken>,
    /// The generations up to this one have been refused.
    refused: u64,
    /// The highest number given out.
    last: u64,
    lease: Option<Lease>,
    failed: Option<Failed>,
    not_before: Option<UnixTime>,
    until: UnixTime,
}

#[cfg(test)]
documented::stored!(State, Watched);

impl Default for State {
    fn default() -> Self {
        Self {
            version: 1,
            token_endpoint: Watched::default(),
            api: Watched::default(),
            token: None,
            refused: 0,
            last: 0,
            lease: None,
            failed: None,
            not_before: None,
            until: UnixTime(0),
        }
    }
}

/// Carries out a command.
pub fn step(mut state: State, command: Command, now: UnixTime) -> (State, Reply) {
    let mut changes = state.changes(now);
    let answer = match command {
        Command::Admit(admit) => state.admit(admit, now),
        Command::Report(outcome) => state.settle(outcome, now),
        Command::Want(want) => state.want(want, now),
        Command::Keep(token) => state.keep(token),
        Command::GiveUp(give_up) => state.give_up(give_up, now),
        Command::Forget => state.forget(),
        Command::Look => Answer::View(state.view(now)),
    };
    changes.extend(state.changes(now));
    state.stay(now);
    (state, Reply { answer, changes })
}

impl State {
    /// The time when it may be deleted.
    pub const fn ends_at(&self) -> UnixTime {
        self.until
    }

    /// The same without a lease, for a caller that knows its holder to be gone.
    #[must_use]
    pub(in crate::m2m) fn unleased(mut self) -> Self {
        self.lease = None;
        self
    }

    /// Moves its end at most twice a day, so that a command that changes nothing else writes nothing.
    fn stay(&mut self, now: UnixTime) {
        let needed = self.token.as_ref().map_or(now, |token| token.expires_at);
        if self.until < now.plus(KEEP / 2).max(needed) {
            self.until = now.plus(KEEP).max(needed);
        }
    }

    fn changes(&mut self, now: UnixTime) -> Vec<Change> {
        let token = self.token_endpoint.change(HopName::Token, now);
        let api = self.api.change(HopName::Api, now);
        token.into_iter().chain(api).collect()
    }

    const fn peer(&mut self, peer: HopName) -> &mut Watched {
        match peer {
            HopName::Token => &mut self.token_endpoint,
            HopName::Api => &mut self.api,
        }
    }

    fn admit(&mut self, Admit { peer, lease }: Admit, now: UnixTime) -> Answer {
        if let Some(number) = lease {
            match &mut self.lease {
                Some(held) if held.number == number => held.at = now,
                Some(_) | None => return Answer::Overtaken,
            }
        }
        let refused = self.refused;
        let watched = self.peer(peer);
        let (breaker, permit) = watched.breaker.admit(now);
        watched.breaker = breaker;
        Answer::Admission(Admission {
            permit,
            breaker,
            refused,
        })
    }

    fn settle(&mut self, outcome: AttemptOutcome, now: UnixTime) -> Answer {
        let result = outcome.failed.map_or(Ok(()), Err);
        let watched = self.peer(outcome.peer);
        watched.breaker = watched.breaker.settle(outcome.permit, result, now);
        Answer::Reported(watched.breaker)
    }

    fn refuse(&mut self, up_to: u64) {
        self.refused = self.refused.max(up_to);
        let refused = self.refused;
        self.token = self.token.take().filter(|token| token.generation > refused);
    }

    fn want(&mut self, want: Want, now: UnixTime) -> Answer {
        self.refuse(want.refused);
        let useful = self
            .token
            .as_ref()
            .filter(|token| now < token.renew_at || (!want.ahead && now < token.expires_at));
        if let Some(token) = useful {
            return Answer::Token(token.clone());
        }
        if let Some(lease) = self.lease.filter(|lease| lease.is_live(now)) {
            return Answer::Busy {
                number: lease.number,
            };
        }
        if let Some(failed) = self
            .failed
            .as_ref()
            .filter(|failed| want.waited_for == Some(failed.number))
        {
            return Answer::Failed {
                error: failed.error.clone(),
            };
        }
        let seconds = self.not_before.map_or(0, |time| time.since(now));
        if seconds > 0 {
            return Answer::Wait { seconds };
        }
        self.lease(now)
    }

    /// Numbers begin with the time, so that a state that was lost does not count from one again.
    fn lease(&mut self, now: UnixTime) -> Answer {
        let renewal = self.token.is_some() || self.refused > 0;
        let time = u64::try_from(now.0).unwrap_or_default();
        let number = time
            .saturating_mul(1000)
            .max(self.last.max(self.refused).saturating_add(1));
        self.last = number;
        self.lease = Some(Lease { number, at: now });
        Answer::Lease { number, renewal }
    }

    /// A late holder's token is welcome unless there is a newer one, or it was refused meanwhile.
    fn keep(&mut self, token: SealedToken) -> Answer {
        if self
            .lease
            .is_some_and(|lease| lease.number == token.generation)
        {
            self.lease = None;
        }
        let newest = self.token.as_ref().map_or(0, |token| token.generation);
        if token.generation > newest.max(self.refused) {
            self.last = self.last.max(token.generation);
            self.token = Some(token);
            self.not_before = None;
            self.failed = None;
        }
        Answer::Done
    }

    fn give_up(&mut self, give_up: GiveUp, now: UnixTime) -> Answer {
        let number = give_up.lease;
        if self.lease.is_none_or(|lease| lease.number != number) {
            return Answer::Overtaken;
        }
        self.lease = None;
        self.failed = give_up.error.map(|error| Failed { number, error });
        if let Some(seconds) = give_up.pause {
            self.not_before = Some(now.plus(seconds.clamp(0, LONGEST_PAUSE)));
        }
        Answer::Done
    }

    fn forget(&mut self) -> Answer {
        self.refuse(self.last);
        self.not_before = None;
        Answer::Done
    }

    fn view(&self, now: UnixTime) -> View {
        let living = self.token.as_ref().filter(|token| now < token.expires_at);
        View {
            token_endpoint: self.token_endpoint.breaker,
            api: self.api.breaker,
            token: living.map(|token| (token.expires_at, token.renew_at)),
            renewing: self.lease.is_some_and(|lease| lease.is_live(now)),
        }
    }
}
