//! Login sessions: opened by a password, found by a cookie, ended by time or on request.

use super::{
    Act, Mark, Reply, Session,
    announcement::{self, Extent},
    counter::Counter,
};
use crate::{
    Fault, UnixTime,
    lifecycle::rows::{self, Change, Rows, Step},
};

/// The most sessions that one user has at once; the oldest gives way.
pub const MOST: usize = 50;

/// The prefix of the keys of sessions.
pub(super) const PREFIX: &str = "session/";

#[cfg(test)]
documented::stored!(Session);

impl Session {
    /// The row that keeps it.
    pub(super) fn keep(&self) -> Result<Change, Fault> {
        rows::put(key(&self.hash), self)
    }
}

fn key(hash: &str) -> String {
    [PREFIX, hash].concat()
}

pub(super) fn open(
    rows: &impl Rows,
    session: &Session,
    mark: Mark,
    now: UnixTime,
) -> Result<Step<Reply>, Fault> {
    if Counter::read(rows)?.is_over(mark) {
        return Ok(Step::answer(Reply::Ended));
    }
    let others = all(rows)?
        .into_iter()
        .filter(|other| other.hash != session.hash);
    let (mut alive, over): (Vec<_>, Vec<_>) = others.partition(|other| other.expires_at > now);
    alive.sort_by_key(|other| other.auth_time);
    let one_too_many = (alive.len() >= MOST).then(|| alive.into_iter().next());
    let mut changes: Vec<Change> = over
        .into_iter()
        .chain(one_too_many.flatten())
        .map(|other| Change::Delete {
            key: key(&other.hash),
        })
        .collect();
    changes.push(session.keep()?);
    Ok(Step {
        changes,
        wake_at: Some(session.expires_at),
        reply: Reply::Done,
    })
}

pub(super) fn find(rows: &impl Rows, hash: &str, now: UnixTime) -> Result<Step<Reply>, Fault> {
    let reply = match alive(rows, hash, now)? {
        Some(session) => Reply::Found {
            session,
            mark: Counter::read(rows)?.ends,
        },
        None => Reply::Unknown,
    };
    Ok(Step::answer(reply))
}

/// The session with this hash, if it has not ended.
pub(super) fn alive(rows: &impl Rows, hash: &str, now: UnixTime) -> Result<Option<Session>, Fault> {
    let session: Option<Session> = rows::find(rows, &key(hash))?;
    Ok(session.filter(|session| session.expires_at > now))
}

pub(super) fn close(
    rows: &impl Rows,
    hash: &str,
    act: Option<&Act>,
    now: UnixTime,
) -> Result<Step<Reply>, Fault> {
    let key = key(hash);
    let mut step = Step::answer(Reply::Done);
    if rows.row(&key)?.is_some() {
        step.changes.push(Change::Delete { key });
        step.wake_at = announcement::add(&mut step.changes, act, Extent::Session, None, now)?;
    }
    Ok(step)
}

pub(super) fn count(rows: &impl Rows, now: UnixTime) -> Result<Step<Reply>, Fault> {
    let mut alive = all(rows)?;
    alive.retain(|session| session.expires_at > now);
    Ok(Step::answer(Reply::Sessions {
        count: alive.len(),
        since: alive.iter().map(|session| session.auth_time).min(),
    }))
}

/// The changes that end all sessions.
pub(super) fn close_all(rows: &impl Rows) -> Result<Vec<Change>, Fault> {
    let all = rows.rows(PREFIX, None, MOST)?.into_iter();
    Ok(all.map(|(key, _)| Change::Delete { key }).collect())
}

/// All sessions, those included that have had their time and were not swept up yet.
fn all(rows: &impl Rows) -> Result<Vec<Session>, Fault> {
    let all = rows.rows(PREFIX, None, MOST)?;
    all.iter().map(|(_, text)| rows::read(text)).collect()
}
