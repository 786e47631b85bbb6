//! Users: their login sessions and the index of their grants, in one object for each user. Its alarm ends the grants
//! that a request could not end.

use edge::object::{InRows, ObjectContext, ObjectKind, Storage, Store, failure, rows};
use oauth_core::{
    Fault, UnixTime,
    lifecycle::{
        ask::Ask,
        grant::{EndReason, Revocation},
        person::{self, Command, Entry, Forget, ListEnding, PAGE, Reply},
        rows::{Change, Step, Sweep},
    },
};
use oauth_server::{ending::AT_ONCE, join_all::join_all, ports::Grants as _, tombstone};
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

impl InRows for PersonKind {
    fn adopt(store: &impl Store) -> Result<Vec<Change>, Fault> {
        person::adopt(store)
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

/// The number of pages of grants that one alarm ends. The rest has another alarm.
const MOST_PAGES: usize = 5;

/// The time between two alarms that have work to do, in seconds.
const BREATH: i64 = 1;

/// The work that an alarm leaves to the next one.
enum Left {
    /// Grants that can be ended at once.
    More,
    /// Nothing that could be done now.
    Nothing,
}

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
        let reply = rows::call::<PersonKind>(&self.storage, command, edge::now());
        reply.map_err(|fault| failure(&fault))
    }

    /// Called by the platform at the time that was asked for.
    pub async fn alarm(&self) -> Result<(), JsValue> {
        self.woken().await.map_err(|fault| failure(&fault))
    }
}

impl Person {
    async fn woken(&self) -> Result<(), Fault> {
        // A grant that could not be ended stays in the index, and the sweep sets another alarm.
        let left = self.end_grants().await?;
        let woken = rows::woken::<PersonKind>(&self.storage, edge::now())?;
        self.storage.rest(woken).await?;
        match left {
            Left::More => self.storage.wake_at(edge::now().plus(BREATH)),
            Left::Nothing => Ok(()),
        }
    }

    /// Ends grants, in their own objects, that were ended here and not there.
    async fn end_grants(&self) -> Result<Left, Fault> {
        let mut beyond = None;
        for _ in 0..MOST_PAGES {
            let ending = ListEnding {
                limit: PAGE,
                beyond: beyond.clone(),
            };
            let Some(page) = self.ask(ending)? else {
                return Ok(Left::Nothing);
            };
            let mut grants = Vec::new();
            for some in page.entries.chunks(AT_ONCE) {
                let ends = some.iter().map(|entry| self.end(entry, page.reason));
                let ended = some.iter().zip(join_all(ends).await);
                let ended = ended.filter(|(_, outcome)| outcome.is_ok());
                grants.extend(ended.map(|(entry, _)| entry.key()));
            }
            // None of them answers: they must not hold up the others, and are tried again at the next sweep.
            if grants.is_empty() && !page.entries.is_empty() {
                beyond = Some(page.name);
            }
            self.ask(Forget { grants })?;
        }
        Ok(Left::More)
    }

    fn ask<C: Ask<Command, Reply>>(&self, command: C) -> Result<C::Reply, Fault> {
        let reply = rows::ask::<PersonKind>(&self.storage, command.into(), edge::now())?;
        C::reply(reply).ok_or_else(|| Fault::new(PersonKind::WHAT, "unexpected reply"))
    }

    /// Ends a grant in its own object. If it has no record yet, the record of its end waits for it there.
    async fn end(&self, entry: &Entry, reason: EndReason) -> Result<(), Fault> {
        let ports = Ports::of_object(&self.env, PersonKind::WHAT)?;
        let revocation = Revocation {
            client_id: Some(entry.client_id.clone()),
            reason,
            until: Some(entry.until),
        };
        ports.grant(&entry.grant, revocation).await?;
        tombstone::grant_ended(&ports.context(), &entry.grant).await;
        Ok(())
    }
}
