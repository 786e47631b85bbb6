//! Ending grants, for a user or an administrator (RFC 9700 §4.14, RFC 7009 §2.1).
//!
//! First the `Person` object: one small change, after which nothing that began earlier can be added, and which the object
//! announces itself. Then each grant in its own object, fifty at once, page by page. The answer comes when all have ended,
//! so the next request already sees it. After a failure in between, a repeated request continues with the remaining grants, and so does the `Person`
//! object's alarm.

mod marked;
mod outcome;
pub mod registered;

use oauth_core::{
    Fault, UnixTime, base64url,
    credential::{OpaqueToken, RefreshToken},
    id::{ClientId, GrantId, UserId},
    lifecycle::{
        ask::Ask,
        grant::{EndReason, Presented, Revocation, RevocationReply, RevocationSource},
        person::{self, Act, EndAll, EndGrant, EndOf, EndReply, Entry, EntryKey},
    },
};

pub(crate) use outcome::Ended;

pub use marked::{MarkedGrants, Progress, end_marked};

use crate::{
    context::{Context, Stop},
    ports::{Consents, Ending, Grants, People, Random},
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

/// Ends the grants; `by` names the user or administrator who asked for it.
pub(crate) async fn end<P: Ending>(
    context: &Context<'_, P>,
    user_id: &UserId,
    target: Target<'_>,
    reason: EndReason,
    by: &str,
) -> Result<Ended, Fault> {
    let act = Some(act(context, user_id, by)?);
    match mark(context, user_id, target, reason, act).await? {
        EndReply::Ended => finish(context, user_id).await,
        EndReply::Unknown => Ok(Ended::Unknown),
    }
}

/// Withdraws a user's consent, to one client or to all, and ends the access that it gave: to all clients is to end the
/// sessions too.
///
/// The end comes first, because the user's object then knows what is to be done, and does it if this request is lost: it
/// forgets the consents, and records it. Until they are forgotten, a client may get access by them without asking: so
/// what began meanwhile ends as well. The grants themselves end once, after that.
pub(crate) async fn withdraw_consent<P: Ending + Consents>(
    context: &Context<'_, P>,
    user_id: &UserId,
    client_id: Option<&ClientId>,
) -> Result<Ended, Fault> {
    let target = client_id.map_or(Target::All, Target::Of);
    let acts = [Some(act(context, user_id, user_id.as_str())?), None];
    for act in acts {
        mark(context, user_id, target, EndReason::ConsentWithdrawn, act).await?;
        context.ports.withdraw(user_id, client_id, None).await?;
    }
    finish(context, user_id).await
}

/// Marks grants as ended in the user's object. Without an act it announces nothing.
async fn mark<P: People>(
    context: &Context<'_, P>,
    user_id: &UserId,
    target: Target<'_>,
    reason: EndReason,
    act: Option<Act>,
) -> Result<EndReply, Fault> {
    let ports = context.ports;
    match target {
        Target::All => ports.person(user_id, EndAll { reason, act }).await?,
        Target::Of(client_id) => {
            let client_id = client_id.clone();
            let end = EndOf {
                client_id,
                reason,
                act,
            };
            ports.person(user_id, end).await?;
        }
        Target::One(grant) => {
            let grant = grant.clone();
            return ports.person(user_id, EndGrant { grant, reason, act }).await;
        }
    }
    Ok(EndReply::Ended)
}

/// An act of the user or administrator `by`, which the user's object announces once it has committed it.
pub(crate) fn act<P: Random>(
    context: &Context<'_, P>,
    user_id: &UserId,
    by: &str,
) -> Result<Act, Fault> {
    Ok(Act {
        id: base64url::encode(&context.ports.random::<16>()?),
        user_id: user_id.clone(),
        by: by.to_owned(),
    })
}

/// Ends the grants that the user's object has marked.
pub(crate) async fn finish<P: Ending>(
    context: &Context<'_, P>,
    user_id: &UserId,
) -> Result<Ended, Fault> {
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

    async fn end(&self, entry: &Entry, revocation: Revocation) -> Result<(), Fault> {
        match self.context.ports.grant(&entry.grant, revocation).await? {
            RevocationReply::Ended { .. } => Ok(()),
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
pub(crate) async fn end_grant<P: Grants>(
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
        source: RevocationSource::Request,
        ended_at: None,
    };
    match context.ports.grant(grant, revocation).await? {
        RevocationReply::Ended { user_id, .. } => Ok(user_id),
        RevocationReply::Absent => Ok(None),
        RevocationReply::Refused(refusal) => Err(refusal.into()),
    }
}
