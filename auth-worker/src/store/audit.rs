//! The audit log.

use edge::d1::{Database, integer, text};
use oauth_core::{
    Fault, UnixTime,
    id::{ClientId, UserId},
};
use oauth_server::ports::AuditEvent;

use super::log;

/// Writes an event, by a future that outlives the request.
pub(crate) fn write(
    database: Database,
    event: &AuditEvent<'_>,
    now: UnixTime,
) -> impl Future<Output = ()> + 'static {
    let values = [
        integer(now.0),
        text(Some(event.event)),
        text(event.subject.map(UserId::as_str)),
        text(event.client_id.map(ClientId::as_str)),
        text(Some(event.detail)),
    ];
    let name = event.event;
    async move {
        let written = database
            .run(
                "d1.write_audit",
                "INSERT INTO audit (at, event, subject, client_id, detail) VALUES (?1, ?2, ?3, ?4, ?5)",
                &values,
            )
            .await;
        if let Err(fault) = written {
            log_lost(name, &fault);
        }
    }
}

/// Logs that an event could not be stored.
pub(crate) fn log_lost(event: &str, fault: &Fault) {
    log::say("audit_lost", event, fault);
}
