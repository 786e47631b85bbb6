//! Registered clients: in D1, with a copy in KV for a minute and in the isolate for half of one.
//!
//! Someone who tries ids or secrets must learn nothing from the time that the answer takes, and must not have each try
//! read from the database. So an id that is unknown, and a client that failed to authenticate, cost the same reads, and
//! none at all for a few seconds afterwards.

use std::{pin::Pin, rc::Rc};

use edge::d1::{Database, integer};
use from_json::FromJson;
use oauth_core::{
    Fault, UnixTime,
    client::{Client, RegisteredBy},
    client_document::{self, StoredDocument},
    id::ClientId,
};
use oauth_server::{
    audit::AuditEvent,
    client_document::absent,
    ports::{AccountState, Change, DocumentState},
};
use wasm_bindgen::JsValue;
use worker::Env;

use super::{budget::Budget, copies::Copies, documents, endings, log};

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

/// The client with this id, unless it is unknown or disabled; and, where the cache had no copy, the writing of one. One
/// whose id is a URL is found too, if it `may_be_document` and that was fetched before; otherwise that is a fault.
pub(crate) async fn find(
    env: &Env,
    client_id: &ClientId,
    may_be_document: bool,
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
    if let Some(client) = cached
        .and_then(|record| Client::from_record(client_id, &record))
        .filter(|client| may_be_document || client.registered_by != RegisteredBy::Document)
    {
        looked_up(client_id, Source::Cache, now);
        return Ok((Some(keep(client, now)), None));
    }
    let found = from_database(env, client_id, may_be_document, now).await?;
    if found.is_none() {
        UNKNOWN.with(|unknown| unknown.keep(client_id.clone(), Rc::new(()), now));
    }
    let copying = found.as_deref().and_then(|client| cache(env, client));
    Ok((found, copying))
}

/// The same for a client that has just failed to authenticate, with the reads that an unknown id costs: a secret that is
/// not that of the copy may be the new one. Nothing is written: there would be nothing to write for an unknown id, and a
/// guesser must not decide how often. `None` if nothing was asked, because this was done a moment ago.
pub(crate) async fn find_again(
    env: &Env,
    client_id: &ClientId,
    may_be_document: bool,
    now: UnixTime,
) -> Result<Option<Rc<Client>>, Fault> {
    match LOOKED_UP
        .with(|looked_up| looked_up.find(client_id, now))
        .as_deref()
    {
        Some(Source::Database) => return Ok(None),
        Some(Source::Cache) => {}
        // An old copy is of no use here: it is read because it would be for an unknown id.
        None => drop(cached(env, client_id).await),
    }
    from_database(env, client_id, may_be_document, now).await
}

async fn from_database(
    env: &Env,
    client_id: &ClientId,
    may_be_document: bool,
    now: UnixTime,
) -> Result<Option<Rc<Client>>, Fault> {
    let stub = match row(env, client_id, now).await? {
        Row::Disabled => return Ok(None),
        Row::Registered(client) => return Ok(Some(keep(*client, now))),
        Row::Stub(stub) => stub,
    };
    if !may_be_document || !client_document::is_url(client_id) {
        return Ok(None);
    }
    let stored = documents::find(env, client_id, now).await;
    let client = stub.applied(&stored.ok_or_else(absent)?.client);
    Ok(Some(keep(client, now)))
}

/// What the database has of a client id.
enum Row {
    Registered(Box<Client>),
    Disabled,
    /// No registration: perhaps what an administrator has decided about a client that is described elsewhere.
    Stub(Stub),
}

/// The record of a client that is described by its document.
#[derive(Default, FromJson)]
struct Stub {
    #[serde(default)]
    not_before: Option<UnixTime>,
}

impl Stub {
    fn applied(&self, client: &Client) -> Client {
        Client {
            not_before: self.not_before,
            ..client.clone()
        }
    }
}

async fn row(env: &Env, client_id: &ClientId, now: UnixTime) -> Result<Row, Fault> {
    let is_seen = COPIES.with(|copies| copies.has_had(client_id));
    if !is_seen && !BUDGET.with(|budget| budget.take(now)) {
        return Err(Fault::new(
            "d1.read_client",
            "too many unknown client ids were asked for",
        ));
    }
    let stored = stored(env, client_id).await?;
    looked_up(client_id, Source::Database, now);
    let record = match stored.as_deref() {
        None => return Ok(Row::Stub(Stub::default())),
        Some("") => return Ok(Row::Disabled),
        Some(record) => record,
    };
    if let Some(client) = Client::from_record(client_id, record) {
        return Ok(Row::Registered(Box::new(client)));
    }
    let stub = from_json::from_str(record)
        .ok()
        .filter(|_| client_document::is_url(client_id));
    stub.map(Row::Stub)
        .ok_or_else(|| Fault::new("d1.read_client", "the client's record cannot be read"))
}

/// What is known of a client whose id is a URL. It is asked for a browser.
pub(crate) async fn document(
    env: &Env,
    client_id: &ClientId,
    now: UnixTime,
) -> Result<DocumentState, Fault> {
    let stub = match COPIES.with(|copies| copies.find(client_id, now)) {
        // A document's client that this isolate has looked up a moment ago.
        Some(client) if !client.registered_by.is_operator() => Stub {
            not_before: client.not_before,
        },
        Some(client) => return Ok(DocumentState::Registered(client)),
        None => match row(env, client_id, now).await? {
            Row::Disabled => return Ok(DocumentState::Disabled),
            Row::Registered(client) => return Ok(DocumentState::Registered(keep(*client, now))),
            Row::Stub(stub) => stub,
        },
    };
    Ok(match documents::find(env, client_id, now).await {
        None => DocumentState::Unknown {
            not_before: stub.not_before,
        },
        Some(stored) => {
            let stored = StoredDocument {
                client: stub.applied(&stored.client),
                ..StoredDocument::clone(&stored)
            };
            renew(stored.client.clone(), now);
            DocumentState::Known(Rc::new(stored))
        }
    })
}

/// Uses a client that has just been read from its document.
pub(crate) fn remember(client: &Client, now: UnixTime) {
    UNKNOWN.with(|unknown| unknown.forget(&client.client_id));
    renew(client.clone(), now);
}

/// Keeps what is known by a document in place of the copy, for no longer than that: whether the client has been disabled is
/// asked of the database as often as for any other.
fn renew(client: Client, now: UnixTime) {
    let client_id = client.client_id.clone();
    COPIES.with(|copies| copies.renew(client_id, Rc::new(client), now));
}

fn looked_up(client_id: &ClientId, source: Source, now: UnixTime) {
    LOOKED_UP.with(|looked_up| looked_up.keep(client_id.clone(), Rc::new(source), now));
}

/// Keeps a copy in this isolate.
fn keep(client: Client, now: UnixTime) -> Rc<Client> {
    let client = Rc::new(client);
    COPIES.with(|copies| copies.keep(client.client_id.clone(), Rc::clone(&client), now));
    client
}

/// The client's record; an empty text if it is disabled.
async fn stored(env: &Env, client_id: &ClientId) -> Result<Option<String>, Fault> {
    Database::open(env)?
        .text(
            "d1.read_client",
            "SELECT CASE disabled WHEN 0 THEN record ELSE '' END AS text FROM clients WHERE client_id = ?1",
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
    if to == AccountState::Disabled && client_document::is_url(client_id) {
        // A client that is described elsewhere has no row before this.
        let make = "INSERT OR IGNORE INTO clients (client_id, record, disabled, created_at) VALUES (?1, '{}', 0, ?2)";
        let values = [id.clone(), integer(event.at.0)];
        database.run("d1.write_client", make, &values).await?;
    }
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
    const RENEW: &str = "UPDATE clients SET record = replace(record, '\"' || ?2 || '\"', '\"' || ?3 || '\"'), \
        hashes_renewed = hashes_renewed + 1 WHERE client_id = ?1";
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

fn cache(env: &Env, client: &Client) -> Option<Copying> {
    let record = serde_json::to_string(client).ok()?;
    let put = env
        .kv("KV")
        .ok()?
        .put(&key(&client.client_id), record)
        .ok()?;
    Some(Box::pin(async move {
        // A cache that does not take a copy costs a way to D1, nothing else.
        let _kept = put.expiration_ttl(CACHED).execute().await;
    }))
}
