//! The alarm of a grant's object: it deletes the grant once nothing issued from it can count any more.

use oauth_core::{
    Fault,
    id::UserId,
    lifecycle::{
        object::{Store, Woken},
        person::{EntryKey, Forget},
        rows::RECORD,
    },
};

use super::read;
use crate::{context::Context, ports::People};

/// How long after its end a grant tries to leave its user's index, in seconds. By then the alarm of the user's object
/// has taken it out, or soon will.
const LEAVES_WITHIN: i64 = 86_400;

/// The pause between two attempts to leave the index, in seconds.
const PAUSE: i64 = 600;

/// Deletes the grant when it has expired, and takes it out of its user's index.
pub async fn on_alarm<P: People>(
    store: &impl Store,
    context: &Context<'_, P>,
) -> Result<Woken, Fault> {
    let Some(text) = store.row(RECORD)? else {
        return Ok(Woken::Forget);
    };
    let (id, grant) = read(&text)?;
    let (now, ends_at) = (context.now, grant.ends_at());
    if ends_at > now {
        store.wake_at(ends_at)?;
        return Ok(Woken::Stays);
    }
    if let (Some(id), Some(user_id)) = (id, grant.user_id()) {
        let key = EntryKey::new(grant.client_id(), &id);
        let left = leave_index(context, user_id, key).await;
        if left.is_err() && now.since(ends_at) < LEAVES_WITHIN {
            store.wake_at(now.plus(PAUSE))?;
            return Ok(Woken::Stays);
        }
    }
    Ok(Woken::Forget)
}

/// Takes the grant out of its user's index.
async fn leave_index<P: People>(
    context: &Context<'_, P>,
    user_id: &UserId,
    key: EntryKey,
) -> Result<(), Fault> {
    let grants = vec![key];
    context.ports.person(user_id, Forget { grants }).await
}
