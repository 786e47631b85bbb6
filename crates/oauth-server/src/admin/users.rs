//! People, as an administrator signs them out, keeps them out and lets them in again.

use oauth_core::{Refusal, http::Answer, id::UserId, lifecycle::grant::EndReason};

use super::{Administrator, done, note, told, user_id};
use crate::{
    context::{Context, Stop},
    ending::{self, What},
    json_body::Members,
    port::{AccountState, Audit, Grants, People, Registry, Tombstones},
};

/// Ends all sessions and all grants of a person.
pub(super) async fn sign_out<P>(
    context: &Context<'_, P>,
    members: &Members,
    by: &Administrator,
) -> Result<Answer, Stop>
where
    P: Registry + People + Grants + Tombstones + Audit,
{
    let user_id = user_id(members.user_id.as_deref())?;
    if !context.ports.is_person(&user_id).await? {
        return Err(Refusal::PersonUnknown.into());
    }
    let reason = EndReason::SignedOut;
    let ended = ending::end(context, &user_id, What::All, reason, &by.subject).await?;
    Ok(told(ended)?)
}

/// Keeps a person out. The registration goes first: whatever begins after that finds nobody, and whatever began
/// before meets the end that follows.
pub(super) async fn disable<P>(
    context: &Context<'_, P>,
    members: &Members,
    by: &Administrator,
) -> Result<Answer, Stop>
where
    P: Registry + People + Grants + Tombstones + Audit,
{
    let user_id = set(context, members, AccountState::Disabled).await?;
    note(context, "user_disabled", (Some(&user_id), None), by).await;
    let reason = EndReason::UserDisabled;
    let ended = ending::end(context, &user_id, What::All, reason, &by.subject).await?;
    Ok(told(ended)?)
}

/// Lets a person in again. What has ended stays so.
pub(super) async fn enable<P>(
    context: &Context<'_, P>,
    members: &Members,
    by: &Administrator,
) -> Result<Answer, Stop>
where
    P: Registry + Audit,
{
    let user_id = set(context, members, AccountState::Enabled).await?;
    note(context, "user_enabled", (Some(&user_id), None), by).await;
    Ok(done())
}

async fn set<P: Registry>(
    context: &Context<'_, P>,
    members: &Members,
    to: AccountState,
) -> Result<UserId, Stop> {
    let user_id = user_id(members.user_id.as_deref())?;
    if context.ports.set_person(&user_id, to).await? {
        Ok(user_id)
    } else {
        Err(Refusal::PersonUnknown.into())
    }
}
