//! Attempts at passwords: who guesses has few guesses, and locks nobody out but who guesses.
//!
//! What an attempt counts under, and how long one waits, is reckoned here a second time, from `docs/operations.md`.

use std::collections::BTreeSet;

use super::{
    Act, Call, Caller, Invariant, Oracle, Outcome,
    judge::{Verdict, name, violated},
};

/// Failures of one account from one place that cost no wait, and the wait after the last of them.
const FREE: usize = 10;
const FIRST_WAIT: i64 = 30;
/// Failures of a network within a quarter of an hour after which it waits.
const OF_NETWORK: usize = 50;
/// Failures of an account from everywhere after which a network that is new to it waits.
const UNDER_ATTACK: usize = 50;

/// Where an attempt comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum From {
    /// A browser that has signed in to the account before, by its id.
    KnownBrowser(String),
    /// A network, by one of its addresses.
    Network(&'static str),
}

/// An attempt at a password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// The username.
    pub username: &'static str,
    /// Where it comes from.
    pub from: From,
    /// The names of the throttles that it may count under.
    pub throttles: BTreeSet<String>,
    /// The keyed hashes of the username and the network, as the audit log may have them.
    pub hashes: BTreeSet<String>,
}

/// What had failed before the story began.
#[derive(Clone, Debug)]
pub(crate) struct Failed {
    pub(crate) username: &'static str,
    pub(crate) from: From,
    pub(crate) times: usize,
    /// When it failed last.
    pub(crate) last: i64,
}

impl Oracle {
    /// Attempts had failed before all this.
    pub(crate) fn failed_before(&self, failed: Failed) {
        self.failed.borrow_mut().push(failed);
    }

    /// Whether attempts had failed before the story.
    pub(super) fn has_failed_before(&self) -> bool {
        !self.failed.borrow().is_empty()
    }

    /// Whether an attempt may have to wait, for what failed before it or fails beside it.
    pub(super) fn may_have_to_wait(&self, calls: &[Call], call: &Call) -> bool {
        let Some(mine) = &call.attempt else {
            return false;
        };
        // What may be counted: all that was asked, for all that is known of it.
        let asked = |is_meant: &dyn Fn(&Attempt) -> bool| {
            let others = calls.iter().filter(|other| {
                !std::ptr::eq(*other, call)
                    && (other.caller != Caller::Owner || other.outcome != Some(Outcome::Done))
                    && other.attempt.as_ref().is_some_and(|it| is_meant(it))
            });
            let times = others.map(|other| 1 + usize::from(other.is_spent_twice));
            times.sum::<usize>() + usize::from(call.is_spent_twice)
        };
        let here = self.failures(|it| it.username == mine.username && it.from == mine.from)
            + asked(&|it| it.username == mine.username && it.from == mine.from);
        let From::Network(_) = &mine.from else {
            return here >= FREE;
        };
        let of_network =
            self.failures(|it| it.from == mine.from) + asked(&|it| it.from == mine.from);
        let is_stranger_s = |from: &From| matches!(from, From::Network(_));
        let everywhere = self
            .failures(|it| it.username == mine.username && is_stranger_s(&it.from))
            + asked(&|it| it.username == mine.username && is_stranger_s(&it.from));
        here >= FREE || of_network >= OF_NETWORK || everywhere >= UNDER_ATTACK
    }

    /// The right password is not looked at either where too many were wrong.
    pub(super) fn judge_attempt(&self, calls: &[Call], call: &Call) -> Verdict {
        let Some(mine) = &call.attempt else {
            return Ok(());
        };
        let was_accepted = matches!(call.outcome, Some(Outcome::Done | Outcome::Tokens(_)));
        let others = calls.iter().filter(|other| {
            let is_here = other
                .attempt
                .as_ref()
                .is_some_and(|it| it.username == mine.username && it.from == mine.from);
            is_here && !std::ptr::eq(*other, call)
        });
        let others: Vec<&Call> = others.collect();
        // Whoever is right makes all failures of that place forgotten, and what is given back twice is one failure less.
        let may_be_forgotten = others.iter().any(|other| other.caller == Caller::Owner)
            || calls
                .iter()
                .any(|other| other.attempt.is_some() && other.is_spent_twice);
        if !was_accepted || may_be_forgotten {
            return Ok(());
        }
        if self.is_early(call, mine, others.is_empty()) {
            let seen = format!("{} was looked at, after too many failures", name(call));
            return violated(Invariant::GuessesAreBounded, seen);
        }
        Ok(())
    }

    /// Whether what failed before makes an attempt wait. It is the first from there, if `is_new`.
    fn is_early(&self, call: &Call, mine: &Attempt, is_new: bool) -> bool {
        let now = call.ended.map_or(call.started.1, |ended| ended.1) + self.rules.skew;
        let failed = self.failed.borrow();
        failed.iter().any(|failed| {
            let is_same_user = failed.username == mine.username;
            let is_here = failed.from == mine.from;
            let waits = match (is_here, &mine.from, &failed.from) {
                (true, _, _) if is_same_user => wait_after(failed.times),
                (true, From::Network(_), _) if failed.times >= OF_NETWORK => 840,
                (false, From::Network(_), From::Network(_))
                    if is_same_user && failed.times >= UNDER_ATTACK && is_new =>
                {
                    // It has never asked, so it has not waited.
                    i64::MAX / 2
                }
                _ => 0,
            };
            waits > 0 && now < failed.last + waits
        })
    }

    fn failures(&self, is_meant: impl Fn(&Failed) -> bool) -> usize {
        let failed = self.failed.borrow();
        failed
            .iter()
            .filter(|it| is_meant(it))
            .map(|it| it.times)
            .sum()
    }
}

/// How long one waits after so many failures in one place.
fn wait_after(times: usize) -> i64 {
    let Some(more) = times.checked_sub(FREE) else {
        return 0;
    };
    let more = u32::try_from(more).unwrap_or(u32::MAX);
    FIRST_WAIT
        .saturating_mul(2_i64.saturating_pow(more))
        .min(900)
}

impl Act {
    /// Whether it is an attempt at a password.
    pub(super) const fn is_attempt(&self) -> bool {
        matches!(self, Self::SignIn { .. } | Self::LogIn { .. })
    }
}
