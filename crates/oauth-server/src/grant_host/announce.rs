//! Announcing the end of a grant: to resource servers, to the audit log and to its user's index.
//!
//! The object does it right after the commit, and its alarm does it again until all of it has been written. So each part
//! happens at least once, and once in effect: the audit log knows the event by its id, and the others can be repeated.

use oauth_core::{
    Fault,
    id::GrantId,
    lifecycle::{
        grant::{EndReason, Grant, RevocationSource, Unannounced},
        object::Store,
        person::{EntryKey, Forget},
        rows::RECORD,
    },
};

use super::{put, read, write};
use crate::{
    audit::{AuditEvent, Event},
    context::Context,
    ports::{Announcing, Audit},
    tombstone,
    turn::Turn,
};

/// Announces the end of the grant, if there is one to announce.
pub async fn announce<P: Announcing>(
    store: &impl Store,
    context: &Context<'_, P>,
    _turn: Turn,
) -> Result<(), Fault> {
    let Some((id, grant)) = stored(store)? else {
        return Ok(());
    };
    let Some(end) = grant.unannounced() else {
        return Ok(());
    };
    // One that fails holds up none of the others.
    let published = tombstone::grant_ended(context, &id, end.at).await;
    let followed = match end.source {
        RevocationSource::Index if is_an_act(&grant) => Ok(()),
        RevocationSource::Index | RevocationSource::Request => {
            follow(context, &id, &grant, end).await
        }
    };
    published.and(followed)?;
    // Read again: other commands ran meanwhile.
    let Some((id, grant)) = stored(store)? else {
        return Ok(());
    };
    store.wake_at(grant.ends_at().max(context.now))?;
    put(store, write(&id, &grant.announced())?)
}

/// Whether somebody has asked for the end, which the user's object then announces.
const fn is_an_act(grant: &Grant) -> bool {
    !matches!(
        grant,
        Grant::Ended {
            reason: EndReason::TooManyGrants,
            ..
        }
    )
}

fn stored(store: &impl Store) -> Result<Option<(GrantId, Grant)>, Fault> {
    let Some(text) = store.row(RECORD)? else {
        return Ok(None);
    };
    // A record of version 1 has no id, and nothing to announce.
    let (id, grant) = read(&text)?;
    Ok(id.map(|id| (id, grant)))
}

/// Records the end of a grant that ended by itself, and takes it out of the index.
async fn follow<P: Announcing>(
    context: &Context<'_, P>,
    id: &GrantId,
    grant: &Grant,
    end: Unannounced,
) -> Result<(), Fault> {
    let recorded = record(context, id, grant, end).await;
    let Some(user_id) = grant.user_id() else {
        return recorded;
    };
    let grants = vec![EntryKey::new(grant.client_id(), id)];
    let left = context.ports.person(user_id, Forget { grants }).await;
    recorded.and(left)
}

async fn record<P: Audit>(
    context: &Context<'_, P>,
    id: &GrantId,
    grant: &Grant,
    end: Unannounced,
) -> Result<(), Fault> {
    let (event, reason) = event(grant);
    let event = AuditEvent {
        // A grant ends once.
        id: Some(["end.", id.as_str()].concat()),
        subject: grant.user_id().cloned(),
        client_id: Some(grant.client_id().to_string()),
        grant: Some(id.clone()),
        reason,
        ..AuditEvent::new(event, end.at)
    };
    context.ports.store_events(vec![event]).await
}

/// The event for the end of a grant; where it says less than the reason of the end, with the reason.
fn event(grant: &Grant) -> (Event, Option<&'static str>) {
    let Grant::Ended { reason, .. } = grant else {
        return (Event::GrantEnded, None);
    };
    match reason {
        EndReason::CodeReplayed => (Event::CodeReplayed, None),
        EndReason::RefreshReused => (Event::RefreshTokenReused, None),
        EndReason::Revoked => (Event::TokenRevoked, None),
        EndReason::TooManyGrants => (Event::GrantEnded, Some("too_many_grants")),
        EndReason::TooManyTries => (Event::GrantEnded, Some("too_many_tries")),
        EndReason::SignedOut => (Event::GrantEnded, Some("signed_out")),
        EndReason::ConsentWithdrawn => (Event::GrantEnded, Some("consent_withdrawn")),
        EndReason::UserDisabled => (Event::GrantEnded, Some("user_disabled")),
        EndReason::ClientDisabled => (Event::GrantEnded, Some("client_disabled")),
    }
}
