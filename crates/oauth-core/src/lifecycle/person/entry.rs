//! The index of the grants that a user gave: an entry each, in the order of the clients.

use from_json::FromJson;
use serde::Serialize;

use super::{Entry, EntryKey, Mark, PAGE, Reply, bound, counter::Counter, end, session};
use crate::{
    Fault, UnixTime,
    id::ClientId,
    lifecycle::rows::{self, Change, Rows, Step},
};

/// The prefix of the keys of entries.
pub(super) const PREFIX: &str = "grant/";

impl EntryKey {
    /// The row's key.
    pub(super) fn row(&self) -> String {
        [PREFIX, self.as_str()].concat()
    }
}

/// The prefix of the row keys of a client's entries.
pub(super) fn prefix_of(client_id: &ClientId) -> String {
    [PREFIX, client_id.as_str(), " "].concat()
}

/// An entry as it is stored.
#[derive(Serialize, FromJson)]
#[serde(deny_unknown_fields)]
pub(super) struct Kept {
    /// The text that the user sees.
    pub(super) entry: Entry,
    /// How many ends there were when it was added.
    pub(super) mark: Mark,
    /// Whether it was ended by itself.
    pub(super) ended: bool,
}

impl Kept {
    /// Whether it has neither ended nor expired; everything from before `living_from` has ended.
    pub(super) fn is_living(&self, living_from: Mark, now: UnixTime) -> bool {
        !self.ended && self.mark >= living_from && self.entry.until > now
    }
}

#[cfg(test)]
documented::stored!(Entry, Kept);

/// When an entry's row has had its time.
pub(super) fn until(text: &str) -> Result<UnixTime, Fault> {
    Ok(rows::read::<Kept>(text)?.entry.until)
}

pub(super) fn register(
    rows: &impl Rows,
    entry: Entry,
    mark: Mark,
    now: UnixTime,
) -> Result<Step<Reply>, Fault> {
    let counter = Counter::read(rows)?;
    let came_from = match &entry.session {
        Some(hash) => session::alive(rows, hash, now)?.is_some(),
        None => true,
    };
    let end = end::of(rows, &entry.client_id)?;
    let ended = counter.is_over(mark) || mark < end;
    if ended || !came_from {
        return Ok(Step::answer(Reply::Ended));
    }
    let key = entry.key().row();
    // Sent again after an end of just this one, it stays ended.
    if let Some(before) = rows::find::<Kept>(rows, &key)? {
        let reply = if before.ended {
            Reply::Ended
        } else {
            Reply::Done
        };
        return Ok(Step::answer(reply));
    }
    let mut changes = bound::make_room(rows, &entry.client_id, end.max(counter.all), now)?;
    let until = entry.until;
    // What had to end for it is ended in its own object at once, by the alarm.
    let wake_at = Some(if changes.is_empty() { until } else { now });
    let kept = Kept {
        entry,
        mark: counter.ends,
        ended: false,
    };
    changes.push(rows::put(key, &kept)?);
    Ok(Step {
        changes,
        wake_at,
        reply: Reply::Done,
    })
}

pub(super) fn forget(rows: &impl Rows, grants: &[EntryKey]) -> Result<Step<Reply>, Fault> {
    let mut step = Step::answer(Reply::Done);
    for grant in grants.iter().take(PAGE) {
        let key = grant.row();
        if rows.row(&key)?.is_some() {
            step.changes.push(Change::Delete { key });
        }
    }
    Ok(step)
}

/// A page of living grants. It looks at no more than [`PAGE`] rows, so it may be short, or even
/// empty, while many are ending.
pub(super) fn list(
    rows: &impl Rows,
    after: Option<&EntryKey>,
    limit: usize,
    now: UnixTime,
) -> Result<Step<Reply>, Fault> {
    let all = Counter::read(rows)?.all;
    let after = after.map(EntryKey::row);
    let page = rows.rows(PREFIX, after.as_deref(), PAGE)?;
    let full = page.len() >= PAGE;
    let mut entries = Vec::new();
    let mut last = None;
    // The entries of one client are next to each other: its end is looked up once.
    let mut of: Option<(ClientId, Mark)> = None;
    let mut page = page.into_iter().peekable();
    while entries.len() < limit.clamp(1, PAGE)
        && let Some((_, text)) = page.next()
    {
        let kept: Kept = rows::read(&text)?;
        let client_id = &kept.entry.client_id;
        let end = match of.take() {
            Some((same, end)) if same == *client_id => end,
            Some(_) | None => end::of(rows, client_id)?,
        };
        of = Some((client_id.clone(), end));
        last = Some(kept.entry.key());
        if kept.is_living(end.max(all), now) {
            entries.push(kept.entry);
        }
    }
    let next = last.filter(|_| full || page.peek().is_some());
    Ok(Step::answer(Reply::Grants { entries, next }))
}
