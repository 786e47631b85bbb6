//! Whether the database is well.

use guarded_worker::d1::Database;
use guarded_worker::{Check, Fault, Later};
use serde::Deserialize;
use worker::Env;

pub(crate) const DATABASE: Check = Check {
    name: "d1",
    look: database,
};

#[derive(Deserialize)]
struct Count {
    #[serde(rename = "tables")]
    _tables: u32,
}

/// A table that only our migrations make: a database without them is not healthy.
fn database(env: &Env) -> Later<'_, Result<(), Fault>> {
    Box::pin(async move {
        let statement = "SELECT count(*) AS tables FROM profiles";
        let _row: Option<Count> = Database::open(env)?
            .first("d1.health", statement, &[])
            .await?;
        Ok(())
    })
}
