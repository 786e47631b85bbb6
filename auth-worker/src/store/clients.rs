//! Registered clients: in D1, with a copy in KV for a minute and in the isolate for half of one.

use std::rc::Rc;

use edge::d1::Database;
use oauth_core::{Fault, UnixTime, client::Client, id::ClientId};
use serde::Deserialize;
use wasm_bindgen::JsValue;
use worker::{Context, Env};

use super::copies::Copies;

/// How long an isolate trusts its copy, in seconds.
const REMEMBERED: i64 = 30;
/// How long KV keeps its copy, in seconds: the least that it takes.
const CACHED: u64 = 60;

thread_local! {
    static COPIES: Copies<ClientId, Client> = Copies::lasting(REMEMBERED);
}

#[derive(Deserialize)]
struct Row {
    record: String,
}

/// The client with this id, unless it is unknown or disabled.
pub(crate) async fn find(
    env: &Env,
    context: &Context,
    client_id: &ClientId,
    now: UnixTime,
) -> Result<Option<Rc<Client>>, Fault> {
    if let Some(client) = COPIES.with(|copies| copies.find(client_id, now)) {
        return Ok(Some(client));
    }
    // The cache may be missing or down: it never decides, it only saves a way.
    let cached = cached(env, client_id).await;
    let record = match &cached {
        Some(record) => Some(record.clone()),
        None => stored(env, client_id).await?,
    };
    let Some(record) = record else {
        return Ok(None);
    };
    if cached.is_none() {
        cache(env, context, client_id, record.clone());
    }
    let client = Client::from_record(client_id, &record)
        .ok_or_else(|| Fault::new("d1.read_client", "the client's record cannot be read"))?;
    let client = Rc::new(client);
    COPIES.with(|copies| copies.keep(client_id.clone(), Rc::clone(&client), now));
    Ok(Some(client))
}

async fn stored(env: &Env, client_id: &ClientId) -> Result<Option<String>, Fault> {
    let row: Option<Row> = Database::open(env)?
        .first(
            "d1.read_client",
            "SELECT record FROM clients WHERE client_id = ?1 AND disabled = 0",
            &[JsValue::from_str(client_id.as_str())],
        )
        .await?;
    Ok(row.map(|row| row.record))
}

fn key(client_id: &ClientId) -> String {
    format!("client:{client_id}")
}

async fn cached(env: &Env, client_id: &ClientId) -> Option<String> {
    let store = env.kv("KV").ok()?;
    let key = key(client_id);
    let reading = async {
        store
            .get(&key)
            .text()
            .await
            .map_err(|error| Fault::new("kv.read_client", error))
    };
    edge::with_timeout("kv.read_client", edge::deadline::STORE, reading)
        .await
        .ok()
        .flatten()
}

fn cache(env: &Env, context: &Context, client_id: &ClientId, record: String) {
    let Ok(store) = env.kv("KV") else { return };
    let key = key(client_id);
    context.wait_until(async move {
        if let Ok(put) = store.put(&key, record) {
            // A cache that does not take a copy costs a way to D1, nothing else.
            let _kept = put.expiration_ttl(CACHED).execute().await;
        }
    });
}
