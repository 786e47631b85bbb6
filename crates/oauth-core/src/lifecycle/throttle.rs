//! Attempts at a password, counted before the password is looked at, so that fifty guesses at
//! once use up fifty tries. A success gives its try back: only failures add up.

use serde::{Deserialize, Serialize};

use super::ask::Ask;
use super::object::{Hosted, InRecord, Lifecycle, ObjectKind};
use crate::UnixTime;

/// How many failures are let through in which time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// Failures within the window.
    pub failures: usize,
    /// The window, in seconds.
    pub window: i64,
}

/// Ten failures an account in fifteen minutes.
pub const PER_ACCOUNT: Limit = Limit {
    failures: 10,
    window: 900,
};

/// Fifty failures an address in fifteen minutes: a class of thirty signing in is not an attack.
pub const PER_ADDRESS: Limit = Limit {
    failures: 50,
    window: 900,
};

/// The attempts that count now.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attempts {
    /// The version of this record: 1.
    #[serde(deserialize_with = "crate::version::first")]
    pub version: u8,
    /// When each attempt was made, oldest first.
    pub at: Vec<UnixTime>,
}

/// A command.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    /// Take a try.
    Take(Limit),
    /// Give a try back: it was no failure.
    GiveBack,
}

/// A reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Verdict {
    /// Go on.
    Allowed,
    /// Too many failures.
    Wait {
        /// Seconds until a try is free again.
        seconds: i64,
    },
}

/// Takes a try.
#[derive(Clone, Copy, Debug)]
pub struct Take(pub Limit);

impl From<Take> for Command {
    fn from(Take(limit): Take) -> Self {
        Self::Take(limit)
    }
}

impl Ask<Command, Verdict> for Take {
    type Reply = Verdict;

    fn reply(verdict: Verdict) -> Option<Verdict> {
        Some(verdict)
    }
}

/// Gives a try back: it was no failure.
#[derive(Clone, Copy, Debug)]
pub struct GiveBack;

impl From<GiveBack> for Command {
    fn from(_: GiveBack) -> Self {
        Self::GiveBack
    }
}

impl Ask<Command, Verdict> for GiveBack {
    type Reply = ();

    fn reply(_: Verdict) -> Option<()> {
        Some(())
    }
}

/// One object for each account, address or browser.
#[derive(Debug)]
pub enum ThrottleKind {}

impl ObjectKind for ThrottleKind {
    const BINDING: &'static str = "THROTTLE";
    const WHAT: &'static str = "object.throttle";
    type Command = Command;
    type Reply = Verdict;

    /// A try that is taken twice is two tries.
    fn is_idempotent(_: &Command) -> bool {
        false
    }
}

impl Hosted for ThrottleKind {
    type Host = InRecord;
}

impl Lifecycle for ThrottleKind {
    type State = Attempts;

    fn step(
        state: Option<Attempts>,
        command: Command,
        now: UnixTime,
    ) -> (Option<Attempts>, Verdict) {
        let (state, verdict) = step(state.unwrap_or_default(), command, now);
        (Some(state), verdict)
    }

    fn ends_at(state: &Attempts) -> Option<UnixTime> {
        ends_at(state, LONGEST_WINDOW)
    }
}

/// The longest window in which an attempt counts.
const LONGEST_WINDOW: i64 = {
    let (account, address) = (PER_ACCOUNT.window, PER_ADDRESS.window);
    if account > address { account } else { address }
};

/// Takes a try or gives one back. A try that is refused does not count: it makes no one wait longer.
pub fn step(mut attempts: Attempts, command: Command, now: UnixTime) -> (Attempts, Verdict) {
    attempts.version = 1;
    match command {
        Command::Take(limit) => {
            attempts.at.retain(|at| now.since(*at) < limit.window);
            if attempts.at.len() < limit.failures {
                attempts.at.push(now);
                return (attempts, Verdict::Allowed);
            }
            let oldest = attempts.at.first().copied().unwrap_or(now);
            let seconds = limit.window.saturating_sub(now.since(oldest)).max(1);
            (attempts, Verdict::Wait { seconds })
        }
        Command::GiveBack => {
            attempts.at.pop();
            (attempts, Verdict::Allowed)
        }
    }
}

/// When nothing counts any more; `None` when nothing does now.
pub fn ends_at(attempts: &Attempts, window: i64) -> Option<UnixTime> {
    attempts.at.last().map(|at| at.plus(window))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(attempts: Attempts, now: i64) -> (Attempts, Verdict) {
        step(attempts, Command::Take(PER_ACCOUNT), UnixTime(now))
    }

    #[test]
    fn the_eleventh_failure_waits_for_the_first_to_be_forgotten() {
        let mut attempts = Attempts::default();
        for second in 0..10 {
            let (next, verdict) = take(attempts, second);
            assert_eq!(verdict, Verdict::Allowed);
            attempts = next;
        }
        let (attempts, verdict) = take(attempts, 10);
        assert_eq!(verdict, Verdict::Wait { seconds: 890 });
        let (_, verdict) = take(attempts, 900);
        assert_eq!(verdict, Verdict::Allowed);
    }

    #[test]
    fn successes_do_not_add_up() {
        let mut attempts = Attempts::default();
        for second in 0..100 {
            let (next, verdict) = take(attempts, second);
            assert_eq!(verdict, Verdict::Allowed);
            (attempts, _) = step(next, Command::GiveBack, UnixTime(second));
        }
    }

    #[test]
    fn refused_tries_do_not_prolong_the_wait() {
        let mut attempts = Attempts::default();
        for _ in 0..10 {
            (attempts, _) = take(attempts, 0);
        }
        for second in 1..900 {
            (attempts, _) = take(attempts, second);
        }
        assert_eq!(take(attempts, 900).1, Verdict::Allowed);
    }
}
