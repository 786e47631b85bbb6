//! A user's object: their login sessions, and the index of the grants that they gave.
//!
//! The grants themselves live elsewhere, so "sign out everywhere" is two things: one small change
//! here, after which nothing that was begun before it can be added; then the grants, one by one,
//! from the index. The request that asks for the end does the second part, and the object's alarm does what
//! is left of it. No step touches more than a page of rows, however many grants there are.
//!
//! A [`Mark`], not a clock, identifies what began before an end: it is taken before the
//! password or the session is looked at, and what is added under it is refused if an end came in
//! between.

mod announcement;
mod bound;
mod command;
mod counter;
mod end;
mod ending;
mod entry;
mod former;
mod object;
mod session;
mod state;

use super::rows::{self, Rows, Stay, Step, Sweep};
use crate::{Fault, UnixTime};

pub use self::{
    announcement::{Extent, Unannounced, unannounced},
    bound::MOST_GRANTS,
    command::{
        Act, AddReply, CloseSession, Command, CountSessions, EndAll, EndGrant, EndOf, EndReply,
        EndingPage, FindSession, Forget, Found, GrantsPage, ListEnding, ListGrants, OpenSession,
        PAGE, Register, Reply, SessionCount, TakeMark,
    },
    counter::Mark,
    ending::is_left_over,
    former::migrate,
    object::PersonKind,
    session::MOST,
    state::{EndName, Entry, EntryKey, Session},
};

use counter::{COUNTER, Counter, REMEMBERED};

/// One step of a user's object.
pub fn step(rows: &impl Rows, command: Command, now: UnixTime) -> Result<Step<Reply>, Fault> {
    match command {
        Command::Mark => Ok(Step::answer(Reply::Marked(Counter::read(rows)?.ends))),
        Command::Open(OpenSession { session, mark }) => session::open(rows, &session, mark, now),
        Command::Find(FindSession { hash }) => session::find(rows, &hash, now),
        Command::Close(CloseSession { hash, act }) => {
            session::close(rows, &hash, act.as_ref(), now)
        }
        Command::Sessions => session::count(rows, now),
        Command::Register(Register { entry, mark }) => entry::register(rows, entry, mark, now),
        Command::Forget(Forget { grants }) => entry::forget(rows, &grants),
        Command::List(ListGrants { after, limit }) => entry::list(rows, after.as_ref(), limit, now),
        Command::EndAll(EndAll { reason, act }) => ending::end_all(rows, reason, act.as_ref(), now),
        Command::EndOf(EndOf {
            client_id,
            reason,
            act,
        }) => ending::end_of(rows, &client_id, reason, act.as_ref(), now),
        Command::End(EndGrant { grant, reason, act }) => {
            ending::end(rows, &grant, reason, act.as_ref(), now)
        }
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
        if key.starts_with(announcement::PREFIX) {
            return Ok(Stay::Until(announcement::next_attempt(text, now)?));
        }
        ending::stay(rows, key, text, now)
    })
}

#[cfg(test)]
mod tests;
