//! The ports of the machine-to-machine client, for one request: its peers, its stores, its keys, its log.
//!
//! They own what they use, so that they can be used after the answer.

use std::rc::Rc;
use std::time::Duration;

use oauth_client::m2m::run_history::Trouble;
use oauth_client::m2m::shared_state::{Command, Reply, SealedToken};
use oauth_client::m2m::{Copies, Credentials, Key, Platform, Sealer, SendFailed, SharedState};
use oauth_client::{HttpCall, HttpReply};
use oauth_core::secret::Secret;
use oauth_core::{Fault, UnixTime};
use webcrypto::SigningKey;
use worker::Env;

use crate::disturbance;
use crate::isolate::Isolate;
use crate::object::caller_state;
use crate::peers::Peers;
use crate::store::token_copies;

/// The ports of the client for one request.
#[derive(Clone)]
pub(crate) struct Ports {
    pub(crate) isolate: Rc<Isolate>,
    pub(crate) env: Env,
    /// The trouble that an operator has provoked.
    pub(crate) trouble: Option<Trouble>,
}

impl Ports {
    pub(crate) fn new(isolate: &Rc<Isolate>, env: &Env) -> Self {
        Self {
            isolate: Rc::clone(isolate),
            env: env.clone(),
            trouble: None,
        }
    }

    /// The same, disturbed by a trouble.
    pub(crate) fn with(self, trouble: Option<Trouble>) -> Self {
        Self { trouble, ..self }
    }
}

impl Platform for Ports {
    async fn send(&self, call: &HttpCall, limit_ms: u32) -> Result<HttpReply, SendFailed> {
        let limit = Duration::from_millis(limit_ms.into());
        let peers = Peers::new(&self.isolate, &self.env);
        disturbance::send(&peers, self.trouble, call, limit).await
    }

    fn now(&self) -> UnixTime {
        edge::now()
    }

    fn milliseconds(&self) -> u64 {
        u64::try_from(edge::now_millis()).unwrap_or_default()
    }

    async fn pause(&self, milliseconds: u32) {
        edge::sleep(Duration::from_millis(milliseconds.into())).await;
    }

    fn random(&self) -> Result<[u8; 16], Fault> {
        edge::random_bytes()
    }

    fn log(&self, line: &str) {
        worker::web_sys::console::log_1(&wasm_bindgen::JsValue::from_str(line));
    }
}

impl SharedState for Ports {
    async fn ask(&self, command: &Command) -> Result<Reply, Fault> {
        caller_state::ask(&self.env, &self.isolate.state_name, command).await
    }
}

impl Copies for Ports {
    async fn read(&self) -> Result<Option<SealedToken>, Fault> {
        token_copies::read(&self.env, &self.isolate.state_name).await
    }

    async fn write(&self, token: &SealedToken) -> Result<(), Fault> {
        token_copies::write(&self.env, &self.isolate.state_name, token).await
    }
}

impl Sealer for Ports {
    async fn seal(&self, plaintext: &[u8], context: &[u8]) -> Result<Vec<u8>, Fault> {
        let key = self.isolate.sealing_key()?;
        webcrypto::seal(key.expose(), plaintext, context).await
    }

    async fn open(&self, sealed: &[u8], context: &[u8]) -> Result<Secret<Vec<u8>>, Fault> {
        let key = self.isolate.sealing_key()?;
        webcrypto::open(key.expose(), sealed, context).await
    }
}

impl Credentials for Ports {
    type Signer = SigningKey;

    async fn key(&self) -> Result<Key<SigningKey>, Fault> {
        let mut signer = self.isolate.caller_key().await?;
        if self.trouble == Some(Trouble::RotatedKey) {
            signer = disturbance::other_key(&signer).await?;
        }
        Ok(Key {
            public: signer.public().clone(),
            signer,
        })
    }

    fn secret(&self) -> Option<Secret<String>> {
        if self.trouble == Some(Trouble::RotatedKey) {
            return disturbance::other_secret();
        }
        self.isolate.config.caller_secret.clone()
    }
}
