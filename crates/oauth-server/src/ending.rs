//! Ending grants, for a user or an administrator (RFC 9700 §4.14, RFC 7009 §2.1).
//!
//! First the Person object: one small change, after which nothing that began earlier can be added. Then each grant in
//! its own object, fifty at once, page by page. The answer comes when all have ended, so the next request already sees
//! it. After a failure in between, a repeated request continues with the remaining grants, and so does the Person
//! object's alarm.

use oauth_core::{
    Fault,
    id::{ClientId, GrantId, UserId},
    lifecycle::{
        grant::{EndReason, EndedWhen, Revocation, RevocationReply},
        person::{
            EndAll, EndGrant, EndOf, EndReply, EndingPage, Entry, EntryKey, Forget, ListEnding,
            PAGE,
        },
    },
};

use crate::{
    context::Context,
    join_all::join_all,
    ports::{Audit, AuditEvent, Ending},
    tombstone,
};

/// The number of grants that are ended at the same time.
pub const AT_ONCE: usize = 50;

/// The number of pages before the rest is left to the Person object's alarm: a thousand grants, each in an object of
/// its own, take some seconds, and the caller waits.
const MOST_PAGES: usize = 5;

/// The grants to end.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Target<'a> {
    /// All sessions and all grants.
    All,
    /// All grants of one client.
    Of(&'a ClientId),
    /// One grant.
    One(&'a EntryKey),
}

/// The outcome of ending them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// This number of grants, and none is left.
    All(usize),
    /// This number of grants; the Person object's alarm ends the rest.
    Some(usize),
    /// There is no such grant.
    Unknown,
}

/// Ends the grants and records it in the audit log; `by` names the user or administrator who asked for it.
pub(crate) async fn end<P: Ending>(
    context: &Context<'_, P>,
    user_id: &UserId,
    target: Target<'_>,
    reason: EndReason,
    by: &str,
) -> Result<Ended, Fault> {
    match target {
        Target::All => context.ports.person(user_id, EndAll { reason }).await?,
        Target::Of(client_id) => {
            let client_id = client_id.clone();
            let end = EndOf { client_id, reason };
            context.ports.person(user_id, end).await?;
        }
        Target::One(grant) => {
            let grant = grant.clone();
            let end = EndGrant { grant, reason };
            if context.ports.person(user_id, end).await? == EndReply::Unknown {
                return Ok(Ended::Unknown);
            }
        }
    }
    if let Target::All = target {
        tombstone::user_ended(context, user_id).await;
    }
    record(context, user_id, target, by).await;
    finish(context, user_id).await
}

async fn record<P: Audit>(
    context: &Context<'_, P>,
    user_id: &UserId,
    target: Target<'_>,
    by: &str,
) {
    let (event, client_id) = match target {
        Target::All => ("everything_ended", None),
        Target::Of(client_id) => ("client_grants_ended", Some(client_id)),
        Target::One(_) => ("grant_ended", None),
    };
    let event = AuditEvent {
        event,
        subject: Some(user_id),
        client_id,
        detail: by,
    };
    context.ports.record_event(event, context.now).await;
}

/// Ends each grant that the Person object has marked, until none is left or [`MOST_PAGES`] are done. One that does not
/// answer does not stop the others; the outcome is then a fault.
async fn finish<P: Ending>(context: &Context<'_, P>, user_id: &UserId) -> Result<Ended, Fault> {
    let mut count: usize = 0;
    let (mut beyond, mut silent) = (None, None);
    // Pages are counted, not grants: a page may be empty although more follow.
    for _ in 0..MOST_PAGES {
        let ask = ListEnding {
            limit: PAGE,
            beyond: beyond.clone(),
        };
        let Some(page) = context.ports.person(user_id, ask).await? else {
            return silent.map_or(Ok(Ended::All(count)), Err);
        };
        let outcome = end_page(context, user_id, &page).await?;
        count = count.saturating_add(outcome.ended);
        if outcome.silent.is_some() && outcome.ended == 0 {
            beyond = Some(page.name);
        }
        silent = outcome.silent.or(silent);
    }
    silent.map_or(Ok(Ended::Some(count)), Err)
}

/// The outcome of ending a page of grants.
struct PageOutcome {
    /// The number of grants that have ended.
    ended: usize,
    /// The fault of one that did not answer.
    silent: Option<Fault>,
}

/// Ends a page of grants in their own objects, then takes them out of the index. A grant that does not answer stays
/// in it.
async fn end_page<P: Ending>(
    context: &Context<'_, P>,
    user_id: &UserId,
    page: &EndingPage,
) -> Result<PageOutcome, Fault> {
    let mut ended = Vec::with_capacity(page.entries.len());
    let mut silent = None;
    for some in page.entries.chunks(AT_ONCE) {
        let ends = some.iter().map(|entry| revoke(context, entry, page.reason));
        for (entry, outcome) in some.iter().zip(join_all(ends).await) {
            match outcome {
                Ok(()) => ended.push(entry.key()),
                Err(fault) => silent = Some(fault),
            }
        }
    }
    let outcome = PageOutcome {
        ended: ended.len(),
        silent,
    };
    if !ended.is_empty() {
        let forget = Forget { grants: ended };
        context.ports.person(user_id, forget).await?;
    }
    Ok(outcome)
}

/// Ends one grant. If it has not begun yet, its object remembers the end.
async fn revoke<P: Ending>(
    context: &Context<'_, P>,
    entry: &Entry,
    reason: EndReason,
) -> Result<(), Fault> {
    let revocation = Revocation {
        client_id: Some(entry.client_id.clone()),
        reason,
        until: Some(entry.until),
    };
    match context.ports.grant(&entry.grant, revocation).await? {
        RevocationReply::Ended { .. } => {
            tombstone::ended_for(context, &entry.grant, reason).await;
            Ok(())
        }
        RevocationReply::Absent | RevocationReply::Refused(_) => Err(Fault::new(
            "ending.revoke",
            "the grant is not the one in the index",
        )),
    }
}

/// Follows the revocation of a token that ended its grant: writes the tombstone and, the first time (see `when`),
/// records it in the audit log and removes the grant from its user's index. A failure here undoes nothing: the grant
/// itself has ended.
pub(crate) async fn after_revocation<P: Ending>(
    context: &Context<'_, P>,
    grant: &GrantId,
    client_id: &ClientId,
    user_id: Option<&UserId>,
    when: EndedWhen,
) {
    // Each time: the client may repeat a call because the first answer was lost.
    tombstone::grant_ended(context, grant).await;
    if when == EndedWhen::Before {
        return;
    }
    let event = AuditEvent {
        event: "token_revoked",
        subject: user_id,
        client_id: Some(client_id),
        detail: grant.as_str(),
    };
    context.ports.record_event(event, context.now).await;
    if let Some(user_id) = user_id {
        let grants = vec![EntryKey::new(client_id, grant)];
        let forget = Forget { grants };
        // If this fails, the grant's own object removes it later.
        let _forgotten = context.ports.person(user_id, forget).await;
    }
}
