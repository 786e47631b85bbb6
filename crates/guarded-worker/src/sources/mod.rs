//! What the guard asks: the authorization server, by the service binding `AUTH` or over HTTPS, and the stores that are bound.

mod tombstones;

use std::time::Duration;

use edge::{Outbound, Peer};
use oauth_core::{Fault, Secret, form};
use oauth_guard::{Introspection, KeySource};
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
    /// The body of a 200; anything else is a fault, a redirect too.
    async fn call(&self, outbound: &Outbound<'_>) -> Result<Vec<u8>, Fault> {
        let fetched = Peer::of(self.env, "AUTH").fetch(outbound).await?;
        if fetched.status == 200 {
            Ok(fetched.body)
        } else {
            let status = format_args!("status {}", fetched.status);
            Err(Fault::new(outbound.what, status))
        }
    }
}

impl KeySource for Sources<'_> {
    async fn fetch_jwks(&self) -> Result<Vec<u8>, Fault> {
        let url = format!("{}/oauth/jwks", self.issuer);
        self.call(&Outbound::get("auth.jwks", &url)).await
    }
}

impl Introspection for Sources<'_> {
    async fn introspect(&self, token: &str) -> Result<Vec<u8>, Fault> {
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

    async fn pause(&self, milliseconds: u32) {
        edge::sleep(Duration::from_millis(milliseconds.into())).await;
    }
}
