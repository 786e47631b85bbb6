//! Tombstones in KV, for resource servers that check JWTs themselves.

use oauth_core::{
    UnixTime,
    tombstone::{self, Tombstone},
};
use worker::Env;

use super::log;

/// The shortest lifetime of a value in KV, in seconds.
const LEAST: i64 = 60;

/// Writes a tombstone; `None` if the write cannot even begin.
pub(crate) fn record_revocation(
    env: &Env,
    name: &str,
    before: UnixTime,
    until: UnixTime,
    now: UnixTime,
) -> Option<impl Future<Output = ()> + 'static> {
    let text = serde_json::to_string(&Tombstone::new(before)).ok()?;
    let key = tombstone::key(name);
    let put = env.kv("KV").ok()?.put(&key, text).ok()?;
    let seconds = until.since(now).max(LEAST).unsigned_abs();
    Some(async move {
        if let Err(error) = put.expiration_ttl(seconds).execute().await {
            log::say("tombstone_lost", &key, &error);
        }
    })
}
