//! What a machine tells resource servers: tombstones, in KV.

use oauth_core::{Fault, UnixTime, tombstone};
use oauth_server::ports::Tombstones;

use crate::{
    machine::Machine,
    oracle::{Tombstone, Write},
};

impl Tombstones for Machine {
    async fn record_revocation(
        &self,
        name: &str,
        before: UnixTime,
        _: UnixTime,
    ) -> Result<(), Fault> {
        let world = &self.world;
        self.output_gate().await;
        let begun = world.scheduler.step();
        world.oracle.writes(self.request, Write::Lasting("KV"));
        let text = serde_json::to_string(&tombstone::Tombstone::new(before)).unwrap_or_default();
        let key = tombstone::key(name);
        let written = world.kv.write(&world.scheduler, &key, &text).await;
        self.hit(written)?;
        if world.kv.has_lost(&key) {
            world.oracle.lost(name);
        }
        world.oracle.tombstones.borrow_mut().push(Tombstone {
            name: name.to_owned(),
            before: before.0,
            written: (begun, world.scheduler.step()),
        });
        Ok(())
    }
}
