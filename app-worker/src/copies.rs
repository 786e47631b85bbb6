//! The near copy of the sealed token, in KV: for isolates that begin. It may be old, and may be missing.

use std::time::Duration;

use oauth_client::m2m::board::Kept;
use oauth_core::Fault;
use worker::Env;
use worker::kv::KvStore;

/// The shortest time that KV keeps anything, in seconds. The token says itself when it expires.
const LEAST: i64 = 60;
/// How long a run waits for it.
const DEADLINE: Duration = Duration::from_millis(500);
const WHAT: &str = "kv.token";

/// The copy under this name.
pub(crate) async fn read(env: &Env, name: &str) -> Result<Option<Kept>, Fault> {
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

/// Keeps a copy under this name until its token expires.
pub(crate) async fn write(env: &Env, name: &str, kept: &Kept) -> Result<(), Fault> {
    let text = serde_json::to_string(kept).map_err(|error| Fault::new(WHAT, error))?;
    let life = kept.expires_at.since(edge::now()).max(LEAST).unsigned_abs();
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
