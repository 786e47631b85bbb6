//! The end of grants: at once in the index, then one by one in their own objects.
//!
//! An end is two rows at most, however many grants it concerns: one that later additions are
//! measured against, and one that says which part of the index is still to be looked through.

use super::{
    Act, EndName, Entry, EntryKey, Mark, PAGE, Reply,
    announcement::{self, ANNOUNCED_WITHIN, Extent},
    counter::{Counter, REMEMBERED},
    end::{ENDED, End, ended},
    entry::{self, Kept},
    session,
};
use crate::{
    Fault, UnixTime,
    id::ClientId,
    lifecycle::{
        grant::EndReason,
        rows::{self, Change, Rows, Stay, Step},
    },
};

/// How long after an end the alarm looks whether its caller has ended the grants, in seconds.
pub(super) const LEFT_TO_CALLER: i64 = 60;

/// The prefix of the keys of unfinished ends; the prefix of the entries' keys follows.
const ENDING: &str = "ending/";

fn ending_key(prefix: &str) -> String {
    [ENDING, prefix].concat()
}

/// The step that has made these changes, with the announcement of what has ended.
fn done(
    mut changes: Vec<Change>,
    act: Option<&Act>,
    (ended, reason): (Extent, EndReason),
    now: UnixTime,
) -> Result<Step<Reply>, Fault> {
    announcement::add(&mut changes, act, ended, Some(reason), now)?;
    Ok(Step {
        changes,
        wake_at: Some(now.plus(ANNOUNCED_WITHIN)),
        reply: Reply::Done,
    })
}

/// Whether grants were ended here so long ago that their caller will not end them any more in their own objects.
pub fn is_left_over(rows: &impl Rows, now: UnixTime) -> Result<bool, Fault> {
    for (_, text) in rows.rows(ENDING, None, PAGE)? {
        let end: End = rows::read(&text)?;
        // No caller ends what was one too many.
        if end.reason == EndReason::TooManyGrants || end.at.plus(LEFT_TO_CALLER) <= now {
            return Ok(true);
        }
    }
    Ok(false)
}

pub(super) fn end_all(
    rows: &impl Rows,
    reason: EndReason,
    act: Option<&Act>,
    now: UnixTime,
) -> Result<Step<Reply>, Fault> {
    let mut counter = Counter::read(rows)?.count(now);
    counter.all = counter.ends;
    let end = End {
        mark: counter.ends,
        reason,
        at: now,
        after: None,
    };
    let mut changes = session::close_all(rows)?;
    changes.push(counter.keep()?);
    changes.push(rows::put(ending_key(entry::PREFIX), &end)?);
    done(changes, act, (Extent::Everything, reason), now)
}

pub(super) fn end_of(
    rows: &impl Rows,
    client_id: &ClientId,
    reason: EndReason,
    act: Option<&Act>,
    now: UnixTime,
) -> Result<Step<Reply>, Fault> {
    let counter = Counter::read(rows)?.count(now);
    let end = End {
        mark: counter.ends,
        reason,
        at: now,
        after: None,
    };
    let changes = vec![
        counter.keep()?,
        rows::put(ended(client_id), &end)?,
        rows::put(ending_key(&entry::prefix_of(client_id)), &end)?,
    ];
    let ended = Extent::Client(client_id.clone());
    done(changes, act, (ended, reason), now)
}

pub(super) fn end(
    rows: &impl Rows,
    grant: &EntryKey,
    reason: EndReason,
    act: Option<&Act>,
    now: UnixTime,
) -> Result<Step<Reply>, Fault> {
    let key = grant.row();
    let Some(kept) = rows::find::<Kept>(rows, &key)? else {
        return Ok(Step::answer(Reply::Unknown));
    };
    let changes = end_entry(key, kept, reason, now)?.into();
    done(changes, act, (Extent::Grant(grant.clone()), reason), now)
}

/// The changes that end one grant.
pub(super) fn end_entry(
    key: String,
    kept: Kept,
    reason: EndReason,
    now: UnixTime,
) -> Result<[Change; 2], Fault> {
    let end = End {
        mark: Mark::ALL,
        reason,
        at: now,
        after: None,
    };
    let kept = Kept {
        ended: true,
        ..kept
    };
    Ok([rows::put(ending_key(&key), &end)?, rows::put(key, &kept)?])
}

/// A page of grants that were ended and are still in the index: of the first end after `beyond`.
pub(super) fn ending(
    rows: &impl Rows,
    limit: usize,
    beyond: Option<&EndName>,
) -> Result<Step<Reply>, Fault> {
    let beyond = beyond.map(|EndName(key)| key.as_str());
    let Some((key, text)) = rows.rows(ENDING, beyond, 1)?.into_iter().next() else {
        return Ok(Step::answer(Reply::Done));
    };
    let name = EndName(key.clone());
    let end: End = rows::read(&text)?;
    let prefix = key.strip_prefix(ENDING).unwrap_or_default();
    let page = rows.rows(prefix, end.after.as_deref(), PAGE)?;
    let full = page.len() >= PAGE;
    let (entries, passed) = over_by(end.mark, page, limit.clamp(1, PAGE))?;
    let (reason, at) = (end.reason, Some(end.at));
    let changes = if entries.is_empty() && !full {
        vec![Change::Delete { key }]
    } else if let Some(after) = passed {
        let after = Some(after);
        vec![rows::put(key, &End { after, ..end })?]
    } else {
        Vec::new()
    };
    Ok(Step {
        changes,
        wake_at: None,
        reply: Reply::Ending {
            entries,
            reason,
            name,
            at,
        },
    })
}

/// The first entries of a page that are over by an end, and the key of the last row before them: what is passed and
/// not over will not be over by this end.
fn over_by(
    mark: Mark,
    page: Vec<(String, String)>,
    limit: usize,
) -> Result<(Vec<Entry>, Option<String>), Fault> {
    let (mut entries, mut passed) = (Vec::new(), None);
    for (row, text) in page {
        let kept: Kept = rows::read(&text)?;
        if kept.mark < mark {
            entries.push(kept.entry);
        } else if entries.is_empty() {
            passed = Some(row);
        }
        if entries.len() >= limit {
            break;
        }
    }
    Ok((entries, passed))
}

/// How long the row of an end stays.
pub(super) fn stay(rows: &impl Rows, key: &str, text: &str, now: UnixTime) -> Result<Stay, Fault> {
    if let Some(client_id) = key.strip_prefix(ENDED) {
        let unfinished = [ENDING, entry::PREFIX, client_id, " "].concat();
        if rows.row(&unfinished)?.is_none() {
            return Ok(Stay::Until(rows::read::<End>(text)?.at.plus(REMEMBERED)));
        }
        return Ok(Stay::WithOthers);
    }
    if key.starts_with(ENDING) {
        return Ok(Stay::Until(now.plus(LEFT_TO_CALLER)));
    }
    // A row of the host's own.
    Ok(Stay::WithOthers)
}
