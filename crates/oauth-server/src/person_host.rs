//! The host of a user's object: it announces what was ended there. Its alarm does so again until that has succeeded, ends
//! the grants that a request could not end, and deletes what has had its time. Commands need no more than
//! [`object::run`].

use oauth_core::{
    Fault,
    id::ClientId,
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
    ports::{Audit, Consents, Grants, Tombstones},
    tombstone,
    turn::{Turn, Turns},
};

/// The pause before the alarm goes on with the rest, in seconds.
const PAUSE: i64 = 1;

/// The most events that are stored in one statement.
const RECORDED_AT_ONCE: usize = 500;

/// Announces what was ended here, to resource servers and to the audit log, and forgets the consents that were withdrawn
/// with it: each at least once, and once in effect.
///
/// All of it together, until all of it has succeeded, and never twice at a time: an older end that was announced after a
/// newer one would put its tombstone in the place of the newer one's.
pub async fn announce<P: Tombstones + Audit + Consents>(
    store: &impl Store,
    context: &Context<'_, P>,
    _turn: Turn,
) -> Result<(), Fault> {
    let mut ends = person::unannounced(store)?;
    // Until there is none: what ends meanwhile does not get the turn.
    while !ends.is_empty() {
        // One that fails holds up none of the others.
        let published = publish(context, &ends).await;
        let forgotten = forget_consents(context, &ends).await;
        let recorded = record(context, &ends).await;
        published.and(forgotten).and(recorded)?;
        // Read again: a command that is repeated meanwhile has ended what began since.
        let now = person::unannounced(store)?.into_iter();
        let (announced, left): (Vec<_>, Vec<_>) = now.partition(|end| ends.contains(end));
        let announced = announced.into_iter().map(|(key, _)| Change::Delete { key });
        store.commit(&announced.collect::<Vec<_>>())?;
        ends = left;
    }
    Ok(())
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

/// Forgets the consents that were withdrawn. The request does so too, unless it was lost; a consent that was given since is
/// the user's new word.
async fn forget_consents<P: Consents>(
    context: &Context<'_, P>,
    ends: &[(String, Unannounced)],
) -> Result<(), Fault> {
    for (_, end) in ends.iter().filter(|(_, end)| end.with_consents) {
        let user_id = &end.act.user_id;
        let withdrawn = context.ports.withdraw(user_id, client(end), Some(end.at));
        withdrawn.await?;
    }
    Ok(())
}

const fn client(end: &Unannounced) -> Option<&ClientId> {
    match &end.ended {
        Extent::Client(client_id) => Some(client_id),
        Extent::Everything | Extent::Grant(_) | Extent::Session => None,
    }
}

async fn record<P: Audit>(
    context: &Context<'_, P>,
    ends: &[(String, Unannounced)],
) -> Result<(), Fault> {
    let withdrawn = ends.iter().filter(|(_, end)| end.with_consents);
    let withdrawn = withdrawn.map(|(_, end)| consent_withdrawn(end));
    let events: Vec<AuditEvent> = ends
        .iter()
        .map(|(_, end)| event(end))
        .chain(withdrawn)
        .collect();
    for some in events.chunks(RECORDED_AT_ONCE) {
        context.ports.store_events(some.to_vec()).await?;
    }
    Ok(())
}

fn consent_withdrawn(end: &Unannounced) -> AuditEvent {
    AuditEvent {
        id: Some(["consent.", &end.act.id].concat()),
        client_id: client(end).map(ClientId::to_string),
        ..AuditEvent {
            event: Event::ConsentWithdrawn,
            ..event(end)
        }
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
pub async fn on_alarm<P: Grants + Tombstones + Audit + Consents>(
    store: &impl Store,
    context: &Context<'_, P>,
    turns: &Turns,
) -> Result<Woken, Fault> {
    // What fails, or has not got the turn, keeps its row, and the sweep sets another alarm for it.
    if let Some(turn) = turns.take() {
        let _again = announce(store, context, turn).await;
    }
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
