//! What the guard asks: the authorization server by the service binding `AUTH`, so that no request leaves the platform,
//! and its tombstones in the KV namespace that both bind.

use std::time::Duration;

use edge::Outbound;
use oauth_core::{Fault, Secret, form};
use oauth_guard::{Introspection, KeySource, Tombstones};
use worker::Env;

/// No answer about a token comes near this.
const LONGEST_ANSWER: usize = 16 * 1024;
/// How long a place of the platform trusts what it has read from KV, in seconds: the least that may be asked for.
const REREAD: u64 = 30;
/// Each request waits for its tombstones, so a store that hangs is given up soon.
const PATIENCE: Duration = Duration::from_secs(1);

/// All that the guard may ask.
pub(crate) struct Remote<'a> {
    pub(crate) env: &'a Env,
    pub(crate) issuer: &'a str,
    /// The value of `Authorization` at the introspection endpoint.
    pub(crate) authorization: Option<&'a Secret<String>>,
}

impl Remote<'_> {
    /// The body of a 200; anything else is a fault, a redirect too.
    async fn call(&self, outbound: &Outbound<'_>) -> Result<Vec<u8>, Fault> {
        let service = self
            .env
            .service("AUTH")
            .map_err(|error| Fault::new("auth.open", error))?;
        let fetched = edge::fetch(&service, outbound).await?;
        if fetched.status == 200 {
            Ok(fetched.body)
        } else {
            let status = format_args!("status {}", fetched.status);
            Err(Fault::new(outbound.what, status))
        }
    }
}

impl KeySource for Remote<'_> {
    async fn fetch_jwks(&self) -> Result<Vec<u8>, Fault> {
        let url = format!("{}/oauth/jwks", self.issuer);
        self.call(&Outbound::get("auth.jwks", &url)).await
    }
}

impl Introspection for Remote<'_> {
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

impl Tombstones for Remote<'_> {
    async fn tombstone(&self, key: &str) -> Result<Option<Vec<u8>>, Fault> {
        let what = "kv.tombstone";
        let store = self
            .env
            .kv("REVOKED")
            .map_err(|error| Fault::new(what, error))?;
        let read = async {
            let record = store.get(key).cache_ttl(REREAD).text().await;
            record.map_err(|error| Fault::new(what, error))
        };
        let record = edge::with_timeout(what, PATIENCE, read).await?;
        Ok(record.map(String::into_bytes))
    }
}
