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
        grant::{self, EndReason, Revocation, Since},
        person::{Command, Entry, EntryKey, PAGE, Reply},
    },
};

use crate::{
    at_once,
    context::Context,
    grant::delivery::unexpected,
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
    let command = match what {
        What::All => Command::EndAll { reason },
        What::Of(client_id) => Command::EndOf {
            client_id: client_id.clone(),
            reason,
        },
        What::One(grant) => Command::End {
            grant: grant.clone(),
            reason,
        },
    };
    if context.ports.person(user_id, command).await? == Reply::Unknown {
        return Ok(Ended::Unknown);
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
        let ask = Command::Ending {
            limit: PAGE,
            beyond: beyond.clone(),
        };
        match context.ports.person(user_id, ask).await? {
            Reply::Done => return silent.map_or(Ok(Ended::All(count)), Err),
            Reply::Ending {
                entries,
                reason,
                name,
            } => {
                let told = tell(context, user_id, &entries, reason).await?;
                count = count.saturating_add(told.over);
                if told.silent.is_some() && told.over == 0 {
                    beyond = Some(name);
                }
                silent = told.silent.or(silent);
            }
            Reply::Marked(_)
            | Reply::Found { .. }
            | Reply::Unknown
            | Reply::Ended
            | Reply::Grants { .. }
            | Reply::Sessions { .. } => return Err(unexpected()),
        }
    }
    silent.map_or(Ok(Ended::Some(count)), Err)
}

/// How a page of grants took their end.
struct Told {
    /// So many have ended.
    over: usize,
    /// What one of the others said, or why it said nothing.
    silent: Option<Fault>,
}

/// Ends a page of grants in their own homes, then takes them out of the index. What could not be told stays
/// in it.
async fn tell<P: Ending>(
    context: &Context<'_, P>,
    user_id: &UserId,
    entries: &[Entry],
    reason: EndReason,
) -> Result<Told, Fault> {
    let mut over = Vec::with_capacity(entries.len());
    let mut silent = None;
    for some in entries.chunks(AT_ONCE) {
        let told = at_once::all(some.iter().map(|entry| revoke(context, entry, reason))).await;
        for (entry, told) in some.iter().zip(told) {
            match told {
                Ok(()) => over.push(entry.key()),
                Err(fault) => silent = Some(fault),
            }
        }
    }
    let told = Told {
        over: over.len(),
        silent,
    };
    if !over.is_empty() {
        let forget = Command::Forget { grants: over };
        context.ports.person(user_id, forget).await?;
    }
    Ok(told)
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
    let command = grant::Command::Revoke(revocation);
    let reply = context.ports.grant(&entry.grant, command).await?;
    if !matches!(reply, grant::Reply::Ended { .. }) {
        return Err(unexpected());
    }
    tombstone::ended_for(context, &entry.grant, reason).await;
    Ok(())
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
        let forget = Command::Forget { grants };
        // Its own home makes its person forget it in the end.
        let _forgotten = context.ports.person(user_id, forget).await;
    }
}
