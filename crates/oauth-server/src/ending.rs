//! The one way in which grants end for a person or an administrator (RFC 9700 §4.14, RFC 7009 §2.1).
//!
//! First the person's home: one small change, after which nothing that began before it can be added. Then
//! each grant in its own home, fifty at once, page by page. Who asked is answered when all have ended, so
//! the next request already sees it. Where something fails in between, nothing is lost: asking again goes
//! on with what is left, and so does the person's own alarm.

use oauth_core::{
    Fault,
    id::{ClientId, GrantId, UserId},
    lifecycle::{
        grant::{EndReason, Revocation, RevocationReply, Since},
        person::{
            EndAll, EndGrant, EndOf, EndReply, EndingPage, Entry, EntryKey, Forget, ListEnding,
            PAGE,
        },
    },
};

use crate::{
    at_once,
    context::Context,
    ports::{Audit, AuditEvent, Ending},
    tombstone,
};

/// How many grants are told of their end at the same time.
pub const AT_ONCE: usize = 50;

/// How many pages are asked for before the rest is left to the person's alarm: a thousand grants, each with
/// a home of its own, take some seconds, and whoever asked waits.
const MOST_PAGES: usize = 5;

/// What is to end.
#[derive(Clone, Copy, Debug)]
pub(crate) enum What<'a> {
    /// All sessions and all grants.
    All,
    /// All grants of one client.
    Of(&'a ClientId),
    /// One grant.
    One(&'a EntryKey),
}

/// What has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// So many grants, and none is left.
    All(usize),
    /// So many grants; there are more, which the person's alarm ends.
    Some(usize),
    /// There is no such grant.
    Unknown,
}

/// Ends it, and says so in the audit; `by` names whoever wanted it.
pub(crate) async fn end<P: Ending>(
    context: &Context<'_, P>,
    user_id: &UserId,
    what: What<'_>,
    reason: EndReason,
    by: &str,
) -> Result<Ended, Fault> {
    match what {
        What::All => context.ports.person(user_id, EndAll { reason }).await?,
        What::Of(client_id) => {
            let client_id = client_id.clone();
            let end = EndOf { client_id, reason };
            context.ports.person(user_id, end).await?;
        }
        What::One(grant) => {
            let grant = grant.clone();
            let end = EndGrant { grant, reason };
            if context.ports.person(user_id, end).await? == EndReply::Unknown {
                return Ok(Ended::Unknown);
            }
        }
    }
    if let What::All = what {
        tombstone::user_ended(context, user_id).await;
    }
    note(context, user_id, what, by).await;
    finish(context, user_id).await
}

async fn note<P: Audit>(context: &Context<'_, P>, user_id: &UserId, what: What<'_>, by: &str) {
    let (event, client_id) = match what {
        What::All => ("everything_ended", None),
        What::Of(client_id) => ("client_grants_ended", Some(client_id)),
        What::One(_) => ("grant_ended", None),
    };
    let event = AuditEvent {
        event,
        subject: Some(user_id),
        client_id,
        detail: by,
    };
    context.ports.note(event, context.now).await;
}

/// Tells the grants that were ended in a person's home, until none is left or it has been long enough. One that
/// does not answer keeps none of the others; then it is a fault.
async fn finish<P: Ending>(context: &Context<'_, P>, user_id: &UserId) -> Result<Ended, Fault> {
    let mut count: usize = 0;
    let (mut beyond, mut silent) = (None, None);
    // An answer may hold no grant while there is more to look through: pages are counted, not grants.
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
        for (entry, outcome) in some.iter().zip(at_once::all(ends).await) {
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

/// Ends one grant. Where it has no home yet, its end waits there for it.
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

/// After a client has given back a token and its grant is over: tells those who do not ask; and the first time,
/// which `since` says, notes it and takes the grant out of its person's index. That this fails undoes nothing: the
/// grant itself has ended.
pub(crate) async fn given_back<P: Ending>(
    context: &Context<'_, P>,
    grant: &GrantId,
    client_id: &ClientId,
    user_id: Option<&UserId>,
    since: Since,
) {
    // Told each time: of a call that was repeated, the first may have been answered to nobody.
    tombstone::grant_ended(context, grant).await;
    if since == Since::Before {
        return;
    }
    let event = AuditEvent {
        event: "token_revoked",
        subject: user_id,
        client_id: Some(client_id),
        detail: grant.as_str(),
    };
    context.ports.note(event, context.now).await;
    if let Some(user_id) = user_id {
        let grants = vec![EntryKey::new(client_id, grant)];
        let forget = Forget { grants };
        // Its own object makes its person forget it in the end.
        let _forgotten = context.ports.person(user_id, forget).await;
    }
}
