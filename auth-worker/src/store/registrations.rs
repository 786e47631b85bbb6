//! Clients that registered themselves: their records are among all others in D1, and what manages each is beside them.

use std::rc::Rc;

use edge::d1::{Database, integer};
use from_json::FromJson;
use oauth_core::{Fault, UnixTime, client::Client, id::ClientId};
use oauth_server::ports::{Registration, Validity};
use wasm_bindgen::JsValue;
use worker::Env;

use super::{clients, copies::Copies, log};

/// How often the use of a registration is noted, in seconds.
const NOTED_EVERY: i64 = 86_400;
/// How long an isolate does not note another use of a registration, in seconds: a machine asks all day.
const NOT_NOTED_AGAIN: i64 = 3_600;
/// The most registrations that were never used; beyond these the oldest go before their time.
const MOST_UNUSED: u32 = 100_000;
/// How many are deleted in one transaction, and how many of these one run of the schedule makes.
const AT_ONCE: u32 = 500;
const TIMES: usize = 40;

thread_local! {
    static NOTED: Copies<ClientId, ()> = Copies::lasting(NOT_NOTED_AGAIN);
}

/// Stores a new client.
pub(crate) async fn add(
    database: &Database,
    client: &Client,
    token_hash: &str,
    Validity { from, until }: Validity,
) -> Result<(), Fault> {
    const WHAT: &str = "d1.register_client";
    let id = JsValue::from_str(client.client_id.as_str());
    let of_client = [id.clone(), record(WHAT, client)?, integer(from.0)];
    let hash = JsValue::from_str(token_hash);
    let managed = [id, hash, integer(from.0), integer(until.0)];
    let statements: [(&str, &[JsValue]); 2] = [
        (
            "INSERT INTO clients (client_id, record, created_at) VALUES (?1, ?2, ?3)",
            &of_client,
        ),
        (
            "INSERT INTO registrations (client_id, token_hash, created_at, expires_at) VALUES (?1, ?2, ?3, ?4)",
            &managed,
        ),
    ];
    database.batch(WHAT, &statements).await
}

fn record(what: &'static str, client: &Client) -> Result<JsValue, Fault> {
    let record = serde_json::to_string(client).map_err(|error| Fault::new(what, error))?;
    Ok(JsValue::from_str(&record))
}

#[derive(FromJson)]
struct Row {
    record: String,
    token_hash: String,
    created_at: i64,
    disabled: u8,
}

/// The registration of a client that registered itself.
pub(crate) async fn find(
    database: &Database,
    client_id: &ClientId,
) -> Result<Option<Registration>, Fault> {
    const WHAT: &str = "d1.read_registration";
    let row: Option<Row> = database
        .first(
            WHAT,
            "SELECT record, token_hash, registrations.created_at AS created_at, disabled \
             FROM registrations JOIN clients USING (client_id) WHERE client_id = ?1",
            &[JsValue::from_str(client_id.as_str())],
        )
        .await?;
    let Some(row) = row else {
        return Ok(None);
    };
    let client = Client::from_record(client_id, &row.record)
        .ok_or_else(|| Fault::new(WHAT, "the client's record cannot be read"))?;
    Ok(Some(Registration {
        client,
        token_hash: row.token_hash,
        created_at: UnixTime(row.created_at),
        is_disabled: row.disabled != 0,
    }))
}

/// Replaces the record of a client, unless it is gone or disabled: the time before which its grants have ended stays.
pub(crate) async fn replace(env: &Env, client: &Client, token_hash: &str) -> Result<bool, Fault> {
    const WHAT: &str = "d1.change_registration";
    let id = JsValue::from_str(client.client_id.as_str());
    let of_client = [id.clone(), record(WHAT, client)?];
    let managed = [id, JsValue::from_str(token_hash)];
    let statements: [(&str, &[JsValue]); 2] = [
        (
            "UPDATE clients SET record = json_patch(?2, json_object('not_before', record ->> '$.not_before')) \
             WHERE client_id = ?1 AND disabled = 0 RETURNING client_id",
            &of_client,
        ),
        (
            "UPDATE registrations SET token_hash = ?2 WHERE client_id = ?1",
            &managed,
        ),
    ];
    let is_made = Database::open(env)?.batch_any(WHAT, &statements).await;
    clients::forget(env, &client.client_id).await;
    is_made
}

/// Deletes a client with the consents to it, unless it is disabled.
pub(crate) async fn remove(env: &Env, client_id: &ClientId) -> Result<(), Fault> {
    let id = [JsValue::from_str(client_id.as_str())];
    let statements: [(&str, &[JsValue]); 3] = [
        (
            "DELETE FROM clients WHERE client_id = ?1 AND disabled = 0",
            &id,
        ),
        ("DELETE FROM consents WHERE client_id = ?1", &id),
        (
            "DELETE FROM registrations WHERE client_id = ?1 \
             AND NOT EXISTS (SELECT 1 FROM clients WHERE client_id = ?1)",
            &id,
        ),
    ];
    let database = Database::open(env)?;
    let removed = database.batch("d1.remove_registration", &statements).await;
    clients::forget(env, client_id).await;
    removed
}

/// Notes that a client was used: its registration lives on.
pub(crate) async fn note_use(env: &Env, client_id: &ClientId, Validity { from, until }: Validity) {
    const NOTE: &str = "UPDATE registrations SET last_used_at = ?2, expires_at = ?3 \
        WHERE client_id = ?1 AND (last_used_at IS NULL OR last_used_at <= ?4)";
    if NOTED.with(|noted| noted.find(client_id, from)).is_some() {
        return;
    }
    let values = [
        JsValue::from_str(client_id.as_str()),
        integer(from.0),
        integer(until.0),
        integer(from.plus(-NOTED_EVERY).0),
    ];
    let noted = async {
        let database = Database::open(env)?;
        database.run("d1.note_use", NOTE, &values).await
    };
    match noted.await {
        Ok(()) => NOTED.with(|noted| noted.keep(client_id.clone(), Rc::default(), from)),
        Err(fault) => log::say("client_use_not_noted", client_id.as_str(), &fault),
    }
}

/// Deletes what has expired, the oldest first, with the consents to it. In a flood the oldest of those that were never used
/// expire at once.
pub(crate) async fn expire(env: &Env, now: UnixTime) -> Result<(), Fault> {
    const WHAT: &str = "d1.expire_registrations";
    const OLDEST: &str = "UPDATE registrations SET expires_at = ?1 WHERE client_id IN (SELECT client_id \
        FROM registrations WHERE last_used_at IS NULL AND expires_at > ?1 ORDER BY created_at DESC LIMIT ?3 OFFSET ?2)";
    const ORPHANS: &str = "DELETE FROM registrations WHERE client_id IN (SELECT client_id FROM registrations \
        WHERE expires_at <= ?1 ORDER BY expires_at LIMIT ?2) RETURNING 1 AS one";
    let database = Database::open(env)?;
    let (now, most) = (integer(now.0), JsValue::from(AT_ONCE));
    let flood = [
        now.clone(),
        JsValue::from(MOST_UNUSED),
        JsValue::from(20_000),
    ];
    database.run(WHAT, OLDEST, &flood).await?;
    let values = [now, most];
    let statements: [(&str, &[JsValue]); 3] = [
        (
            "DELETE FROM clients WHERE client_id IN (SELECT client_id FROM registrations \
             WHERE expires_at <= ?1 ORDER BY expires_at LIMIT ?2) RETURNING 1 AS one",
            &values,
        ),
        (
            "DELETE FROM consents WHERE client_id IN (SELECT client_id FROM registrations \
             WHERE expires_at <= ?1 ORDER BY expires_at LIMIT ?2)",
            &values,
        ),
        (ORPHANS, &values),
    ];
    for _ in 0..TIMES {
        if !database.batch_any(WHAT, &statements).await? {
            break;
        }
    }
    Ok(())
}
