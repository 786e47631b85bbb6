//! Tombstones in KV, for resource servers that check JWTs themselves.

use oauth_core::{
    Fault, UnixTime,
    tombstone::{self, Tombstone},
};
use worker::Env;

use super::log;

/// The shortest lifetime of a value in KV, in seconds.
const LEAST: i64 = 60;

/// The name of the write in the log.
const WHAT: &str = "kv.write_tombstone";

/// Writes a tombstone. A failure is logged, too: it is repeated outside any request.
pub(crate) async fn record_revocation(
    env: &Env,
    name: &str,
    before: UnixTime,
    until: UnixTime,
    now: UnixTime,
) -> Result<(), Fault> {
    let key = tombstone::key(name);
    let seconds = until.since(now).max(LEAST).unsigned_abs();
    let written = edge::with_timeout(WHAT, edge::deadline::STORE, async {
        let written = put(env, &key, before, seconds).await;
        written.map_err(|error| Fault::new(WHAT, error))
    })
    .await;
    written.inspect_err(|fault| log::say("tombstone_late", &key, fault))
}

async fn put(env: &Env, key: &str, before: UnixTime, seconds: u64) -> worker::Result<()> {
    let text = serde_json::to_string(&Tombstone::new(before))?;
    let put = env.kv("KV")?.put(key, text)?;
    put.expiration_ttl(seconds).execute().await?;
    Ok(())
}
