//! Tombstones in KV, for resource servers that do not ask us.

use oauth_core::UnixTime;
use serde::Serialize;
use worker::Env;

use super::log;

/// The shortest time that KV keeps anything, in seconds.
const LEAST: i64 = 60;

#[derive(Serialize)]
struct Tombstone {
    version: u8,
    before: UnixTime,
}

/// The writing of a tombstone; none where it cannot even be begun.
pub(crate) fn record_revocation(
    env: &Env,
    name: &str,
    before: UnixTime,
    until: UnixTime,
    now: UnixTime,
) -> Option<impl Future<Output = ()> + 'static> {
    let text = serde_json::to_string(&Tombstone { version: 1, before }).ok()?;
    let key = ["revoked:", name].concat();
    let put = env.kv("KV").ok()?.put(&key, text).ok()?;
    let seconds = until.since(now).max(LEAST).unsigned_abs();
    Some(async move {
        if let Err(error) = put.expiration_ttl(seconds).execute().await {
            log::say("tombstone_lost", &key, &error);
        }
    })
}
