//! The authorization server's tombstones, in the KV namespace that both workers bind.

use std::time::Duration;

use oauth_core::Fault;
use oauth_guard::Tombstones;

use crate::ports::Ports;
use crate::settings::REVOKED;

/// How long a location of the platform caches what it has read from KV, in seconds: the shortest time it takes.
const REREAD: u64 = 30;
/// Each request waits for its tombstones, so a store that hangs is abandoned soon.
const PATIENCE: Duration = Duration::from_secs(1);

impl Tombstones for Ports<'_> {
    async fn tombstone(&self, key: &str) -> Result<Option<Vec<u8>>, Fault> {
        let what = "kv.tombstone";
        let store = self
            .env
            .kv(REVOKED)
            .map_err(|error| Fault::new(what, error))?;
        let read = async {
            let record = store.get(key).cache_ttl(REREAD).text().await;
            record.map_err(|error| Fault::new(what, error))
        };
        let record = edge::with_timeout(what, PATIENCE, read).await?;
        Ok(record.map(String::into_bytes))
    }
}
