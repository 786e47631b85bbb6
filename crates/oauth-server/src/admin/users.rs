//! Users: signing them out, disabling them and enabling them.

use oauth_core::{
    Refusal,
    http::{Answer, Incoming},
    id::UserId,
    lifecycle::grant::EndReason,
};

use super::{Administrator, authorized_to_change, done, ended_answer, record, user_id};
use crate::{
    audit::Event,
    context::{Context, Stop},
    ending::{self, Target},
    json_body::Members,
    ports::{AccountState, AdminPorts, Change, Registry},
};

/// `POST /admin/api/users/sign-out`: ends all sessions and all grants of a user.
pub async fn sign_out<P: AdminPorts>(
    context: &Context<'_, P>,
    request: &Incoming,
) -> Result<Answer, Stop> {
    let by = authorized_to_change(context, request).await?;
    let members = Members::read(request)?;
    let user_id = user_id(members.user_id.as_deref())?;
    if !context.ports.is_user(&user_id).await? {
        return Err(Refusal::UserUnknown.into());
    }
    let reason = EndReason::SignedOut;
    let ended = ending::end(context, &user_id, Target::All, reason, &by.subject).await?;
    Ok(ended_answer(ended)?)
}

/// `POST /admin/api/users/disable`: disables a user. The registration changes first: whatever begins after that
/// finds no user, and whatever began before is ended by what follows. The last administrator cannot be disabled.
pub async fn disable<P: AdminPorts>(
    context: &Context<'_, P>,
    request: &Incoming,
) -> Result<Answer, Stop> {
    let by = authorized_to_change(context, request).await?;
    let user_id = set(context, request, &by, AccountState::Disabled).await?;
    record(context, Event::UserDisabled, (Some(&user_id), None), &by);
    let reason = EndReason::UserDisabled;
    let ended = ending::end(context, &user_id, Target::All, reason, &by.subject).await?;
    Ok(ended_answer(ended)?)
}

/// `POST /admin/api/users/enable`: the user can sign in again. What has ended stays ended.
pub async fn enable<P: AdminPorts>(
    context: &Context<'_, P>,
    request: &Incoming,
) -> Result<Answer, Stop> {
    let by = authorized_to_change(context, request).await?;
    let user_id = set(context, request, &by, AccountState::Enabled).await?;
    record(context, Event::UserEnabled, (Some(&user_id), None), &by);
    Ok(done())
}

async fn set<P: Registry>(
    context: &Context<'_, P>,
    request: &Incoming,
    by: &Administrator,
    to: AccountState,
) -> Result<UserId, Stop> {
    let members = Members::read(request)?;
    let user_id = user_id(members.user_id.as_deref())?;
    if to == AccountState::Disabled && user_id.as_str() == by.subject {
        return Err(Refusal::OwnAccount.into());
    }
    match context.ports.set_user_state(&user_id, to).await? {
        Change::Made => Ok(user_id),
        Change::Unknown => Err(Refusal::UserUnknown.into()),
        Change::LocksOut => Err(Refusal::LastAdministrator.into()),
    }
}
