//! Attempts at a password, counted before the password is looked at, so that fifty guesses at
//! once use up fifty tries. A success gives its try back: only failures add up.
//!
//! Three counts bound who guesses: of a network, whatever account it tries ([`Limit`]); of one account from one network,
//! each failure of which doubles the wait for the next try ([`Backoff`]); and of an account from everywhere, which never
//! refuses by itself but makes a network that is new to the account wait a short while first ([`newcomer_delay`]).

use from_json::FromJson;
use serde::Serialize;

use super::ask::ask;
use super::object::{Hosted, InRecord, Lifecycle, ObjectKind};
use crate::UnixTime;

/// How many failures are let through in which time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// Failures within the window.
    pub failures: usize,
    /// The window, in seconds.
    pub window: i64,
}

/// Fifty failures a network in fifteen minutes: a class of thirty signing in is not an attack.
pub const PER_NETWORK: Limit = Limit {
    failures: 50,
    window: 900,
};

/// Four times as many from all networks of one site.
pub const PER_SITE: Limit = Limit {
    failures: 200,
    window: 900,
};

/// How the wait grows with the failures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(deny_unknown_fields)]
pub struct Backoff {
    /// Failures that cost no wait.
    pub free: usize,
    /// The wait after the last of those, in seconds; each further failure doubles it.
    pub first: i64,
    /// The longest wait, in seconds.
    pub longest: i64,
    /// How long a failure counts, in seconds.
    pub window: i64,
}

/// One account from one network: some forty guesses a day.
pub const PER_ACCOUNT: Backoff = Backoff {
    free: 10,
    first: 30,
    longest: 3_600,
    window: 86_400,
};

/// One account from a browser that has signed in to it: no stranger's failures count here.
pub const PER_KNOWN_BROWSER: Backoff = Backoff {
    longest: 900,
    ..PER_ACCOUNT
};

/// One account from everywhere. What is counted here refuses no one: it decides the [`newcomer_delay`].
pub const FROM_EVERYWHERE: Limit = Limit {
    failures: 150,
    window: 86_400,
};

/// The failures of an account within a day from which on networks that are new to it wait, and how many double the wait.
const UNDER_ATTACK: usize = 50;
const DOUBLED_EVERY: usize = 25;
/// The first of these waits, and the longest, in seconds.
const FIRST_NEWCOMER_DELAY: i64 = 4;
const LONGEST_NEWCOMER_DELAY: i64 = 60;
/// How long a network that was asked to wait may take to come back, in seconds.
const NEWCOMER_MAY_COME: i64 = 3_600;

/// How long a network that is new to an account waits after so many failures within a day, in seconds: 4 after fifty, and
/// at most a minute, because it is also the owner of a new browser who waits.
pub fn newcomer_delay(failures: usize) -> i64 {
    let Some(more) = failures.checked_sub(UNDER_ATTACK) else {
        return 0;
    };
    doubled(
        FIRST_NEWCOMER_DELAY,
        more / DOUBLED_EVERY,
        LONGEST_NEWCOMER_DELAY,
    )
}

impl Backoff {
    /// The wait after so many failures, the last of them included.
    fn delay(self, failures: usize) -> i64 {
        failures
            .checked_sub(self.free)
            .map_or(0, |more| doubled(self.first, more, self.longest))
    }
}

fn doubled(first: i64, times: usize, longest: i64) -> i64 {
    let factor = u32::try_from(times)
        .ok()
        .and_then(|times| 1_i64.checked_shl(times));
    let factor = factor.filter(|factor| *factor > 0).unwrap_or(i64::MAX);
    first.saturating_mul(factor).min(longest)
}

/// The attempts that count now.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, FromJson)]
#[serde(deny_unknown_fields)]
pub struct Attempts {
    /// The version of this record: 1.
    #[from_json(with = crate::version::first)]
    pub version: u8,
    /// When each attempt was made, oldest first.
    pub at: Vec<UnixTime>,
    /// From when on a network that was new to an account under attack has waited long enough.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub admitted_from: Option<UnixTime>,
    /// How long the attempts count, in seconds; absent in records that knew one window only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<i64>,
}

/// A command.
#[derive(Clone, Copy, Debug, Serialize, FromJson)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    /// Take a try.
    Take(Limit),
    /// Give a try back: it was no failure.
    GiveBack,
    /// Take a try after the wait that its failures cost.
    TakeAfterWait(TakeAfterWait),
    /// Count a try that is not refused here.
    Count(Limit),
    /// Forget all failures: the password was right.
    Forget,
}

/// A reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Verdict {
    /// Go on.
    Allowed,
    /// Too many failures.
    Wait {
        /// Seconds until a try is free again.
        seconds: i64,
    },
    /// Counted.
    Counted {
        /// The failures before this try.
        failures: usize,
    },
}

use Verdict as Reply;

/// Takes a try.
#[derive(Clone, Copy, Debug)]
pub struct Take(pub Limit);

ask!(Take => |Take(limit)| Command::Take(limit), Verdict, { verdict @ (Reply::Allowed | Reply::Wait { .. }) => verdict });

/// Takes a try after the wait that its failures cost.
#[derive(Clone, Copy, Debug, Serialize, FromJson)]
#[serde(deny_unknown_fields)]
pub struct TakeAfterWait {
    /// How the wait grows.
    pub backoff: Backoff,
    /// How long one waits who has not failed here, in seconds.
    pub newcomer_delay: i64,
}

ask!(TakeAfterWait => Command::TakeAfterWait, Verdict, { verdict @ (Reply::Allowed | Reply::Wait { .. }) => verdict });

/// Counts a try that is not refused here; the reply is the failures before it.
#[derive(Clone, Copy, Debug)]
pub struct Count(pub Limit);

ask!(Count => |Count(limit)| Command::Count(limit), usize, { Reply::Counted { failures } => failures });

/// Gives a try back: it was no failure.
#[derive(Clone, Copy, Debug)]
pub struct GiveBack;

ask!(GiveBack => |_| Command::GiveBack, (), { Reply::Allowed => () });

/// Forgets all failures: the password was right.
#[derive(Clone, Copy, Debug)]
pub struct Forget;

ask!(Forget => |_| Command::Forget, (), { Reply::Allowed => () });

/// One object for each network, account, account and network, or browser.
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
        ends_at(state)
    }
}

/// Takes a try or gives one back. A try that is refused does not count: it makes no one wait longer.
pub fn step(mut attempts: Attempts, command: Command, now: UnixTime) -> (Attempts, Verdict) {
    attempts.version = 1;
    let verdict = match command {
        Command::Take(limit) => attempts.take(limit, now),
        Command::TakeAfterWait(take) => attempts.take_after_wait(take, now),
        Command::Count(limit) => attempts.count(limit, now),
        Command::GiveBack => {
            attempts.at.pop();
            Verdict::Allowed
        }
        Command::Forget => {
            attempts.at.clear();
            attempts.admitted_from = None;
            Verdict::Allowed
        }
    };
    (attempts, verdict)
}

impl Attempts {
    fn take(&mut self, limit: Limit, now: UnixTime) -> Verdict {
        self.forget_old(limit.window, now);
        if self.at.len() < limit.failures {
            self.at.push(now);
            return Verdict::Allowed;
        }
        let oldest = self.at.first().copied().unwrap_or(now);
        wait(oldest.plus(limit.window), now)
    }

    /// Under an attack on the account a first failure costs as much as the last of the free ones otherwise.
    fn take_after_wait(&mut self, take: TakeAfterWait, now: UnixTime) -> Verdict {
        let TakeAfterWait {
            mut backoff,
            newcomer_delay,
        } = take;
        self.forget_old(backoff.window, now);
        let last = self.at.last().copied();
        if newcomer_delay > 0 {
            backoff.free = backoff.free.min(1);
            let kept = self
                .admitted_from
                .filter(|from| now.since(*from) < NEWCOMER_MAY_COME);
            let admitted_from = kept.unwrap_or_else(|| last.unwrap_or(now).plus(newcomer_delay));
            if now < admitted_from {
                self.admitted_from = Some(admitted_from);
                return wait(admitted_from, now);
            }
        }
        // The clock may have gone back since the last failure.
        let delay = Some(backoff.delay(self.at.len())).filter(|delay| *delay > 0);
        let free_at = last.zip(delay).map(|(last, delay)| last.plus(delay));
        if let Some(free_at) = free_at.filter(|free_at| now < *free_at) {
            return wait(free_at, now);
        }
        self.admitted_from = None;
        self.at.push(now);
        Verdict::Allowed
    }

    /// Beyond the limit the oldest makes room: it says how strong an attack is, no more.
    fn count(&mut self, limit: Limit, now: UnixTime) -> Verdict {
        self.forget_old(limit.window, now);
        let failures = self.at.len();
        let too_many = failures.saturating_add(1).saturating_sub(limit.failures);
        self.at.drain(..too_many.min(failures));
        self.at.push(now);
        Verdict::Counted { failures }
    }

    fn forget_old(&mut self, window: i64, now: UnixTime) {
        self.window = Some(window);
        self.at.retain(|at| now.since(*at) < window);
    }
}

fn wait(until: UnixTime, now: UnixTime) -> Verdict {
    let seconds = until.since(now).max(1);
    Verdict::Wait { seconds }
}

/// When nothing counts any more; `None` when nothing does now.
pub fn ends_at(attempts: &Attempts) -> Option<UnixTime> {
    let window = attempts.window.unwrap_or(FROM_EVERYWHERE.window);
    let last = attempts.at.last().map(|at| at.plus(window));
    let admitted = attempts
        .admitted_from
        .map(|from| from.plus(NEWCOMER_MAY_COME));
    last.max(admitted)
}

#[cfg(test)]
mod tests;
