//! The host of a user's object: its alarm ends the grants that a request could not end, and deletes what has had its
//! time. Commands need no more than [`object::run`].

use oauth_core::{
    Fault,
    lifecycle::{
        ask::Ask,
        grant::EndReason,
        object::{self, ObjectKind as _, Store, Woken},
        person::{Command, Entry, PersonKind, Reply},
    },
};

use crate::{
    context::Context,
    ending::{MarkedGrants, end_marked},
    ports::{Grants, Tombstones},
    tombstone,
};

/// The time between two alarms that have work to do, in seconds.
const BREATH: i64 = 1;

/// Does the work of an alarm.
pub async fn on_alarm<P: Grants + Tombstones>(
    store: &impl Store,
    context: &Context<'_, P>,
) -> Result<Woken, Fault> {
    // A grant that could not be ended stays in the index, and the sweep sets another alarm.
    let progress = end_marked(&InObject { store, context }).await?;
    let woken = object::on_alarm::<PersonKind>(store, context.now)?;
    if !progress.is_complete {
        store.wake_at(context.now.plus(BREATH))?;
        return Ok(Woken::Stays);
    }
    Ok(woken)
}

/// The grants of a user, as the user's own object reaches them.
struct InObject<'a, S, P> {
    store: &'a S,
    context: &'a Context<'a, P>,
}

impl<S: Store, P: Grants + Tombstones> MarkedGrants for InObject<'_, S, P> {
    async fn ask<C: Ask<Command, Reply>>(&self, command: C) -> Result<C::Reply, Fault> {
        let reply = object::run::<PersonKind>(self.store, command.into(), self.context.now)?;
        C::narrow(reply, PersonKind::WHAT)
    }

    async fn end(&self, entry: &Entry, reason: EndReason) -> Result<(), Fault> {
        let revocation = entry.revocation(reason);
        self.context.ports.grant(&entry.grant, revocation).await?;
        // Also where a tombstone of the user covers it: the request may have failed before it wrote that.
        tombstone::grant_ended(self.context, &entry.grant).await;
        Ok(())
    }
}
