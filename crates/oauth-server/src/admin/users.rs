//! Users: signing them out, disabling them and enabling them.

use oauth_core::{
    Refusal,
    http::{Answer, Incoming},
    id::UserId,
    lifecycle::grant::EndReason,
};

use super::{Administrator, act, authorized_to_change, done, ended_answer, user_id};
use crate::{
    audit::{AuditEvent, Event},
    context::{Context, Stop},
    ending::{self, Target, registered},
    json_body::Members,
    ports::{AccountState, Administering, Change, Registry},
};

/// `POST /admin/api/users/sign-out`: ends all sessions and all grants of a user.
pub async fn sign_out<P: Administering>(
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
pub async fn disable<P: Administering>(
    context: &Context<'_, P>,
    request: &Incoming,
) -> Result<Answer, Stop> {
    let by = authorized_to_change(context, request).await?;
    let user_id = user_id(Members::read(request)?.user_id.as_deref())?;
    if user_id.as_str() == by.subject {
        return Err(Refusal::OwnAccount.into());
    }
    set(context, &user_id, &by, AccountState::Disabled).await?;
    registered::announce(context, Some(user_id.as_str())).await?;
    Ok(ended_answer(ending::finish(context, &user_id).await?)?)
}

/// `POST /admin/api/users/enable`: the user can sign in again. What has ended stays ended.
pub async fn enable<P: Administering>(
    context: &Context<'_, P>,
    request: &Incoming,
) -> Result<Answer, Stop> {
    let by = authorized_to_change(context, request).await?;
    let user_id = user_id(Members::read(request)?.user_id.as_deref())?;
    // Before anything can begin that an end which comes late would end as well.
    registered::announce(context, Some(user_id.as_str())).await?;
    ending::finish(context, &user_id).await?;
    set(context, &user_id, &by, AccountState::Enabled).await?;
    Ok(done())
}

async fn set<P: Registry>(
    context: &Context<'_, P>,
    user_id: &UserId,
    by: &Administrator,
    to: AccountState,
) -> Result<(), Stop> {
    let event = match to {
        AccountState::Disabled => Event::UserDisabled,
        AccountState::Enabled => Event::UserEnabled,
    };
    let event = AuditEvent {
        subject: Some(user_id.clone()),
        client_id: None,
        ..act(context, event, by)
    };
    match context.ports.set_user_state(user_id, to, event).await? {
        Change::Made => Ok(()),
        Change::Unknown => Err(Refusal::UserUnknown.into()),
        Change::LocksOut => Err(Refusal::LastAdministrator.into()),
    }
}
