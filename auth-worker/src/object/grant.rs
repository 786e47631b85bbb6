//! A grant's home: its record in synchronous storage, and the press that mints for it.

use edge::object::{self, ObjectContext, ObjectKind, Storage, Store as _, ask, failure};
use oauth_core::{
    Fault, UnixTime,
    id::{GrantId, UserId},
    lifecycle::{
        grant::{self, Call, Command, Reply},
        person::{self, EntryKey},
        rows::{Change, RECORD, Rows as _},
    },
};
use oauth_server::{Context, Mint, grant_host};
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};
use worker::Env;

use super::life::PersonLife;
use crate::{config::Config, ports::Ports};

/// A grant, in an object of its own: the only authority on it.
enum GrantLife {}

impl ObjectKind for GrantLife {
    const BINDING: &'static str = "GRANT";
    const WHAT: &'static str = "object.grant";
    type Command = Call;
    type Reply = Reply;

    fn is_idempotent(call: &Call) -> bool {
        call.command.is_idempotent()
    }
}

/// How long after its end a grant tries to have its person forget it, in seconds. Then the person's own
/// alarm has done so, or soon will.
const PERSISTENT: i64 = 86_400;

/// How long it waits between two tries, in seconds.
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

    /// Puts a command to the grant: JSON in, JSON out.
    pub async fn call(&self, call: String) -> Result<String, JsValue> {
        let reply = self.served(&call).await;
        reply.map_err(|fault| failure(&fault))
    }

    /// Called by the platform at the time that was asked for.
    pub async fn alarm(&self) -> Result<(), JsValue> {
        self.woken().await.map_err(|fault| failure(&fault))
    }
}

impl Grant {
    async fn served(&self, call: &str) -> Result<String, Fault> {
        let call = object::read::<GrantLife>(call)?;
        let config = Config::current(&self.env)
            .map_err(|_| Fault::new(GrantLife::WHAT, "the configuration is incomplete"))?;
        let ports = Ports::of_object(self.env.clone(), config.clone());
        let context = Context::new(&config.settings, &config.keyring, &ports, edge::now());
        let minter = Mint {
            context: &context,
            grant: &call.id,
        };
        let reply =
            grant_host::run_command(&Kept(&self.storage), &minter, &call, edge::now).await?;
        object::write::<GrantLife>(&reply)
    }

    /// Forgets the grant when its time has come, and has its person forget it too.
    async fn woken(&self) -> Result<(), Fault> {
        let Some(text) = self.storage.row(RECORD)? else {
            return self.storage.forget().await;
        };
        let (id, grant) = grant::Grant::read_with_id(&text)
            .map_err(|_| Fault::new(GrantLife::WHAT, "the record cannot be read"))?;
        let now = edge::now();
        if grant.ends_at() > now {
            return self.storage.wake_at(grant.ends_at());
        }
        if let (Some(id), Some(user_id)) = (id, grant.user_id()) {
            let key = EntryKey::new(grant.client_id(), &id);
            let told = self.tell(user_id, key).await;
            if told.is_err() && now.since(grant.ends_at()) < PERSISTENT {
                return self.storage.wake_at(now.plus(PAUSE));
            }
        }
        self.storage.forget().await
    }

    /// Has its person forget it.
    async fn tell(&self, user_id: &UserId, key: EntryKey) -> Result<(), Fault> {
        let forget = person::Command::Forget { grants: vec![key] };
        let reply = ask::<PersonLife>(&self.env, user_id.as_str(), &forget).await;
        reply.map(drop)
    }
}

/// A grant's record, in the storage of its object.
struct Kept<'a>(&'a Storage);

impl grant_host::Record for Kept<'_> {
    fn load(&self) -> Result<Option<String>, Fault> {
        self.0.row(RECORD)
    }

    fn save(&self, text: &str, ends_at: UnixTime) -> Result<(), Fault> {
        if self.load()?.is_none() {
            // Before the write: an alarm too many does no harm, a record without one would stay for ever.
            // Later states need no new alarm, because the alarm looks again.
            self.0.wake_at(ends_at.max(edge::now()))?;
        }
        let (key, text) = (RECORD.to_owned(), text.to_owned());
        self.0.commit(&[Change::Put { key, text }])
    }
}

/// Puts a command to a grant.
pub(crate) async fn ask_grant(env: &Env, id: &GrantId, command: Command) -> Result<Reply, Fault> {
    let call = Call {
        id: id.clone(),
        command,
    };
    ask::<GrantLife>(env, id.as_str(), &call).await
}
