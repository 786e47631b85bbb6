//! The alarm of a grant's object: it announces an end that is not announced yet, and deletes the grant once nothing
//! issued from it can count any more.

use oauth_core::{
    Fault,
    id::GrantId,
    lifecycle::{
        grant::Grant,
        object::{Store, Woken},
        pauses::Pauses,
        person::{EntryKey, Forget},
        rows::RECORD,
    },
};

use super::{announce, read};
use crate::{
    context::Context,
    ports::{Announcing, People},
    turn::Turns,
};

/// How long after its end a grant tries to leave its user's index, in seconds. There its entry has an end of its own.
const TRIES_FOR: i64 = 86_400;

/// The pauses between two attempts to announce an end, of which the grant never gives up: nobody else knows of it.
const PAUSES: Pauses = Pauses {
    shortest: 10,
    longest: 600,
};

/// Announces the end of the grant, and deletes the grant when it has expired.
pub async fn on_alarm<P: Announcing>(
    store: &impl Store,
    context: &Context<'_, P>,
    turns: &Turns,
) -> Result<Woken, Fault> {
    let now = context.now;
    // What fails, or has not got the turn, stays unannounced.
    if let Some(turn) = turns.take() {
        let _again = announce(store, context, turn).await;
    }
    let Some(text) = store.row(RECORD)? else {
        return Ok(Woken::Forget);
    };
    let (id, grant) = read(&text)?;
    let ends_at = grant.ends_at();
    if let Some(end) = grant.unannounced() {
        store.wake_at(PAUSES.next(end.at, now))?;
        return Ok(Woken::Stays);
    }
    if ends_at > now {
        store.wake_at(ends_at)?;
        return Ok(Woken::Stays);
    }
    let left = leave_index(context, id, &grant).await;
    if left.is_err() && now.since(ends_at) < TRIES_FOR {
        store.wake_at(now.plus(PAUSES.longest))?;
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
