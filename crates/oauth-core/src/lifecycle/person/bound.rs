//! A bound on the grants that a client has of one user: the oldest ends when one more begins.

use super::{
    Mark, PAGE, ending,
    entry::{Kept, prefix_of},
};
use crate::{
    Fault, UnixTime,
    id::ClientId,
    lifecycle::{
        grant::EndReason,
        rows::{self, Change, Rows},
    },
};

/// The most living grants that a client may have of one user.
pub const MOST_GRANTS: usize = 100;

/// For how long a grant is recent, in seconds. By then its code was redeemed, or the grant has left the index.
const RECENT: i64 = 600;

/// The changes that make room for one more grant of a client, whose grants from before `living_from` have ended.
///
/// Where half of them are recent, it is the oldest of the recent ones that ends: a page elsewhere that sends a browser
/// through the authorization endpoint over and over cannot end what its user has had for long.
pub(super) fn make_room(
    rows: &impl Rows,
    client_id: &ClientId,
    living_from: Mark,
    now: UnixTime,
) -> Result<Vec<Change>, Fault> {
    let page = rows.rows(&prefix_of(client_id), None, PAGE)?;
    if page.len() < MOST_GRANTS {
        return Ok(Vec::new());
    }
    let mut living = Vec::with_capacity(page.len());
    for (key, text) in page {
        let kept: Kept = rows::read(&text)?;
        if kept.is_living(living_from, now) {
            living.push((key, kept));
        }
    }
    let surplus = (living.len() + 1).saturating_sub(MOST_GRANTS);
    living.sort_by_key(|(_, kept)| kept.entry.since);
    let old = living.partition_point(|(_, kept)| now.since(kept.entry.since) > RECENT);
    let passed = if living.len() - old > MOST_GRANTS / 2 {
        old
    } else {
        0
    };
    let mut changes = Vec::new();
    for (key, kept) in living.into_iter().skip(passed).take(surplus) {
        changes.extend(ending::end_entry(key, kept, EndReason::TooManyGrants, now)?);
    }
    Ok(changes)
}
