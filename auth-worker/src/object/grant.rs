//! Grants, each in an object of its own, which is the only authority on it.

use edge::object::{self, ObjectContext, ObjectKind, Storage, Store as _, ask, failure};
use oauth_core::{
    Fault, UnixTime,
    id::UserId,
    lifecycle::{
        grant::{self, Call, Reply},
        person::{self, EntryKey},
        rows::{Change, RECORD, Rows as _},
    },
};
use oauth_server::{Mint, grant_host};
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};
use worker::Env;

use super::person::PersonKind;
use crate::ports::Ports;

/// The object of one grant.
pub(crate) enum GrantKind {}

impl ObjectKind for GrantKind {
    const BINDING: &'static str = "GRANT";
    const WHAT: &'static str = "object.grant";
    type Command = Call;
    type Reply = Reply;

    fn is_idempotent(call: &Call) -> bool {
        call.command.is_idempotent()
    }
}

/// How long after its end a grant tries to leave its user's index, in seconds. By then the alarm of the user's object
/// has taken it out, or soon will.
const LEAVES_WITHIN: i64 = 86_400;

/// The pause between two attempts to leave the index, in seconds.
const PAUSE: i64 = 600;

/// A grant.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Grant {
    storage: Storage,
    env: Env,
}

#[wasm_bindgen]
impl Grant {
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
    pub async fn call(&self, call: String) -> Result<String, JsValue> {
        let reply = self.run(&call).await;
        reply.map_err(|fault| failure(&fault))
    }

    /// Called by the platform at the time that was asked for.
    pub async fn alarm(&self) -> Result<(), JsValue> {
        self.on_alarm().await.map_err(|fault| failure(&fault))
    }
}

impl Grant {
    async fn run(&self, call: &str) -> Result<String, Fault> {
        let call = object::read::<GrantKind>(call)?;
        let ports = Ports::of_object(&self.env, GrantKind::WHAT)?;
        let minter = Mint {
            context: &ports.context(),
            grant: &call.id,
        };
        let reply =
            grant_host::run_command(&StoredRecord(&self.storage), &minter, &call, edge::now)
                .await?;
        object::write::<GrantKind>(&reply)
    }

    /// Deletes the grant when it has expired, and takes it out of its user's index.
    async fn on_alarm(&self) -> Result<(), Fault> {
        let Some(text) = self.storage.row(RECORD)? else {
            return self.storage.forget().await;
        };
        let (id, grant) = grant::Grant::read_with_id(&text)
            .map_err(|_| Fault::new(GrantKind::WHAT, "the record cannot be read"))?;
        let now = edge::now();
        if grant.ends_at() > now {
            return self.storage.wake_at(grant.ends_at());
        }
        if let (Some(id), Some(user_id)) = (id, grant.user_id()) {
            let key = EntryKey::new(grant.client_id(), &id);
            let left = self.leave_index(user_id, key).await;
            if left.is_err() && now.since(grant.ends_at()) < LEAVES_WITHIN {
                return self.storage.wake_at(now.plus(PAUSE));
            }
        }
        self.storage.forget().await
    }

    /// Takes the grant out of its user's index.
    async fn leave_index(&self, user_id: &UserId, key: EntryKey) -> Result<(), Fault> {
        let forget = person::Command::Forget(person::Forget { grants: vec![key] });
        let reply = ask::<PersonKind>(&self.env, user_id.as_str(), &forget).await;
        reply.map(drop)
    }
}

/// A grant's record, in the storage of its object.
struct StoredRecord<'a>(&'a Storage);

impl grant_host::Record for StoredRecord<'_> {
    fn load(&self) -> Result<Option<String>, Fault> {
        self.0.row(RECORD)
    }

    fn save(&self, text: &str, ends_at: UnixTime) -> Result<(), Fault> {
        if self.load()?.is_none() {
            // Before the write: an extra alarm does no harm, and a record without one would stay for ever.
            // Later states need no new alarm, because the alarm checks again.
            self.0.wake_at(ends_at.max(edge::now()))?;
        }
        let (key, text) = (RECORD.to_owned(), text.to_owned());
        self.0.commit(&[Change::Put { key, text }])
    }
}
