//! A person's home: their login sessions, and the index of the grants that they gave.
//!
//! The grants themselves live elsewhere, so "sign out everywhere" is two things: one small change
//! here, after which nothing that was begun before it can be added; then the grants, one by one,
//! from the index. Whoever asks for the end does the second part, and the home's alarm does what
//! is left of it. No step touches more than a page of rows, however many grants there are.
//!
//! What was begun before an end is told by a [`Mark`], not by a clock: it is taken before the
//! password or the session is looked at, and what is added under it is refused if an end came in
//! between.

mod ending;
mod entry;
mod former;
mod session;

use serde::{Deserialize, Serialize};

use super::{
    grant::EndReason,
    rows::{self, Change, Rows, Stay, Step, Sweep},
};
use crate::{Fault, UnixTime, id::ClientId};

pub use self::{
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

/// What can be asked of a person's home.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    /// Take a mark.
    Mark,
    /// Open a session, unless everything was ended after the mark was taken.
    Open {
        /// The session.
        session: Session,
        /// Taken before the password was looked at.
        mark: Mark,
    },
    /// Find a session by its hash, and take a mark.
    Find {
        /// The hash.
        hash: String,
    },
    /// End a session. Grants that it gave stay.
    Close {
        /// The hash.
        hash: String,
    },
    /// Add a grant to the index, before anything issued from it is shown; unless everything, or the
    /// client's grants, were ended after the mark was taken, or the session it came from has ended.
    Register {
        /// The grant.
        entry: Entry,
        /// Taken before the session or the password was looked at.
        mark: Mark,
    },
    /// Take grants out of the index: they are over. The first [`PAGE`] of them count.
    Forget {
        /// The grants.
        grants: Vec<EntryKey>,
    },
    /// List the grants that are alive, by client.
    List {
        /// The last one of the page before.
        after: Option<EntryKey>,
        /// How many at most; never more than [`PAGE`].
        limit: usize,
    },
    /// End all sessions and all grants.
    EndAll {
        /// Why, for the grants' own homes.
        reason: EndReason,
    },
    /// End all grants of one client.
    EndOf {
        /// The client.
        client_id: ClientId,
        /// Why, for the grants' own homes.
        reason: EndReason,
    },
    /// End one grant.
    End {
        /// The grant.
        grant: EntryKey,
        /// Why, for the grant's own home.
        reason: EndReason,
    },
    /// List grants that were ended here and have not been forgotten: their own homes must be told.
    /// [`Reply::Done`] when there are none.
    Ending {
        /// How many at most; never more than [`PAGE`].
        limit: usize,
        /// The end to go beyond: its grants do not answer, and must not keep the others.
        beyond: Option<EndName>,
    },
    /// Count the sessions.
    Sessions,
}

impl Command {
    /// Whether it may be sent a second time when no answer came to the first. All of them may:
    /// an end that counts twice ends nothing more that its caller wanted to keep.
    pub const fn is_idempotent(&self) -> bool {
        match self {
            Self::Mark
            | Self::Open { .. }
            | Self::Find { .. }
            | Self::Close { .. }
            | Self::Register { .. }
            | Self::Forget { .. }
            | Self::List { .. }
            | Self::EndAll { .. }
            | Self::EndOf { .. }
            | Self::End { .. }
            | Self::Ending { .. }
            | Self::Sessions => true,
        }
    }
}

/// What is answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Reply {
    /// It is so now.
    Done,
    /// The mark.
    Marked(Mark),
    /// The session that was asked for.
    Found {
        /// The session.
        session: Session,
        /// The mark of this moment.
        mark: Mark,
    },
    /// There is no such session, or no such grant.
    Unknown,
    /// Refused: an end came after the mark was taken, or the session has ended. Nothing was added.
    Ended,
    /// A page of living grants.
    Grants {
        /// The grants.
        entries: Vec<Entry>,
        /// Where the next page begins, if there may be one.
        next: Option<EntryKey>,
    },
    /// Grants to end in their own homes, and to forget then. There may be more: ask again, until
    /// the answer is [`Reply::Done`].
    Ending {
        /// The grants; there may be none while there is more to look through.
        entries: Vec<Entry>,
        /// Why they were ended.
        reason: EndReason,
        /// Which end it was.
        name: EndName,
    },
    /// The sessions.
    Sessions {
        /// How many there are.
        count: usize,
        /// When the oldest was opened.
        since: Option<UnixTime>,
    },
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

/// One step in a person's home.
pub fn step(rows: &impl Rows, command: Command, now: UnixTime) -> Result<Step<Reply>, Fault> {
    match command {
        Command::Mark => Ok(Step::answer(Reply::Marked(Counter::read(rows)?.ends))),
        Command::Open { session, mark } => session::open(rows, &session, mark, now),
        Command::Find { hash } => session::find(rows, &hash, now),
        Command::Close { hash } => session::close(rows, &hash),
        Command::Sessions => session::count(rows, now),
        Command::Register { entry, mark } => entry::register(rows, entry, mark, now),
        Command::Forget { grants } => entry::forget(rows, &grants),
        Command::List { after, limit } => entry::list(rows, after.as_ref(), limit, now),
        Command::EndAll { reason } => ending::end_all(rows, reason, now),
        Command::EndOf { client_id, reason } => ending::end_of(rows, &client_id, reason, now),
        Command::End { grant, reason } => ending::end(rows, &grant, reason, now),
        Command::Ending { limit, beyond } => ending::ending(rows, limit, beyond.as_ref()),
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
#[path = "tests.rs"]
mod tests;
