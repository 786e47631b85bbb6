//! Grants, each in an object of its own, which is the only authority on it.

use edge::object::{self, ObjectContext, ObjectKind as _, Storage, Woken, failure};
use oauth_core::{Fault, lifecycle::grant::GrantKind};
use oauth_server::{Mint, grant_host};
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};
use worker::Env;

use crate::ports::Ports;

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
        object::write::<GrantKind>(&reply)
    }

    async fn on_alarm(&self) -> Result<Woken, Fault> {
        let ports = Ports::of_object(&self.env, GrantKind::WHAT)?;
        grant_host::on_alarm(&self.storage, &ports.context()).await
    }
}
