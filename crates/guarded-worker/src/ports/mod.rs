//! The guard's ports: the authorization server, by the service binding `AUTH` or over HTTPS; and the
//! other bindings.

mod certificate;
mod key_copies;
mod proofs;
mod rates;
mod tombstones;

use std::time::Duration;

use edge::{Outbound, Peer};
use oauth_core::{Fault, Secret, form};
use oauth_guard::{Introspection, KeySource, ProofMemory, Reply, Timer};
use worker::wasm_bindgen::JsValue;
use worker::{Context, Env};

use crate::settings::Endpoints;

/// The most bytes of an introspection response; a real one is far shorter.
const LONGEST_ANSWER: usize = 16 * 1024;

/// The guard's ports, for one request.
pub struct Ports<'a> {
    pub(crate) env: &'a Env,
    /// Keeps the worker alive for work that the answer does not wait for.
    pub(crate) context: &'a Context,
    /// The platform's request. It is read only for tokens that are bound to a certificate.
    pub(crate) request: JsValue,
    pub(crate) endpoints: &'a Endpoints,
    /// The value of `Authorization` at the introspection endpoint.
    pub(crate) authorization: Option<&'a Secret<String>>,
    /// The proofs that this isolate has seen, if no shared object remembers them.
    pub(crate) proofs: Option<&'a ProofMemory>,
}

impl std::fmt::Debug for Ports<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Ports")
            .field("endpoints", &self.endpoints)
            .finish_non_exhaustive()
    }
}

impl Ports<'_> {
    async fn call(&self, outbound: &Outbound<'_>) -> Result<Reply, Fault> {
        let fetched = Peer::of(self.env, "AUTH").fetch(outbound).await?;
        Ok(Reply {
            status: fetched.status,
            body: fetched.body,
        })
    }
}

impl KeySource for Ports<'_> {
    async fn fetch_jwks(&self) -> Result<Reply, Fault> {
        self.call(&Outbound::get("auth.jwks", &self.endpoints.keys))
            .await
    }
}

impl Timer for Ports<'_> {
    async fn pause(&self, milliseconds: u32) {
        edge::sleep(Duration::from_millis(milliseconds.into())).await;
    }
}

impl Introspection for Ports<'_> {
    async fn introspect(&self, token: &str) -> Result<Reply, Fault> {
        let what = "auth.introspect";
        let authorization = self
            .authorization
            .ok_or_else(|| Fault::new(what, "it is not configured"))?;
        let form = form::encode([("token", token), ("token_type_hint", "access_token")]);
        let headers = [
            ("authorization", authorization.expose().as_str()),
            ("content-type", "application/x-www-form-urlencoded"),
            ("accept", "application/json"),
        ];
        let outbound = Outbound {
            headers: &headers,
            limit: LONGEST_ANSWER,
            ..Outbound::post(what, &self.endpoints.introspection, &form)
        };
        self.call(&outbound).await
    }
}
