//! Ends that are not announced yet.
//!
//! Each is a row, committed together with the end and deleted when everyone who must know it can: an answer, a worker or an
//! object that is lost in between hides no end.

use std::ops::Not;

use from_json::FromJson;
use serde::Serialize;

use super::{Act, EntryKey, PAGE};
use crate::{
    Fault, UnixTime,
    id::ClientId,
    lifecycle::{
        grant::EndReason,
        pauses::Pauses,
        rows::{self, Change, Rows},
    },
};

/// The prefix of the rows' keys; the id of the act follows.
pub(super) const PREFIX: &str = "announce/";

/// How long after an end the alarm announces it, in seconds, unless the object has done so meanwhile.
pub(super) const ANNOUNCED_WITHIN: i64 = 5;

/// The pauses between two attempts.
const PAUSES: Pauses = Pauses {
    shortest: 60,
    longest: 3_600,
};

/// An end that is not announced yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(deny_unknown_fields)]
pub struct Unannounced {
    /// The act.
    pub act: Act,
    /// The extent of the end.
    pub ended: Extent,
    /// When it did.
    pub at: UnixTime,
    /// Whether what the user had consented to is over as well; absent in records of earlier versions.
    #[serde(default, skip_serializing_if = "Not::not")]
    pub with_consents: bool,
}

#[cfg(test)]
documented::stored!(Act, Unannounced);

/// The extent of an end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(rename_all = "snake_case")]
pub enum Extent {
    /// All sessions and all grants.
    Everything,
    /// All grants of one client.
    Client(ClientId),
    /// One grant.
    Grant(EntryKey),
    /// One session.
    Session,
}

/// Adds the row for an act to its changes. Commands of earlier versions name no act: their senders announce it.
pub(super) fn add(
    changes: &mut Vec<Change>,
    act: Option<&Act>,
    ended: Extent,
    reason: Option<EndReason>,
    now: UnixTime,
) -> Result<Option<UnixTime>, Fault> {
    let Some(act) = act else {
        return Ok(None);
    };
    let unannounced = Unannounced {
        act: act.clone(),
        ended,
        at: now,
        with_consents: reason == Some(EndReason::ConsentWithdrawn),
    };
    changes.push(rows::put([PREFIX, &act.id].concat(), &unannounced)?);
    Ok(Some(now.plus(ANNOUNCED_WITHIN)))
}

/// The ends that are still to be announced, all of them, each with the key of its row.
pub fn unannounced(rows: &impl Rows) -> Result<Vec<(String, Unannounced)>, Fault> {
    let mut ends: Vec<(String, Unannounced)> = Vec::new();
    loop {
        let after = ends.last().map(|(key, _)| key.as_str());
        let page = rows.rows(PREFIX, after, PAGE)?;
        let is_last = page.len() < PAGE;
        for (key, text) in page {
            ends.push((key, rows::read(&text)?));
        }
        if is_last {
            return Ok(ends);
        }
    }
}

/// When to try again.
pub(super) fn next_attempt(text: &str, now: UnixTime) -> Result<UnixTime, Fault> {
    let at = rows::read::<Unannounced>(text)?.at;
    Ok(PAUSES.next(at, now))
}
