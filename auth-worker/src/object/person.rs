//! Users: their login sessions and the index of their grants, in one object for each user. Its alarm ends the grants
//! that a request could not end.

use edge::object::{self, ObjectContext, ObjectKind as _, Storage, Woken, failure};
use oauth_core::{Fault, lifecycle::person::PersonKind};
use oauth_server::{Turn, Turns, person_host};
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};
use wasm_bindgen_futures::spawn_local;
use worker::Env;

use crate::ports::Ports;

/// A user's sessions and the index of their grants.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Person {
    storage: Storage,
    env: Env,
    turns: Turns,
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
            turns: Turns::default(),
        }
    }

    /// Runs a command: JSON in, JSON out.
    pub fn call(&self, command: &str) -> Result<String, JsValue> {
        let reply = self.run(command);
        reply.map_err(|fault| failure(&fault))
    }

    /// Called by the platform at the time that was asked for.
    pub async fn alarm(&self) -> Result<(), JsValue> {
        let woken = self.on_alarm().await;
        let rested = self.storage.rest(woken).await;
        rested.map_err(|fault| failure(&fault))
    }
}

impl Person {
    fn run(&self, command: &str) -> Result<String, Fault> {
        let command = object::read::<PersonKind>(command)?;
        let is_an_end = command.is_an_end();
        let reply = object::run::<PersonKind>(&self.storage, command, edge::now())?;
        if is_an_end && let Some(turn) = self.turns.take() {
            spawn_local(announce(self.storage.clone(), self.env.clone(), turn));
        }
        object::write::<PersonKind>(&reply)
    }

    async fn on_alarm(&self) -> Result<Woken, Fault> {
        let ports = Ports::of_object(&self.env, PersonKind::WHAT)?;
        person_host::on_alarm(&self.storage, &ports.context(), &self.turns).await
    }
}

/// Announces what was ended, beside the answer. What fails here is in the log, and the alarm repeats it.
async fn announce(storage: Storage, env: Env, turn: Turn) {
    if let Ok(ports) = Ports::of_object(&env, PersonKind::WHAT) {
        let _later = person_host::announce(&storage, &ports.context(), turn).await;
    }
}
