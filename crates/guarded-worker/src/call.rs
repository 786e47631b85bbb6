//! The argument and the result of a handler.

use std::future::Future;
use std::pin::Pin;

use oauth_core::http::{Answer, Incoming};
use oauth_guard::{Access, Denied, Guard};
use webcrypto::WebCrypto;
use worker::Env;
use worker::wasm_bindgen::JsCast as _;

use crate::ports::Ports;

/// An answer on its way.
pub type Later<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// The result of a handler: an answer, or a refusal that becomes one (a `Fault` is a 503).
pub type HandlerFuture<'a> = Later<'a, Result<Answer, Denied>>;

/// A handler.
pub type Handler = for<'a> fn(&'a Call<'a>) -> HandlerFuture<'a>;

/// An admitted request. Only the router makes one, after the guard has admitted it.
#[derive(Debug)]
pub struct Call<'a> {
    /// The client, its user and their scope.
    pub access: &'a Access,
    /// The request, read within its limits.
    pub request: &'a Incoming,
    /// The worker's bindings.
    pub env: &'a Env,
    pub(crate) guard: &'a Guard<WebCrypto>,
    pub(crate) ports: &'a Ports<'a>,
}

impl Call<'_> {
    /// The worker's database, under the binding `DB`.
    #[cfg(feature = "d1")]
    pub fn database(&self) -> Result<edge::d1::Database, oauth_core::Fault> {
        edge::d1::Database::open(self.env)
    }

    /// Introspects the token of this request, now: the JSON of the response (RFC 7662 §2.2). A fault if
    /// `INTROSPECTION_CLIENT_ID` is not set.
    pub async fn introspection(&self) -> Result<Vec<u8>, Denied> {
        let now = edge::now();
        self.guard
            .introspection(self.ports, self.request, now)
            .await
    }

    /// A header of the request, by its name, that is not among those of [`Call::request`]: few handlers look at any other,
    /// and each costs a question to the platform.
    pub fn header(&self, name: &str) -> Option<String> {
        let request: &worker::web_sys::Request = self.ports.request.unchecked_ref();
        request.headers().get(name).ok().flatten()
    }
}
