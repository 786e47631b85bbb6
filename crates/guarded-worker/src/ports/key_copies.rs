//! A copy of the issuer's keys in a KV namespace of the worker's own, so that a new isolate need not fetch them and a
//! worker survives an outage of its authorization server. Whoever can write there can forge tokens: bind it to no other
//! worker.

use std::time::Duration;

use oauth_guard::KeyCopies;

use crate::ports::Ports;
use crate::settings::GUARD;

/// The copy's key in KV.
const KEY: &str = "guard:keys";
/// The issuer can be asked instead, so a request does not wait long for the copy.
const PATIENCE: Duration = Duration::from_secs(1);
/// A copy that is not renewed is deleted after this many seconds; the guard would not trust one so old.
const LIFETIME: u64 = 7 * 86_400;

impl KeyCopies for Ports<'_> {
    async fn read_keys(&self) -> Option<Vec<u8>> {
        let store = self.env.kv(GUARD).ok()?;
        let read = async {
            let copy = store.get(KEY).bytes().await;
            copy.map_err(|error| oauth_core::Fault::new("kv.keys", error))
        };
        edge::with_timeout("kv.keys", PATIENCE, read).await.ok()?
    }

    async fn write_keys(&self, copy: &[u8]) {
        let Ok(store) = self.env.kv(GUARD) else {
            return;
        };
        let Ok(put) = store.put_bytes(KEY, copy) else {
            return;
        };
        self.context.wait_until(async move {
            // Without the copy the next isolate asks the issuer.
            let _written = put.expiration_ttl(LIFETIME).execute().await;
        });
    }
}
