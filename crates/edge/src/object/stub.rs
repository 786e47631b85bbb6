//! How a request reaches an object.

use std::time::Duration;

use oauth_core::{Fault, lifecycle::object::remote};
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};
use wasm_bindgen_futures::JsFuture;
use worker::Env;

use super::ObjectKind;
use crate::with_timeout;

#[wasm_bindgen]
extern "C" {
    /// An object as others see it.
    #[wasm_bindgen(extends = js_sys::Object)]
    type Stub;

    #[wasm_bindgen(method, catch)]
    fn call(this: &Stub, command: &str) -> Result<js_sys::Promise, JsValue>;
}

/// Sends a command to the object with this name ([`remote::ask`]).
pub async fn ask<K: ObjectKind>(
    env: &Env,
    name: &str,
    command: &K::Command,
) -> Result<K::Reply, Fault> {
    let route = Route {
        env,
        binding: K::BINDING,
        what: K::WHAT,
        name,
    };
    remote::ask::<K>(&route, command).await
}

/// The way to one object.
struct Route<'a> {
    env: &'a Env,
    binding: &'static str,
    what: &'static str,
    name: &'a str,
}

impl remote::Remote for Route<'_> {
    async fn send(&self, command: &str, limit: Duration) -> Result<String, Fault> {
        with_timeout(self.what, limit, async {
            let reply = self.call(command).await;
            reply.map_err(|error| Fault::new(self.what, error))
        })
        .await
    }
}

impl Route<'_> {
    async fn call(&self, command: &str) -> worker::Result<String> {
        // A stub that has failed once stays broken, so each time there is a new one.
        let remote: Stub = self
            .env
            .durable_object(self.binding)?
            .get_by_name(self.name)?
            .into_rpc();
        let reply = JsFuture::from(remote.call(command)?).await?;
        reply
            .as_string()
            .ok_or_else(|| worker::Error::RustError("the reply is no text".to_owned()))
    }
}
