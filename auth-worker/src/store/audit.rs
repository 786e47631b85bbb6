//! The audit log. Events of an isolate wait a moment, and are written together.

use std::{cell::RefCell, time::Duration};

use edge::d1::{Database, text};
use oauth_core::Fault;
use oauth_server::audit::{AuditEvent, Buffer, Pushed};
use serde::Serialize;
use worker::Env;

/// How long an event waits for others.
const WAIT: Duration = Duration::from_millis(300);
/// The pause before the one repetition, after a fault of the store.
const PAUSE: Duration = Duration::from_secs(1);

/// One statement for any number of rows. A folded row is one for all isolates, which add to its count; any other that
/// exists was written before.
const INSERT: &str = "INSERT INTO audit \
    (id, version, at, event, outcome, subject, actor, client_id, client_authenticated, account, network, grant_id, \
    request_id, reason, detail, count) \
    SELECT value->>'id', value->>'version', value->>'at', value->>'event', value->>'outcome', value->>'subject', \
    value->>'actor', value->>'client_id', value->>'client_authenticated', value->>'account', value->>'network', \
    value->>'grant_id', value->>'request_id', value->>'reason', value->>'detail', value->>'count' \
    FROM json_each(?1) WHERE true \
    ON CONFLICT (id) DO UPDATE SET count = count + excluded.count WHERE excluded.id GLOB 'f.*'";

thread_local! {
    static BUFFER: RefCell<Buffer> = const { RefCell::new(Buffer::new()) };
}

/// Takes an event. The future, if there is one, writes what waits; it outlives the request.
pub(crate) fn record(env: &Env, event: AuditEvent) -> Option<impl Future<Output = ()> + 'static> {
    let pushed = BUFFER.with_borrow_mut(|buffer| buffer.push(event, random_id));
    match pushed {
        Pushed::First => Some(write(env.clone())),
        Pushed::Waiting => None,
        Pushed::Full(event) => {
            log_lost(&event, "too many events wait");
            None
        }
    }
}

fn random_id() -> String {
    [edge::token_hex(), edge::token_hex()].concat()
}

async fn write(env: Env) {
    edge::deadline::sleep(WAIT).await;
    let events = BUFFER.with_borrow_mut(Buffer::take);
    if try_store(&env, &events).await.is_ok() {
        return;
    }
    // Each event has its id: what was stored in spite of the fault is not stored twice.
    edge::deadline::sleep(PAUSE).await;
    if let Err(fault) = try_store(&env, &events).await {
        let cause = fault.to_string();
        for event in &events {
            log_lost(event, &cause);
        }
    }
}

async fn try_store(env: &Env, events: &[AuditEvent]) -> Result<(), Fault> {
    store(&Database::open(env)?, events).await
}

/// Stores events now.
pub(crate) async fn store(database: &Database, events: &[AuditEvent]) -> Result<(), Fault> {
    if events.is_empty() {
        return Ok(());
    }
    let rows = serde_json::to_string(events).map_err(|error| Fault::new("audit.write", error))?;
    let rows = [text(Some(&rows))];
    database.run("d1.write_audit", INSERT, &rows).await
}

#[derive(Serialize)]
struct Lost<'a> {
    audit_lost: &'a AuditEvent,
    cause: &'a str,
}

/// Logs an event that could not be stored: it is in the log at least.
fn log_lost(event: &AuditEvent, cause: &str) {
    edge::log::error(&Lost {
        audit_lost: event,
        cause,
    });
}
