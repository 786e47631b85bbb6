//! Registered clients: in D1, with a copy in KV for a minute and in the isolate for half of one.
//!
//! Someone who tries ids or secrets must learn nothing from the time that the answer takes, and must not have each try
//! read from the database. So an id that is unknown, and a client that failed to authenticate, cost the same reads, and
//! none at all for a few seconds afterwards.

use std::{pin::Pin, rc::Rc};

use edge::d1::{Database, integer};
use oauth_core::{Fault, UnixTime, client::Client, id::ClientId};
use oauth_server::{
    audit::AuditEvent,
    ports::{AccountState, Change},
};
use wasm_bindgen::JsValue;
use worker::Env;

use super::{audit, budget::Budget, copies::Copies, endings, log};

/// How long an isolate trusts its copy, in seconds.
const REMEMBERED: i64 = 30;
/// How long KV keeps its copy, in seconds: the least that it takes.
const CACHED: u64 = 60;
/// How long an isolate asks no more after an id that was unknown, or whose client failed to authenticate, in seconds.
const NOT_ASKED_AGAIN: i64 = 5;
/// How often in ten seconds an isolate asks the database about ids of which it has never had a copy.
const QUESTIONS: u32 = 500;

thread_local! {
    static COPIES: Copies<ClientId, Client> = Copies::lasting(REMEMBERED);
    static LOOKED_UP: Copies<ClientId, Source> = Copies::lasting(NOT_ASKED_AGAIN);
    static UNKNOWN: Copies<ClientId, ()> = Copies::lasting(NOT_ASKED_AGAIN);
    static BUDGET: Budget = const { Budget::new(QUESTIONS, 10) };
}

/// Where a client was looked up last.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Source {
    Cache,
    Database,
}

/// Whether this isolate has a copy of the client.
pub(crate) fn has_copy(client_id: &ClientId, now: UnixTime) -> bool {
    COPIES.with(|copies| copies.find(client_id, now)).is_some()
}

/// The client with this id, unless it is unknown or disabled; and, where the cache had no copy, the writing of one.
pub(crate) async fn find(
    env: &Env,
    client_id: &ClientId,
    now: UnixTime,
) -> Result<(Option<Rc<Client>>, Option<Copying>), Fault> {
    if let Some(client) = COPIES.with(|copies| copies.find(client_id, now)) {
        return Ok((Some(client), None));
    }
    if UNKNOWN.with(|unknown| unknown.find(client_id, now).is_some()) {
        return Ok((None, None));
    }
    // The cache may be missing or down: it never decides, it only saves a way.
    let cached = cached(env, client_id).await;
    if let Some(client) = cached.and_then(|record| Client::from_record(client_id, &record)) {
        looked_up(client_id, Source::Cache, now);
        return Ok((Some(keep(client_id, client, now)), None));
    }
    let found = from_database(env, client_id, now).await?;
    if found.0.is_none() {
        UNKNOWN.with(|unknown| unknown.keep(client_id.clone(), Rc::new(()), now));
    }
    Ok(found)
}

/// The same for a client that has just failed to authenticate, with the reads that an unknown id costs: a secret that is
/// not that of the copy may be the new one. `None` if nothing was asked, because this was done a moment ago.
pub(crate) async fn find_again(
    env: &Env,
    client_id: &ClientId,
    now: UnixTime,
) -> Result<(Option<Rc<Client>>, Option<Copying>), Fault> {
    match LOOKED_UP
        .with(|looked_up| looked_up.find(client_id, now))
        .as_deref()
    {
        Some(Source::Database) => return Ok((None, None)),
        Some(Source::Cache) => {}
        // An old copy is of no use here: it is read because it would be for an unknown id.
        None => drop(cached(env, client_id).await),
    }
    from_database(env, client_id, now).await
}

async fn from_database(
    env: &Env,
    client_id: &ClientId,
    now: UnixTime,
) -> Result<(Option<Rc<Client>>, Option<Copying>), Fault> {
    let is_seen = COPIES.with(|copies| copies.has_had(client_id));
    if !is_seen && !BUDGET.with(|budget| budget.take(now)) {
        return Err(Fault::new(
            "d1.read_client",
            "too many unknown client ids were asked for",
        ));
    }
    let stored = stored(env, client_id).await?;
    looked_up(client_id, Source::Database, now);
    let Some(record) = stored else {
        return Ok((None, None));
    };
    let client = Client::from_record(client_id, &record)
        .ok_or_else(|| Fault::new("d1.read_client", "the client's record cannot be read"))?;
    let copying = cache(env, client_id, record);
    Ok((Some(keep(client_id, client, now)), copying))
}

fn looked_up(client_id: &ClientId, source: Source, now: UnixTime) {
    LOOKED_UP.with(|looked_up| looked_up.keep(client_id.clone(), Rc::new(source), now));
}

/// Keeps a copy in this isolate.
fn keep(client_id: &ClientId, client: Client, now: UnixTime) -> Rc<Client> {
    let client = Rc::new(client);
    COPIES.with(|copies| copies.keep(client_id.clone(), Rc::clone(&client), now));
    client
}

async fn stored(env: &Env, client_id: &ClientId) -> Result<Option<String>, Fault> {
    Database::open(env)?
        .text(
            "d1.read_client",
            "SELECT record AS text FROM clients WHERE client_id = ?1 AND disabled = 0",
            &[JsValue::from_str(client_id.as_str())],
        )
        .await
}

/// Disables a client. Its record then says that grants which began before have ended. One statement, so that two
/// administrators who disable each other's client at once cannot both succeed.
const DISABLE: &str = "UPDATE clients SET disabled = 1, \
    record = json_set(record, '$.not_before', CAST(?2 AS INTEGER)) \
    WHERE client_id = ?1 AND disabled = 0 AND (?3 IS NULL OR EXISTS (SELECT 1 FROM clients AS own \
    WHERE own.client_id = ?3 AND own.disabled = 0)) RETURNING client_id";
/// Enables a client. An isolate that still had a copy may have begun a grant after the client was disabled:
/// that has ended as well.
const ENABLE: &str = "UPDATE clients SET disabled = 0, \
    record = json_set(record, '$.not_before', CAST(?2 AS INTEGER)) \
    WHERE client_id = ?1 AND disabled = 1 RETURNING client_id";

/// Disables or enables a client; it is disabled only while the administrator's own, `by`, is enabled. Other isolates, and KV
/// elsewhere, go on with their copies for as long as a copy lasts.
pub(crate) async fn set(
    env: &Env,
    client_id: &ClientId,
    to: AccountState,
    by: Option<&ClientId>,
    event: &AuditEvent,
) -> Result<Change, Fault> {
    let id = JsValue::from_str(client_id.as_str());
    let mut values = vec![id.clone(), integer(event.at.0)];
    let statement = match to {
        AccountState::Enabled => ENABLE,
        AccountState::Disabled => {
            values.push(edge::d1::text(by.map(ClientId::as_str)));
            DISABLE
        }
    };
    let database = Database::open(env)?;
    let is_made = endings::change(&database, (statement, &values), event, client_id.as_str()).await;
    // Also after a fault: the change may have been made, and its answer lost.
    UNKNOWN.with(|unknown| unknown.forget(client_id));
    forget(env, client_id).await;
    if is_made? {
        return Ok(Change::Made);
    }
    Ok(match (is_enabled(&database, id).await?, to) {
        (None, _) => Change::Unknown,
        (Some(true), AccountState::Disabled) => Change::LocksOut,
        (Some(_), _) => Change::Made,
    })
}

/// Whether a client is enabled, if there is one with this id.
async fn is_enabled(database: &Database, id: JsValue) -> Result<Option<bool>, Fault> {
    const STATE: &str =
        "SELECT iif(disabled = 0, 'enabled', 'disabled') AS text FROM clients WHERE client_id = ?1";
    let state = database.text("d1.read_client", STATE, &[id]).await?;
    Ok(state.map(|state| state == "enabled"))
}

/// Stores a hash of a client's secret in place of another, wherever the record still has that.
pub(crate) async fn renew_secret_hash(env: &Env, client_id: &ClientId, hashes: &[String; 2]) {
    const RENEW: &str = "UPDATE clients SET record = replace(record, '\"' || ?2 || '\"', '\"' || ?3 || '\"') \
        WHERE client_id = ?1";
    let [old, renewed] = hashes;
    let values = [client_id.as_str(), old, renewed].map(JsValue::from_str);
    let renewed = async {
        let database = Database::open(env)?;
        database.run("d1.renew_client_secret", RENEW, &values).await
    };
    if let Err(fault) = renewed.await {
        log::say("client_secret_not_renewed", client_id.as_str(), &fault);
        return;
    }
    forget(env, client_id).await;
}

/// Forgets the copies of a client that has changed. One that cannot be deleted now expires by itself.
pub(super) async fn forget(env: &Env, client_id: &ClientId) {
    COPIES.with(|copies| copies.forget(client_id));
    let _deleted = forget_cached(env, client_id).await;
}

async fn forget_cached(env: &Env, client_id: &ClientId) -> Result<(), Fault> {
    const WHAT: &str = "kv.delete_client";
    let store = env.kv("KV").map_err(|error| Fault::new(WHAT, error))?;
    edge::with_timeout(WHAT, edge::deadline::STORE, async {
        let deleted = store.delete(&key(client_id)).await;
        deleted.map_err(|error| Fault::new(WHAT, error))
    })
    .await
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

/// The writing of a copy.
pub(crate) type Copying = Pin<Box<dyn Future<Output = ()>>>;

fn cache(env: &Env, client_id: &ClientId, record: String) -> Option<Copying> {
    let put = env.kv("KV").ok()?.put(&key(client_id), record).ok()?;
    Some(Box::pin(async move {
        // A cache that does not take a copy costs a way to D1, nothing else.
        let _kept = put.expiration_ttl(CACHED).execute().await;
    }))
}
