//! Ending grants, for a user or an administrator (RFC 9700 §4.14, RFC 7009 §2.1).
//!
//! First the `Person` object: one small change, after which nothing that began earlier can be added. Then each grant in
//! its own object, fifty at once, page by page. The answer comes when all have ended, so the next request already sees
//! it. After a failure in between, a repeated request continues with the remaining grants, and so does the `Person`
//! object's alarm.

mod marked;
mod outcome;

use oauth_core::{
    Fault, UnixTime,
    credential::{OpaqueToken, RefreshToken},
    id::{ClientId, GrantId, UserId},
    lifecycle::{
        ask::Ask,
        grant::{EndReason, EndedWhen, Presented, Revocation, RevocationReply},
        person::{self, EndAll, EndGrant, EndOf, EndReply, Entry, EntryKey, Forget},
    },
};

pub(crate) use outcome::Ended;

pub use marked::{MarkedGrants, Progress, end_marked};

use crate::{
    audit::{AuditEvent, Event},
    context::{Context, Stop},
    ports::{Audit, Ending},
    tombstone,
};

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
    record(context, user_id, target, by);
    finish(context, user_id).await
}

fn record<P: Audit>(context: &Context<'_, P>, user_id: &UserId, target: Target<'_>, by: &str) {
    let (event, client_id) = match target {
        Target::All => (Event::EverythingEnded, None),
        Target::Of(client_id) => (Event::ClientGrantsEnded, Some(client_id.to_string())),
        Target::One(_) => (Event::GrantEnded, None),
    };
    context.record(AuditEvent {
        subject: Some(user_id.clone()),
        actor: (by != user_id.as_str()).then(|| by.to_owned()),
        client_id,
        ..context.event(event)
    });
}

async fn finish<P: Ending>(context: &Context<'_, P>, user_id: &UserId) -> Result<Ended, Fault> {
    let progress = end_marked(&InRequest { context, user_id }).await?;
    match progress.silent {
        Some(fault) => Err(fault),
        None if progress.is_complete => Ok(Ended::All(progress.ended)),
        None => Ok(Ended::Some(progress.ended)),
    }
}

/// The grants of a user, as a request reaches them.
struct InRequest<'a, P> {
    context: &'a Context<'a, P>,
    user_id: &'a UserId,
}

impl<P: Ending> MarkedGrants for InRequest<'_, P> {
    async fn ask<C: Ask<person::Command, person::Reply>>(
        &self,
        command: C,
    ) -> Result<C::Reply, Fault> {
        self.context.ports.person(self.user_id, command).await
    }

    async fn end(&self, entry: &Entry, reason: EndReason) -> Result<(), Fault> {
        let revocation = entry.revocation(reason);
        match self.context.ports.grant(&entry.grant, revocation).await? {
            RevocationReply::Ended { .. } => {
                tombstone::ended_for(self.context, &entry.grant, reason).await;
                Ok(())
            }
            RevocationReply::Absent | RevocationReply::Refused(_) => Err(Fault::new(
                "ending.revoke",
                "the grant is not the one in the index",
            )),
        }
    }
}

/// A token that its client revokes.
pub(crate) struct RevokedToken {
    /// Its grant.
    pub(crate) grant: GrantId,
    /// The time until which its grant's end must be stored, if that has no object yet.
    pub(crate) until: Option<UnixTime>,
    /// The token, if its grant has to check it.
    pub(crate) presented: Option<Presented>,
}

impl From<RefreshToken> for RevokedToken {
    fn from(token: RefreshToken) -> Self {
        Self {
            grant: token.grant,
            until: None,
            presented: Some(Presented::RefreshToken {
                generation: token.generation,
                part: token.part,
            }),
        }
    }
}

impl From<OpaqueToken> for RevokedToken {
    fn from(token: OpaqueToken) -> Self {
        Self {
            grant: token.grant,
            until: None,
            presented: Some(Presented::AccessToken { id: token.id }),
        }
    }
}

/// Ends a grant of a client because one of its tokens was revoked. Returns the user who had granted it, if any.
pub(crate) async fn end_grant<P: Ending>(
    context: &Context<'_, P>,
    token: RevokedToken,
    client_id: &ClientId,
) -> Result<Option<UserId>, Stop> {
    let grant = &token.grant;
    let revocation = Revocation {
        client_id: Some(client_id.clone()),
        reason: EndReason::Revoked,
        until: token.until,
        presented: token.presented,
    };
    match context.ports.grant(grant, revocation).await? {
        RevocationReply::Ended { user_id, when } => {
            after_revocation(context, grant, client_id, user_id.as_ref(), when).await;
            Ok(user_id)
        }
        RevocationReply::Absent => Ok(None),
        RevocationReply::Refused(refusal) => Err(refusal.into()),
    }
}

/// Follows the revocation of a token that ended its grant: writes the tombstone and, the first time (see `when`),
/// records it in the audit log and removes the grant from its user's index. A failure here undoes nothing: the grant
/// itself has ended.
async fn after_revocation<P: Ending>(
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
    context.record(AuditEvent {
        subject: user_id.cloned(),
        client_id: Some(client_id.to_string()),
        grant: Some(grant.clone()),
        ..context.event(Event::TokenRevoked)
    });
    if let Some(user_id) = user_id {
        let grants = vec![EntryKey::new(client_id, grant)];
        let forget = Forget { grants };
        // If this fails, the grant's own object removes it later.
        let _forgotten = context.ports.person(user_id, forget).await;
    }
}
