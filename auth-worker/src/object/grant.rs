//! Grants, each in an object of its own, which is the only authority on it.

use edge::object::{self, ObjectContext, ObjectKind as _, Storage, Woken, failure};
use oauth_core::{Fault, lifecycle::grant::GrantKind};
use oauth_server::{Mint, Turn, Turns, grant_host};
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};
use wasm_bindgen_futures::spawn_local;
use worker::Env;

use crate::ports::Ports;

/// A grant.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Grant {
    storage: Storage,
    env: Env,
    turns: Turns,
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
            turns: Turns::default(),
        }
    }

    /// Runs a command: JSON in, JSON out.
    pub async fn call(&self, call: String) -> Result<String, JsValue> {
        let reply = self.run(&call).await;
        reply.map_err(|fault| failure(&fault))
    }

    /// Called by the platform at the time that was asked for.
    pub async fn alarm(&self) -> Result<(), JsValue> {
        let woken = self.on_alarm().await;
        let rested = self.storage.rest(woken).await;
        rested.map_err(|fault| failure(&fault))
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
        let reply = grant_host::run_command(&self.storage, &minter, &call, edge::now).await?;
        if reply.may_be_over()
            && let Some(turn) = self.turns.take()
        {
            spawn_local(announce(self.storage.clone(), self.env.clone(), turn));
        }
        object::write::<GrantKind>(&reply)
    }

    async fn on_alarm(&self) -> Result<Woken, Fault> {
        let ports = Ports::of_object(&self.env, GrantKind::WHAT)?;
        grant_host::on_alarm(&self.storage, &ports.context(), &self.turns).await
    }
}

/// Announces the end of the grant, beside the answer. What fails here is in the log, and the alarm repeats it.
async fn announce(storage: Storage, env: Env, turn: Turn) {
    if let Ok(ports) = Ports::of_object(&env, GrantKind::WHAT) {
        let _later = grant_host::announce(&storage, &ports.context(), turn).await;
    }
}
