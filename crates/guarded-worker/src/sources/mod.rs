//! What the guard asks: the authorization server, by the service binding `AUTH` or over HTTPS, and the stores that are bound.

mod tombstones;

use std::time::Duration;

use edge::{Outbound, Peer};
use oauth_core::{Fault, Secret, form};
use oauth_guard::{
    Certificate, Introspection, KeyCopies, KeySource, Proofs, RateLimits, Reply, Timer,
};
use worker::Env;

/// No answer about a token comes near this.
const LONGEST_ANSWER: usize = 16 * 1024;

/// All that the guard may ask.
#[derive(Debug)]
pub struct Sources<'a> {
    pub(crate) env: &'a Env,
    pub(crate) issuer: &'a str,
    /// The value of `Authorization` at the introspection endpoint.
    pub(crate) authorization: Option<&'a Secret<String>>,
}

impl Sources<'_> {
    async fn call(&self, outbound: &Outbound<'_>) -> Result<Reply, Fault> {
        let fetched = Peer::of(self.env, "AUTH").fetch(outbound).await?;
        Ok(Reply {
            status: fetched.status,
            body: fetched.body,
        })
    }
}

impl KeySource for Sources<'_> {
    async fn fetch_jwks(&self) -> Result<Reply, Fault> {
        let url = format!("{}/oauth/jwks", self.issuer);
        self.call(&Outbound::get("auth.jwks", &url)).await
    }
}

impl Introspection for Sources<'_> {
    async fn introspect(&self, token: &str) -> Result<Reply, Fault> {
        let what = "auth.introspect";
        let authorization = self
            .authorization
            .ok_or_else(|| Fault::new(what, "it is not configured"))?;
        let url = format!("{}/oauth/introspect", self.issuer);
        let form = form::encode([("token", token), ("token_type_hint", "access_token")]);
        let headers = [
            ("authorization", authorization.expose().as_str()),
            ("content-type", "application/x-www-form-urlencoded"),
            ("accept", "application/json"),
        ];
        let outbound = Outbound {
            headers: &headers,
            limit: LONGEST_ANSWER,
            ..Outbound::post(what, &url, &form)
        };
        self.call(&outbound).await
    }
}

impl KeyCopies for Sources<'_> {}

impl Proofs for Sources<'_> {}

impl RateLimits for Sources<'_> {}

impl Certificate for Sources<'_> {}

impl Timer for Sources<'_> {
    async fn pause(&self, milliseconds: u32) {
        edge::sleep(Duration::from_millis(milliseconds.into())).await;
    }
}
