//! Users: their login sessions and the index of their grants, in one object for each user. Its alarm ends the grants
//! that a request could not end.

use edge::object::{
    self, Hosted, InRows, ObjectContext, ObjectKind, Storage, Store, Sweeping, failure,
};
use oauth_core::{
    Fault, UnixTime,
    lifecycle::{
        ask::Ask,
        grant::EndReason,
        person::{self, Command, Entry, Reply},
        rows::{Change, Step, Sweep},
    },
};
use oauth_server::{
    ending::{MarkedGrants, end_marked},
    ports::Grants as _,
    tombstone,
};
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};
use worker::Env;

use crate::ports::Ports;

/// The object of one user.
pub(crate) enum PersonKind {}

impl ObjectKind for PersonKind {
    const BINDING: &'static str = "PERSON";
    const WHAT: &'static str = "object.person";
    type Command = person::Command;
    type Reply = person::Reply;

    fn is_idempotent(command: &person::Command) -> bool {
        command.is_idempotent()
    }
}

impl Hosted for PersonKind {
    type Host = InRows;
}

impl Sweeping for PersonKind {
    fn migrate(store: &impl Store) -> Result<Vec<Change>, Fault> {
        person::migrate(store)
    }

    fn step(
        store: &impl Store,
        command: person::Command,
        now: UnixTime,
    ) -> Result<Step<person::Reply>, Fault> {
        person::step(store, command, now)
    }

    fn sweep(store: &impl Store, after: Option<&str>, now: UnixTime) -> Result<Sweep, Fault> {
        person::sweep(store, after, now)
    }
}

/// The time between two alarms that have work to do, in seconds.
const BREATH: i64 = 1;

/// A user's sessions and the index of their grants.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Person {
    storage: Storage,
    env: Env,
}

#[wasm_bindgen]
impl Person {
    /// Called by the platform when the object is needed.
    #[wasm_bindgen(constructor)]
    #[expect(
        clippy::needless_pass_by_value,
        reason = "the platform hands the context over"
    )]
    pub fn new(context: ObjectContext, env: Env) -> Self {
        Self {
            storage: context.storage(),
            env,
        }
    }

    /// Runs a command: JSON in, JSON out.
    pub fn call(&self, command: &str) -> Result<String, JsValue> {
        let reply = object::call::<PersonKind>(&self.storage, command, edge::now());
        reply.map_err(|fault| failure(&fault))
    }

    /// Called by the platform at the time that was asked for.
    pub async fn alarm(&self) -> Result<(), JsValue> {
        self.on_alarm().await.map_err(|fault| failure(&fault))
    }
}

impl Person {
    async fn on_alarm(&self) -> Result<(), Fault> {
        // A grant that could not be ended stays in the index, and the sweep sets another alarm.
        let progress = end_marked(self).await?;
        let woken = object::on_alarm::<PersonKind>(&self.storage, edge::now())?;
        self.storage.rest(woken).await?;
        if progress.is_complete {
            return Ok(());
        }
        self.storage.wake_at(edge::now().plus(BREATH))
    }
}

impl MarkedGrants for Person {
    async fn ask<C: Ask<Command, Reply>>(&self, command: C) -> Result<C::Reply, Fault> {
        let reply = object::run::<PersonKind>(&self.storage, command.into(), edge::now())?;
        C::narrow(reply, PersonKind::WHAT)
    }

    async fn end(&self, entry: &Entry, reason: EndReason) -> Result<(), Fault> {
        let ports = Ports::of_object(&self.env, PersonKind::WHAT)?;
        ports.grant(&entry.grant, entry.revocation(reason)).await?;
        // Also where a tombstone of the user covers it: the request may have failed before it wrote that.
        tombstone::grant_ended(&ports.context(), &entry.grant).await;
        Ok(())
    }
}
