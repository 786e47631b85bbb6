//! What changes of registrations have ended. The database notes it by itself, in the transaction of the change.

use edge::d1::{Database, integer, text};
use oauth_core::Fault;
use oauth_server::{audit::AuditEvent, ports::UnannouncedEnd};
use wasm_bindgen::JsValue;

use super::audit;

/// How many are announced in one run.
const AT_ONCE: i64 = 100;

/// Those of one user or client, or of all.
pub(crate) async fn find(
    database: &Database,
    of: Option<&str>,
) -> Result<Vec<UnannouncedEnd>, Fault> {
    database
        .all(
            "d1.read_endings",
            "SELECT subject, id, at, actor FROM endings WHERE ?1 IS NULL OR subject = ?1 ORDER BY at LIMIT ?2",
            &[text(of), integer(AT_ONCE)],
        )
        .await
}

/// Takes one out, unless a later one has come in its place.
pub(crate) async fn forget(database: &Database, ending: &UnannouncedEnd) -> Result<(), Fault> {
    database
        .run(
            "d1.forget_ending",
            "DELETE FROM endings WHERE subject = ?1 AND id = ?2",
            &[&ending.subject, &ending.id].map(|text| JsValue::from_str(text)),
        )
        .await
}

/// Who has ended it, where that was an administrator.
const BY: &str = "UPDATE endings SET actor = ?2 WHERE subject = ?1 AND changes() > 0";

/// Changes whether a user or a client is disabled, and records it, in one transaction. Says whether anything was changed:
/// nothing else is recorded.
pub(super) async fn change(
    database: &Database,
    (statement, values): (&str, &[JsValue]),
    event: &AuditEvent,
    subject: &str,
) -> Result<bool, Fault> {
    let rows = [audit::rows_of(std::slice::from_ref(event))?];
    let by = [text(Some(subject)), text(event.actor.as_deref())];
    let statements: [(&str, &[JsValue]); 3] = [
        (statement, values),
        (audit::INSERT_OF_CHANGE, &rows),
        (BY, &by),
    ];
    database
        .batch_any("d1.write_registration", &statements)
        .await
}
