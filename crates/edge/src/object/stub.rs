//! How a request reaches an object.

use oauth_core::Fault;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};
use wasm_bindgen_futures::JsFuture;
use worker::Env;

use super::ObjectKind;
use crate::{deadline, with_timeout};

#[wasm_bindgen]
extern "C" {
    /// An object as others see it.
    #[wasm_bindgen(extends = js_sys::Object)]
    type Remote;

    #[wasm_bindgen(method, catch)]
    fn call(this: &Remote, command: &str) -> Result<js_sys::Promise, JsValue>;
}

/// Puts a command to the object with this name. If no answer comes in time, or the object fails, it
/// is asked once more, where asking twice is like asking once.
pub async fn ask<H: ObjectKind>(
    env: &Env,
    name: &str,
    command: &H::Command,
) -> Result<H::Reply, Fault> {
    let text = serde_json::to_string(command).map_err(|error| Fault::new(H::WHAT, error))?;
    let route = Route {
        binding: H::BINDING,
        what: H::WHAT,
        name,
    };
    let reply = match route.send(env, &text).await {
        Err(_) if H::is_idempotent(command) => route.send(env, &text).await,
        reply => reply,
    };
    serde_json::from_str(&reply?).map_err(|_| Fault::new(H::WHAT, "the reply cannot be read"))
}

/// The way to one object.
#[derive(Clone, Copy)]
struct Route<'a> {
    binding: &'static str,
    what: &'static str,
    name: &'a str,
}

impl Route<'_> {
    async fn send(self, env: &Env, command: &str) -> Result<String, Fault> {
        with_timeout(self.what, deadline::STORE, async {
            let reply = self.call(env, command).await;
            reply.map_err(|error| Fault::new(self.what, error))
        })
        .await
    }

    async fn call(self, env: &Env, command: &str) -> worker::Result<String> {
        // A stub that has failed once stays broken, so each time there is a new one.
        let remote: Remote = env
            .durable_object(self.binding)?
            .get_by_name(self.name)?
            .into_rpc();
        let reply = JsFuture::from(remote.call(command)?).await?;
        reply
            .as_string()
            .ok_or_else(|| worker::Error::RustError("the reply is no text".to_owned()))
    }
}
