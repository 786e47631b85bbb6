//! A person's home: its rows in synchronous storage, and the grants' own homes, which its alarm tells of
//! their end where whoever wanted it could not.

use std::rc::Rc;

use edge::object::{ObjectContext, ObjectKind as _, Storage, Store as _, failure, rows};
use oauth_core::{
    Fault,
    lifecycle::{
        grant::{self, EndReason, Revocation},
        person::{Command, Entry, PAGE, Reply},
    },
};
use oauth_server::{Context, at_once, ending::AT_ONCE, tombstone};
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};
use worker::Env;

use super::{grant::ask_grant, life::PersonLife};
use crate::{config::Config, ports::Ports};

/// How many pages of grants one alarm ends. What is left then has another alarm.
const MOST_PAGES: usize = 5;

/// The time between two alarms that have work to do, in seconds.
const BREATH: i64 = 1;

/// What an alarm has left to the next.
enum Left {
    /// Grants that can be ended at once.
    More,
    /// Nothing that could be done now.
    Nothing,
}

/// A person's sessions and the index of their grants.
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

    /// Puts a command to what lives here: JSON in, JSON out.
    pub fn call(&self, command: &str) -> Result<String, JsValue> {
        let reply = rows::call::<PersonLife>(&self.storage, command, edge::now());
        reply.map_err(|fault| failure(&fault))
    }

    /// Called by the platform at the time that was asked for.
    pub async fn alarm(&self) -> Result<(), JsValue> {
        self.woken().await.map_err(|fault| failure(&fault))
    }
}

impl Person {
    async fn woken(&self) -> Result<(), Fault> {
        // What could not be ended stays, and has the sweep set another alarm.
        let left = self.finish().await?;
        let woken = rows::woken::<PersonLife>(&self.storage, edge::now())?;
        self.storage.rest(woken).await?;
        match left {
            Left::More => self.storage.wake_at(edge::now().plus(BREATH)),
            Left::Nothing => Ok(()),
        }
    }

    /// Ends, in their own homes, grants that were ended here and that nobody has told.
    async fn finish(&self) -> Result<Left, Fault> {
        let mut beyond = None;
        for _ in 0..MOST_PAGES {
            let ending = Command::Ending {
                limit: PAGE,
                beyond: beyond.clone(),
            };
            let Reply::Ending {
                entries,
                reason,
                name,
            } = self.ask(ending)?
            else {
                return Ok(Left::Nothing);
            };
            let mut grants = Vec::new();
            for some in entries.chunks(AT_ONCE) {
                let told = at_once::all(some.iter().map(|entry| self.tell(entry, reason))).await;
                let told = some.iter().zip(told).filter(|(_, told)| told.is_ok());
                grants.extend(told.map(|(entry, _)| entry.key()));
            }
            // None of them answers: they keep none of the others, and have their next turn with the next sweep.
            if grants.is_empty() && !entries.is_empty() {
                beyond = Some(name);
            }
            self.ask(Command::Forget { grants })?;
        }
        Ok(Left::More)
    }

    fn ask(&self, command: Command) -> Result<Reply, Fault> {
        rows::ask::<PersonLife>(&self.storage, command, edge::now())
    }

    /// Ends a grant in its own home. Where it has none yet, its end waits there for it.
    async fn tell(&self, entry: &Entry, reason: EndReason) -> Result<(), Fault> {
        let revoke = grant::Command::Revoke(Revocation {
            client_id: Some(entry.client_id.clone()),
            reason,
            until: Some(entry.until),
        });
        ask_grant(&self.env, &entry.grant, revoke).await?;
        let config = Config::current(&self.env)
            .map_err(|_| Fault::new(PersonLife::WHAT, "the configuration is incomplete"))?;
        let ports = Ports::of_object(self.env.clone(), Rc::clone(&config));
        let context = Context::new(&config.settings, &config.keyring, &ports, edge::now());
        tombstone::grant_ended(&context, &entry.grant).await;
        Ok(())
    }
}
