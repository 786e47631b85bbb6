//! The state of the stores: one small request to each.

use edge::d1::Database;
use oauth_core::{
    Fault,
    http::{Answer, RETRY_AFTER},
    id::GrantId,
    lifecycle::grant::Check,
};
use oauth_server::ports::Grants as _;
use serde::{Deserialize, Serialize};

use crate::ports::Ports;

#[derive(Serialize)]
struct Health {
    status: &'static str,
    d1: &'static str,
    kv: &'static str,
    durable_objects: &'static str,
}

/// `200` if every store answers, else `503`.
pub(crate) async fn health(ports: &Ports) -> Answer {
    let stores = [
        database(ports).await,
        cache(ports).await,
        objects(ports).await,
    ];
    let word = |result: &Result<(), Fault>| if result.is_ok() { "ok" } else { "down" };
    let [d1, kv, durable_objects] = &stores;
    let fault = stores.iter().find_map(|result| result.as_ref().err());
    let status = if fault.is_none() { 200 } else { 503 };
    let mut answer = Answer::json(
        status,
        &Health {
            status: if fault.is_none() { "ok" } else { "down" },
            d1: word(d1),
            kv: word(kv),
            durable_objects: word(durable_objects),
        },
    );
    if let Some(fault) = fault {
        answer.log.cause = Some(fault.to_string());
        return answer.with("retry-after", RETRY_AFTER);
    }
    answer
}

#[derive(Deserialize)]
struct Count {
    #[serde(rename = "tables")]
    _tables: u32,
}

/// A table that only our migrations make: a database without them is not healthy.
async fn database(ports: &Ports) -> Result<(), Fault> {
    let _row: Option<Count> = Database::open(ports.env())?
        .first(
            "d1.health",
            "SELECT count(*) AS tables FROM signing_keys",
            &[],
        )
        .await?;
    Ok(())
}

async fn cache(ports: &Ports) -> Result<(), Fault> {
    let store = ports
        .env()
        .kv("KV")
        .map_err(|error| Fault::new("kv.open", error))?;
    edge::with_timeout("kv.health", edge::deadline::STORE, async {
        let read = store.get("health").text().await;
        read.map(|_| ())
            .map_err(|error| Fault::new("kv.health", error))
    })
    .await
}

/// Asks after a grant that was never begun: the object answers and writes nothing.
async fn objects(ports: &Ports) -> Result<(), Fault> {
    let id = GrantId::from_random([0; 16]);
    ports.grant(&id, Check::default()).await.map(drop)
}
