//! The objects as the platform sees them, and how a request reaches one.
//!
//! They are called by RPC with one text, not by fetch: a request and a response on both sides
//! would cost more than all the rest. `entry.mjs` wraps the classes so that RPC is allowed.

use oauth_core::{Fault, UnixTime};
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};
use wasm_bindgen_futures::JsFuture;
use worker::Env;

use super::{
    home::{self, Lifecycle, Row, Woken},
    life::{PersonLife, ReplayLife, ThrottleLife},
};

#[wasm_bindgen]
extern "C" {
    /// An object as others see it.
    #[wasm_bindgen(extends = js_sys::Object)]
    type Remote;

    #[wasm_bindgen(method, catch)]
    fn call(this: &Remote, command: &str) -> Result<js_sys::Promise, JsValue>;

    /// What the platform hands to an object.
    #[wasm_bindgen(extends = js_sys::Object)]
    #[derive(Debug)]
    pub type ObjectContext;

    #[wasm_bindgen(method, getter)]
    pub(super) fn storage(this: &ObjectContext) -> Storage;

    #[wasm_bindgen(extends = js_sys::Object)]
    #[derive(Debug)]
    pub(super) type Storage;

    // The synchronous interface: a value read is still the value when it is written.
    #[wasm_bindgen(method, catch, getter)]
    fn kv(this: &Storage) -> Result<SyncStorage, JsValue>;

    #[wasm_bindgen(method, catch, js_name = setAlarm)]
    fn set_alarm(this: &Storage, milliseconds: f64) -> Result<js_sys::Promise, JsValue>;

    #[wasm_bindgen(method, catch, js_name = deleteAlarm)]
    fn delete_alarm(this: &Storage) -> Result<js_sys::Promise, JsValue>;

    #[wasm_bindgen(method, catch, js_name = deleteAll)]
    fn delete_all(this: &Storage) -> Result<js_sys::Promise, JsValue>;

    #[wasm_bindgen(extends = js_sys::Object)]
    type SyncStorage;

    #[wasm_bindgen(method, catch)]
    fn get(this: &SyncStorage, key: &str) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn put(this: &SyncStorage, key: &str, value: &str) -> Result<(), JsValue>;
}

/// The key under which an object keeps its one record.
const RECORD: &str = "record";

impl Storage {
    /// The one record of an object.
    pub(super) fn record(&self) -> Result<Option<String>, Fault> {
        Row::load(self).map_err(|error| Fault::new("object.read", error))
    }

    /// Keeps the record.
    pub(super) fn keep_record(&self, text: &str) -> Result<(), Fault> {
        Row::save(self, text).map_err(|error| Fault::new("object.write", error))
    }

    /// Asks to be woken at a time.
    pub(super) fn wake(&self, time: UnixTime) -> Result<(), Fault> {
        Row::wake_at(self, time).map_err(|error| Fault::new("object.alarm", error))
    }

    /// Deletes everything, the alarm too.
    pub(super) async fn forget(&self) -> Result<(), Fault> {
        self.delete_everything()
            .await
            .map_err(|error| Fault::new("object.delete", words(error)))
    }

    async fn delete_everything(&self) -> Result<(), JsValue> {
        // Both are asked for before anything is awaited, so no call comes in between.
        let all = self.delete_all()?;
        let alarm = self.delete_alarm()?;
        JsFuture::from(all).await?;
        JsFuture::from(alarm).await?;
        Ok(())
    }
}

impl Row for Storage {
    fn load(&self) -> Result<Option<String>, String> {
        let value = self.kv().and_then(|kv| kv.get(RECORD)).map_err(words)?;
        if value.is_undefined() {
            return Ok(None);
        }
        // Anything but a text is not ours: an error, so that it is not overwritten.
        value
            .as_string()
            .map(Some)
            .ok_or_else(|| "the record is no text".to_owned())
    }

    fn save(&self, text: &str) -> Result<(), String> {
        self.kv().and_then(|kv| kv.put(RECORD, text)).map_err(words)
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "milliseconds since 1970 stay far below 2^53"
    )]
    fn wake_at(&self, time: UnixTime) -> Result<(), String> {
        // Not awaited: the platform holds the answer back until both alarm and record are kept.
        self.set_alarm(time.0 as f64 * 1000.0)
            .map(|_| ())
            .map_err(words)
    }
}

async fn wake<L: Lifecycle>(storage: &Storage) -> Result<(), JsValue> {
    match home::woken::<L>(storage, edge::now()).map_err(|error| failure(&error))? {
        Woken::Stays => Ok(()),
        Woken::Forget => storage.delete_everything().await,
    }
}

fn words(error: JsValue) -> String {
    worker::Error::from(error).to_string()
}

pub(super) fn failure(message: &str) -> JsValue {
    js_sys::Error::new(message).into()
}

macro_rules! object {
    ($(#[$doc:meta])* $name:ident hosts $life:ident) => {
        $(#[$doc])*
        #[wasm_bindgen]
        #[derive(Debug)]
        pub struct $name {
            storage: Storage,
        }

        #[wasm_bindgen]
        impl $name {
            /// Called by the platform when the object is needed.
            #[wasm_bindgen(constructor)]
            pub fn new(context: ObjectContext, _env: JsValue) -> Self {
                Self { storage: context.storage() }
            }

            /// Puts a command to what lives here: JSON in, JSON out.
            pub fn call(&self, command: String) -> Result<String, JsValue> {
                home::call::<$life>(&self.storage, &command, edge::now())
                    .map_err(|error| failure(&error))
            }

            /// Called by the platform at the time that was asked for.
            pub async fn alarm(&self) -> Result<(), JsValue> {
                wake::<$life>(&self.storage).await
            }
        }
    };
}

object! {
    /// A person's login sessions.
    Person hosts PersonLife
}
object! {
    /// Values that count once.
    Replay hosts ReplayLife
}
object! {
    /// Attempts of one account or address.
    Throttle hosts ThrottleLife
}

/// Puts a command to the object with this name.
pub(crate) async fn ask<L: Lifecycle>(
    env: &Env,
    name: &str,
    command: &L::Command,
) -> Result<L::Reply, Fault> {
    let command = serde_json::to_string(command).map_err(|error| Fault::new(L::WHAT, error))?;
    let reply = send(env, (L::BINDING, L::WHAT), name, &command, 1).await?;
    serde_json::from_str(&reply).map_err(|_| Fault::new(L::WHAT, "the reply cannot be read"))
}

/// Sends a text to an object, and again if no answer comes in time, up to `attempts` times.
pub(super) async fn send(
    env: &Env,
    (binding, what): (&str, &'static str),
    name: &str,
    command: &str,
    attempts: usize,
) -> Result<String, Fault> {
    let mut fault = Fault::new(what, "not asked");
    for _ in 0..attempts {
        let once = edge::with_timeout(what, edge::deadline::STORE, async {
            deliver(env, binding, name, command)
                .await
                .map_err(|error| Fault::new(what, error))
        });
        match once.await {
            Ok(reply) => return Ok(reply),
            Err(other) => fault = other,
        }
    }
    Err(fault)
}

async fn deliver(env: &Env, binding: &str, name: &str, command: &str) -> worker::Result<String> {
    let remote: Remote = env.durable_object(binding)?.get_by_name(name)?.into_rpc();
    let reply = JsFuture::from(remote.call(command)?).await?;
    reply
        .as_string()
        .ok_or_else(|| worker::Error::RustError("the reply is no text".to_owned()))
}
