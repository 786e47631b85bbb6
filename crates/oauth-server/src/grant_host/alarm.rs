//! The alarm of a grant's object: it announces an end that is not announced yet, and deletes the grant once nothing
//! issued from it can count any more.

use oauth_core::{
    Fault,
    id::GrantId,
    lifecycle::{
        grant::Grant,
        object::{Store, Woken},
        person::{EntryKey, Forget},
        rows::RECORD,
    },
};

use super::{announce, read};
use crate::{
    context::Context,
    ports::{Announcing, People},
};

/// How long after its end a grant tries to be announced and to leave its user's index, in seconds.
const TRIES_FOR: i64 = 86_400;

/// The shortest and the longest pause between two attempts, in seconds.
const PAUSES: (i64, i64) = (10, 600);

/// Announces the end of the grant, and deletes the grant when it has expired.
pub async fn on_alarm<P: Announcing>(
    store: &impl Store,
    context: &Context<'_, P>,
) -> Result<Woken, Fault> {
    let now = context.now;
    let announced = announce(store, context).await;
    let Some(text) = store.row(RECORD)? else {
        return Ok(Woken::Forget);
    };
    let (id, grant) = read(&text)?;
    let ends_at = grant.ends_at();
    if let (Err(_), Some(end)) = (announced, grant.unannounced())
        && now.since(ends_at.max(end.at)) < TRIES_FOR
    {
        // As long again as it has taken so far.
        let (shortest, longest) = PAUSES;
        store.wake_at(now.plus(now.since(end.at).clamp(shortest, longest)))?;
        return Ok(Woken::Stays);
    }
    if ends_at > now {
        store.wake_at(ends_at)?;
        return Ok(Woken::Stays);
    }
    let left = leave_index(context, id, &grant).await;
    if left.is_err() && now.since(ends_at) < TRIES_FOR {
        store.wake_at(now.plus(PAUSES.1))?;
        return Ok(Woken::Stays);
    }
    Ok(Woken::Forget)
}

/// Takes the grant out of its user's index.
async fn leave_index<P: People>(
    context: &Context<'_, P>,
    id: Option<GrantId>,
    grant: &Grant,
) -> Result<(), Fault> {
    let (Some(id), Some(user_id)) = (id, grant.user_id()) else {
        return Ok(());
    };
    let grants = vec![EntryKey::new(grant.client_id(), &id)];
    context.ports.person(user_id, Forget { grants }).await
}
