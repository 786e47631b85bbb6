//! The world of the machine-to-machine client, for one request: its peers, its stores, its keys, its log.
//!
//! All of it is owned, so that what is left to do when the answer is out can be done then.

use std::rc::Rc;
use std::time::Duration;

use oauth_client::m2m::board::{Command, Kept, Reply};
use oauth_client::m2m::ledger::Trouble;
use oauth_client::m2m::{Board, Copies, Credentials, Key, Platform, Sealer, SendFailed};
use oauth_client::{HttpCall, HttpReply};
use oauth_core::secret::Secret;
use oauth_core::{Fault, UnixTime};
use webcrypto::SigningKey;
use worker::Env;

use crate::setup::Setup;
use crate::{board, copies, trouble};

/// The world, as one request knows it.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) setup: Rc<Setup>,
    pub(crate) env: Env,
    /// What stands between the client and its peers.
    pub(crate) trouble: Option<Trouble>,
}

impl World {
    pub(crate) fn new(setup: &Rc<Setup>, env: &Env) -> Self {
        Self {
            setup: Rc::clone(setup),
            env: env.clone(),
            trouble: None,
        }
    }

    /// The same with a trouble in it.
    pub(crate) fn with(self, trouble: Option<Trouble>) -> Self {
        Self { trouble, ..self }
    }
}

impl Platform for World {
    async fn send(&self, call: &HttpCall, limit_ms: u32) -> Result<HttpReply, SendFailed> {
        let limit = Duration::from_millis(limit_ms.into());
        trouble::send(self, call, limit).await
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

impl Board for World {
    async fn ask(&self, command: &Command) -> Result<Reply, Fault> {
        board::ask(&self.env, &self.setup.shelf, command).await
    }
}

impl Copies for World {
    async fn read(&self) -> Result<Option<Kept>, Fault> {
        copies::read(&self.env, &self.setup.shelf).await
    }

    async fn write(&self, kept: &Kept) -> Result<(), Fault> {
        copies::write(&self.env, &self.setup.shelf, kept).await
    }
}

impl Sealer for World {
    async fn seal(&self, plaintext: &[u8], context: &[u8]) -> Result<Vec<u8>, Fault> {
        let key = self.setup.sealing_key()?;
        webcrypto::seal(key.expose(), plaintext, context).await
    }

    async fn open(&self, sealed: &[u8], context: &[u8]) -> Result<Secret<Vec<u8>>, Fault> {
        let key = self.setup.sealing_key()?;
        webcrypto::open(key.expose(), sealed, context).await
    }
}

impl Credentials for World {
    type Signer = SigningKey;

    async fn key(&self) -> Result<Key<SigningKey>, Fault> {
        let mut signer = self.setup.caller_key().await?;
        if self.trouble == Some(Trouble::RotatedKey) {
            signer = trouble::other_key(&signer).await?;
        }
        Ok(Key {
            public: signer.public().clone(),
            signer,
        })
    }

    fn secret(&self) -> Option<Secret<String>> {
        if self.trouble == Some(Trouble::RotatedKey) {
            return trouble::other_secret();
        }
        self.setup.settings.caller_secret.clone()
    }
}
