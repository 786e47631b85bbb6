//! The audit log. Events of an isolate wait a moment, and are written together.

use std::{cell::RefCell, time::Duration};

use edge::d1::{Database, integer, text};
use from_json::FromJson;
use oauth_core::{Fault, UnixTime, id::UserId};
use oauth_server::{
    audit::{AuditEvent, Buffer, Event, Pushed},
    ports::{AuditFilter, AuditRow, Place},
};
use serde::Serialize;
use wasm_bindgen::JsValue;
use worker::Env;

/// How long an event waits for others.
const WAIT: Duration = Duration::from_millis(300);
/// The pause before the one repetition, after a fault of the store.
const PAUSE: Duration = Duration::from_secs(1);

/// The statement for any number of rows, on a condition. A folded row is one for all isolates, which add to its count; any
/// other that exists was written before.
macro_rules! insert {
    ($condition:literal) => {
        concat!(
            "INSERT INTO audit \
            (id, version, at, event, outcome, subject, actor, client_id, client_authenticated, account, network, grant_id, \
            request_id, reason, detail, count) \
            SELECT coalesce(value->>'id', lower(hex(randomblob(16)))), value->>'version', value->>'at', value->>'event', \
            value->>'outcome', value->>'subject', value->>'actor', value->>'client_id', value->>'client_authenticated', \
            value->>'account', value->>'network', value->>'grant_id', value->>'request_id', value->>'reason', \
            value->>'detail', value->>'count' FROM json_each(?1) WHERE ",
            $condition,
            " ON CONFLICT (id) DO UPDATE SET count = count + excluded.count WHERE excluded.id GLOB 'f.*'"
        )
    };
}

/// Records events.
pub(super) const INSERT: &str = insert!("true");
/// Records events of the statement before, if that has changed anything.
pub(super) const INSERT_OF_CHANGE: &str = insert!("changes() > 0");

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
    // Each event has its id: what was stored in spite of the fault is not stored twice. Only the counts of folded ones are
    // then too high.
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
    let rows = [rows_of(events)?];
    database.run("d1.write_audit", INSERT, &rows).await
}

/// Events, as the first value of their statement.
pub(super) fn rows_of(events: &[AuditEvent]) -> Result<JsValue, Fault> {
    let rows = serde_json::to_string(events).map_err(|error| Fault::new("audit.write", error))?;
    Ok(text(Some(&rows)))
}

/// The rows that one statement deletes, and the statements of one run: a backlog is gone after some runs.
const EXPIRED_AT_ONCE: i64 = 1_000;
const EXPIRES: usize = 50;

/// Deletes the entries that are older than `days`, the oldest first.
pub(crate) async fn expire(env: &Env, days: i64, now: UnixTime) -> Result<(), Fault> {
    const WHAT: &str = "d1.expire_audit";
    let database = Database::open(env)?;
    let values = [
        integer(now.plus(-days * 86_400).0),
        integer(EXPIRED_AT_ONCE),
    ];
    for _ in 0..EXPIRES {
        let is_any = database
            .any(
                WHAT,
                "DELETE FROM audit WHERE seq IN \
                 (SELECT seq FROM audit WHERE at < ?1 ORDER BY at LIMIT ?2) RETURNING 1 AS one",
                &values,
            )
            .await?;
        if !is_any {
            break;
        }
    }
    Ok(())
}

/// A row for an administrator: the store makes its JSON, without what is NULL.
const SELECT: &str = "SELECT at, seq, json_patch('{}', json_object('id', id, 'version', version, 'at', at, \
    'event', event, 'outcome', outcome, 'subject', subject, 'actor', actor, 'client_id', client_id, \
    'client_authenticated', json(iif(client_authenticated, 'true', iif(client_id IS NULL, 'null', 'false'))), \
    'account', account, 'network', network, 'grant', grant_id, 'request_id', request_id, 'reason', reason, \
    'detail', detail, 'count', count)) AS json FROM audit WHERE at >= ?1 AND (at, seq) < (?2, ?3)";

#[derive(FromJson)]
struct Row {
    at: UnixTime,
    seq: i64,
    json: String,
}

/// The newest entries that match. Each filter has an index that is in order of time.
pub(crate) async fn rows(
    database: &Database,
    filter: &AuditFilter,
) -> Result<Vec<AuditRow>, Fault> {
    let mut statement = SELECT.to_owned();
    let Place { at, seq } = filter.before;
    let mut values = vec![integer(filter.since.0), integer(at.0), integer(seq)];
    let filters = [
        ("event", filter.event.map(Event::word)),
        ("subject", filter.subject.as_ref().map(UserId::as_str)),
        ("client_id", filter.client_id.as_deref()),
    ];
    for (column, value) in filters {
        if value.is_some() {
            values.push(text(value));
            statement.extend([" AND ", column, " = ?", &values.len().to_string()]);
        }
    }
    if !filter.accounts.is_empty() {
        statement.push_str(" AND account IN (");
        for (account, comma) in filter.accounts.iter().zip(["", ", "]) {
            values.push(text(Some(account)));
            statement.extend([comma, "?", &values.len().to_string()]);
        }
        statement.push(')');
    }
    values.push(integer(filter.limit.into()));
    let limit = values.len().to_string();
    statement.extend([" ORDER BY at DESC, seq DESC LIMIT ?", &limit]);
    let rows: Vec<Row> = database.all("d1.read_audit", &statement, &values).await?;
    let rows = rows.into_iter().map(|Row { at, seq, json }| AuditRow {
        place: Place { at, seq },
        json,
    });
    Ok(rows.collect())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_that_the_database_records_by_itself_is_in_the_vocabulary() {
        let triggers = include_str!("../../migrations/0004_audit_by_itself.sql");
        let statements = triggers.lines().filter(|line| !line.starts_with("--"));
        let literals = statements.flat_map(|line| line.split('\'').skip(1).step_by(2));
        let mut words: Vec<&str> = literals.collect();
        words.retain(|word| {
            ["user_", "client_", "key_"]
                .iter()
                .any(|of| word.starts_with(of))
        });
        assert_eq!(words.len(), 11);
        for word in words {
            assert!(Event::parse(word).is_some(), "{word}");
        }
    }
}
