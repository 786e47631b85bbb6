//! Descriptions of opaque access tokens in KV: written once, under a keyed hash.

use oauth_core::{Fault, UnixTime};
use oauth_server::access_record::AccessRecord;
use worker::Env;

/// The shortest time that KV keeps anything, in seconds. The record says itself when it ends.
const LEAST: i64 = 60;

/// The writing of a description; none where it cannot even be begun.
pub(crate) fn keep(
    env: &Env,
    name: &str,
    record: &AccessRecord,
    now: UnixTime,
) -> Option<impl Future<Output = ()> + 'static> {
    let text = serde_json::to_string(record).ok()?;
    let put = env.kv("KV").ok()?.put(&key(name), text).ok()?;
    let life = record.exp.since(now).max(LEAST).unsigned_abs();
    Some(async move {
        // A description that is lost is missed by nothing that decides.
        let _kept = put.expiration_ttl(life).execute().await;
    })
}

/// The description under this name, if it has arrived.
pub(crate) async fn find(env: &Env, name: &str) -> Result<Option<AccessRecord>, Fault> {
    const WHAT: &str = "kv.read_access_token";
    let store = env.kv("KV").map_err(|error| Fault::new(WHAT, error))?;
    let key = key(name);
    let text = edge::with_timeout(WHAT, edge::deadline::STORE, async {
        let read = store.get(&key).text().await;
        read.map_err(|error| Fault::new(WHAT, error))
    })
    .await?;
    text.map(|text| from_json::from_str(&text))
        .transpose()
        .map_err(|_| Fault::new(WHAT, "the record cannot be read"))
}

fn key(name: &str) -> String {
    ["token:", name].concat()
}
