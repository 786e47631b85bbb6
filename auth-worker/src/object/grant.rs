//! A grant's home: its record in synchronous storage, and the press that mints for it.

use oauth_core::{
    Fault, UnixTime,
    id::GrantId,
    lifecycle::grant::{self, Call, Command, Reply},
};
use oauth_server::{Context, Mint, vault};
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};
use worker::Env;

use super::platform::{ObjectContext, Storage, failure, send};
use crate::{config::Config, ports::Ports};

const BINDING: &str = "GRANT";
const WHAT: &str = "object.grant";

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
    pub fn new(context: ObjectContext, env: Env) -> Self {
        Self {
            storage: context.storage(),
            env,
        }
    }

    /// Puts a command to the grant: JSON in, JSON out.
    pub async fn call(&self, call: String) -> Result<String, JsValue> {
        let reply = self.served(&call).await;
        reply.map_err(|fault| failure(&fault.to_string()))
    }

    /// Called by the platform at the time that was asked for.
    pub async fn alarm(&self) -> Result<(), JsValue> {
        self.woken()
            .await
            .map_err(|fault| failure(&fault.to_string()))
    }
}

impl Grant {
    async fn served(&self, call: &str) -> Result<String, Fault> {
        // What could not be read is not quoted: a command may hold a verifier.
        let call: Call = serde_json::from_str(call)
            .map_err(|_| Fault::new(WHAT, "the command cannot be read"))?;
        let config = Config::current(&self.env)
            .map_err(|_| Fault::new(WHAT, "the configuration is incomplete"))?;
        let context = Context {
            settings: &config.settings,
            keyring: &config.keyring,
            ports: &Ports::of_object(self.env.clone(), config.clone()),
            now: edge::now(),
        };
        let press = Mint {
            context: &context,
            grant: &call.id,
        };
        let reply = vault::serve(&self.storage, &press, &call, edge::now).await?;
        serde_json::to_string(&reply).map_err(|_| Fault::new(WHAT, "the reply cannot be written"))
    }

    /// Forgets the grant when its time has come, and has its person forget it too.
    async fn woken(&self) -> Result<(), Fault> {
        let Some(text) = vault::Record::load(&self.storage)? else {
            return self.storage.forget().await;
        };
        let (_id, grant) = grant::Grant::read_with_id(&text)
            .map_err(|_| Fault::new(WHAT, "the record cannot be read"))?;
        if grant.ends_at() > edge::now() {
            return self.storage.wake(grant.ends_at());
        }
        self.storage.forget().await
    }
}

impl vault::Record for Storage {
    fn load(&self) -> Result<Option<String>, Fault> {
        self.record()
    }

    fn save(&self, text: &str, ends_at: UnixTime) -> Result<(), Fault> {
        if self.record()?.is_none() {
            // Before the write: an alarm too many does no harm, a record without one would stay for ever.
            // Later states need no new alarm, because the alarm looks again.
            self.wake(ends_at.max(edge::now()))?;
        }
        self.keep_record(text)
    }
}

/// Puts a command to a grant. A call whose answer was lost is made once more where that changes nothing.
pub(crate) async fn ask_grant(env: &Env, id: &GrantId, command: Command) -> Result<Reply, Fault> {
    let attempts = if command.is_idempotent() { 2 } else { 1 };
    let call = Call {
        id: id.clone(),
        command,
    };
    let call = serde_json::to_string(&call).map_err(|error| Fault::new(WHAT, error))?;
    let reply = send(env, (BINDING, WHAT), id.as_str(), &call, attempts).await?;
    serde_json::from_str(&reply).map_err(|_| Fault::new(WHAT, "the reply cannot be read"))
}
