//! The near copy of the sealed token, in KV, for new isolates. It may be old or missing.

use std::time::Duration;

use oauth_client::m2m::shared_state::SealedToken;
use oauth_core::Fault;
use worker::Env;
use worker::kv::KvStore;

/// The shortest life of a KV entry, in seconds. The sealed token has its own expiry.
const SHORTEST_LIFE: i64 = 60;
/// The most time that a run waits for it.
const DEADLINE: Duration = Duration::from_millis(500);
const WHAT: &str = "kv.token";

/// The copy under this name.
pub(crate) async fn read(env: &Env, name: &str) -> Result<Option<SealedToken>, Fault> {
    let (store, key) = (open(env)?, key(name));
    let text = edge::with_timeout(WHAT, DEADLINE, async {
        let read = store.get(&key).text().await;
        read.map_err(|error| Fault::new(WHAT, error))
    })
    .await?;
    text.map(|text| serde_json::from_str(&text))
        .transpose()
        .map_err(|_| Fault::new(WHAT, "the record cannot be read"))
}

/// Stores a copy under this name until its token expires.
pub(crate) async fn write(env: &Env, name: &str, token: &SealedToken) -> Result<(), Fault> {
    let text = serde_json::to_string(token).map_err(|error| Fault::new(WHAT, error))?;
    let life = token
        .expires_at
        .since(edge::now())
        .max(SHORTEST_LIFE)
        .unsigned_abs();
    let put = open(env)?
        .put(&key(name), text)
        .map_err(|error| Fault::new(WHAT, error))?;
    let put = put.expiration_ttl(life).execute().await;
    put.map_err(|error| Fault::new(WHAT, error))
}

fn open(env: &Env) -> Result<KvStore, Fault> {
    env.kv("TOKENS").map_err(|error| Fault::new(WHAT, error))
}

fn key(name: &str) -> String {
    ["m2m:", name].concat()
}
