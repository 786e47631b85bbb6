//! The host of a user's object: it announces what was ended there. Its alarm does so again until that has succeeded, ends
//! the grants that a request could not end, and deletes what has had its time. Commands need no more than
//! [`object::run`].

use oauth_core::{
    Fault,
    lifecycle::{
        ask::Ask,
        grant::Revocation,
        object::{self, ObjectKind as _, Store, Woken},
        person::{self, Command, Entry, Extent, PersonKind, Reply, Unannounced},
        rows::Change,
    },
};

use crate::{
    audit::{AuditEvent, Event},
    context::Context,
    ending::{MarkedGrants, end_marked},
    ports::{Audit, Grants, Tombstones},
    tombstone,
};

/// The pause before the alarm goes on with the rest, in seconds.
const PAUSE: i64 = 1;

/// Announces what was ended here, to resource servers and to the audit log: each at least once, and once in effect.
///
/// All of it together, until all of it has succeeded: an older end that was announced after a newer one would put its
/// tombstone in the place of the newer one's.
pub async fn announce<P: Tombstones + Audit>(
    store: &impl Store,
    context: &Context<'_, P>,
) -> Result<(), Fault> {
    let ends = person::unannounced(store)?;
    if ends.is_empty() {
        return Ok(());
    }
    // One that fails does not hold up the other.
    let published = publish(context, &ends).await;
    let events = ends.iter().map(|(_, end)| event(end)).collect();
    let recorded = context.ports.store_events(events).await;
    published.and(recorded)?;
    // Read again: a command that is repeated meanwhile has ended what began since.
    let left = person::unannounced(store)?;
    let announced = ends.into_iter().filter(|end| left.contains(end));
    let announced = announced.map(|(key, _)| Change::Delete { key });
    store.commit(&announced.collect::<Vec<_>>())
}

/// Publishes the newest end of everything. The objects of single grants publish their own ends.
async fn publish<P: Tombstones>(
    context: &Context<'_, P>,
    ends: &[(String, Unannounced)],
) -> Result<(), Fault> {
    let ends = ends.iter().map(|(_, end)| end);
    let of_everything = ends.filter(|end| end.ended == Extent::Everything);
    match of_everything.max_by_key(|end| end.at) {
        Some(end) => tombstone::user_ended(context, &end.act.user_id, end.at).await,
        None => Ok(()),
    }
}

fn event(end: &Unannounced) -> AuditEvent {
    let act = &end.act;
    let (event, client_id, grant) = match &end.ended {
        Extent::Everything => (Event::EverythingEnded, None, None),
        Extent::Client(client_id) => (Event::ClientGrantsEnded, Some(client_id.clone()), None),
        Extent::Grant(key) => {
            let (client_id, grant) = key.parts().unzip();
            (Event::GrantEnded, client_id, grant)
        }
        Extent::Session => (Event::Logout, None, None),
    };
    AuditEvent {
        id: Some(act.id.clone()),
        subject: Some(act.user_id.clone()),
        actor: (act.by != act.user_id.as_str()).then(|| act.by.clone()),
        client_id: client_id.map(|client_id| client_id.to_string()),
        grant,
        ..AuditEvent::new(event, end.at)
    }
}

/// Does the work of an alarm.
pub async fn on_alarm<P: Grants + Tombstones + Audit>(
    store: &impl Store,
    context: &Context<'_, P>,
) -> Result<Woken, Fault> {
    // What fails keeps its row, and the sweep sets another alarm for it.
    let _again = announce(store, context).await;
    // A grant that could not be ended stays in the index, and the sweep sets another alarm.
    let is_complete = !person::is_left_over(store, context.now)?
        || end_marked(&InObject { store, context }).await?.is_complete;
    let woken = object::on_alarm::<PersonKind>(store, context.now)?;
    if !is_complete {
        store.wake_at(context.now.plus(PAUSE))?;
        return Ok(Woken::Stays);
    }
    Ok(woken)
}

/// The grants of a user, as the user's own object reaches them.
struct InObject<'a, S, P> {
    store: &'a S,
    context: &'a Context<'a, P>,
}

impl<S: Store, P: Grants> MarkedGrants for InObject<'_, S, P> {
    async fn ask<C: Ask<Command, Reply>>(&self, command: C) -> Result<C::Reply, Fault> {
        let reply = object::run::<PersonKind>(self.store, command.into(), self.context.now)?;
        C::narrow(reply, PersonKind::WHAT)
    }

    async fn end(&self, entry: &Entry, revocation: Revocation) -> Result<(), Fault> {
        let reply = self.context.ports.grant(&entry.grant, revocation).await;
        reply.map(drop)
    }
}
