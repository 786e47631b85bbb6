//! A person's object: their login sessions, and the index of the grants that they gave.
//!
//! The grants themselves live elsewhere, so "sign out everywhere" is two things: one small change
//! here, after which nothing that was begun before it can be added; then the grants, one by one,
//! from the index. The request that asks for the end does the second part, and the object's alarm does what
//! is left of it. No step touches more than a page of rows, however many grants there are.
//!
//! A [`Mark`], not a clock, identifies what began before an end: it is taken before the
//! password or the session is looked at, and what is added under it is refused if an end came in
//! between.

mod command;
mod ending;
mod entry;
mod former;
mod session;

use serde::{Deserialize, Serialize};

use super::rows::{self, Change, Rows, Stay, Step, Sweep};
use crate::{Fault, UnixTime};

pub use self::{
    command::{
        AddReply, CloseSession, Command, CountSessions, EndAll, EndGrant, EndOf, EndReply,
        EndingPage, FindSession, Forget, Found, GrantsPage, ListEnding, ListGrants, OpenSession,
        Register, Reply, SessionCount, TakeMark,
    },
    ending::EndName,
    entry::{Entry, EntryKey},
    former::adopt,
    session::{MOST, Session},
};

/// The most entries in an answer, and in a request to forget.
pub const PAGE: usize = 200;

/// How long the memory of an end outlives it, in seconds: longer than any request that took its
/// mark before.
const REMEMBERED: i64 = 86_400;

/// How long after an end the alarm looks whether its caller has ended the grants, in seconds.
const LEFT_TO_CALLER: i64 = 60;

/// How many ends there were when something began.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Mark(u64);

impl Mark {
    /// Later than every mark that is ever taken.
    const ALL: Self = Self(u64::MAX);

    const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

/// The key of the row that counts the ends.
const COUNTER: &str = "person";

/// The ends so far.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Counter {
    /// How many there were.
    ends: Mark,
    /// The last one that ended everything.
    all: Mark,
    /// When the last one was.
    at: Option<UnixTime>,
}

#[cfg(test)]
documented::stored!(Counter);

impl Counter {
    fn read(rows: &impl Rows) -> Result<Self, Fault> {
        Ok(rows::find(rows, COUNTER)?.unwrap_or_default())
    }

    fn keep(&self) -> Result<Change, Fault> {
        rows::put(COUNTER.to_owned(), self)
    }

    /// One end more.
    const fn count(self, now: UnixTime) -> Self {
        Self {
            ends: self.ends.next(),
            all: self.all,
            at: Some(now),
        }
    }

    /// Whether everything was ended after `mark` was taken. A mark that lies ahead was not taken here.
    fn is_over(&self, mark: Mark) -> bool {
        mark < self.all || mark > self.ends
    }
}

/// One step of a person's object.
pub fn step(rows: &impl Rows, command: Command, now: UnixTime) -> Result<Step<Reply>, Fault> {
    match command {
        Command::Mark => Ok(Step::answer(Reply::Marked(Counter::read(rows)?.ends))),
        Command::Open(OpenSession { session, mark }) => session::open(rows, &session, mark, now),
        Command::Find(FindSession { hash }) => session::find(rows, &hash, now),
        Command::Close(CloseSession { hash }) => session::close(rows, &hash),
        Command::Sessions => session::count(rows, now),
        Command::Register(Register { entry, mark }) => entry::register(rows, entry, mark, now),
        Command::Forget(Forget { grants }) => entry::forget(rows, &grants),
        Command::List(ListGrants { after, limit }) => entry::list(rows, after.as_ref(), limit, now),
        Command::EndAll(EndAll { reason }) => ending::end_all(rows, reason, now),
        Command::EndOf(EndOf { client_id, reason }) => {
            ending::end_of(rows, &client_id, reason, now)
        }
        Command::End(EndGrant { grant, reason }) => ending::end(rows, &grant, reason, now),
        Command::Ending(ListEnding { limit, beyond }) => {
            ending::ending(rows, limit, beyond.as_ref())
        }
    }
}

/// Finds the rows, after `after`, that have had their time.
pub fn sweep(rows: &impl Rows, after: Option<&str>, now: UnixTime) -> Result<Sweep, Fault> {
    rows::sweep(rows, after, now, |key, text| {
        if key == COUNTER {
            // Begun anew too early, the count would take an old mark for a later one.
            let counter: Counter = rows::read(text)?;
            let until = counter.at.map(|at| at.plus(REMEMBERED));
            let until = until.filter(|until| *until > now);
            return Ok(until.map_or(Stay::WithOthers, Stay::Until));
        }
        if key.starts_with(session::PREFIX) {
            return Ok(Stay::Until(rows::read::<Session>(text)?.expires_at));
        }
        if key.starts_with(entry::PREFIX) {
            return Ok(Stay::Until(entry::until(text)?));
        }
        ending::stay(rows, key, text, now)
    })
}

#[cfg(test)]
mod tests;
