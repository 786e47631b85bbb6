//! The consents of users, exact in client and resource.

use edge::d1::{Database, integer, text};
use from_json::FromJson;
use oauth_core::{
    Fault, UnixTime,
    id::{ClientId, UserId},
    scope::Scope,
};
use oauth_server::{audit::AuditEvent, ports::RememberedConsent};
use wasm_bindgen::JsValue;

use super::audit;

/// The scope that was consented to.
pub(crate) async fn find(
    database: &Database,
    user_id: &UserId,
    client_id: &ClientId,
    resource: &str,
) -> Result<Option<Scope>, Fault> {
    let scope = database
        .text(
            "d1.read_consent",
            "SELECT scope AS text FROM consents WHERE user_id = ?1 AND client_id = ?2 AND resource = ?3",
            &key((user_id, client_id, resource)),
        )
        .await?;
    scope
        .map(|scope| Scope::parse(&scope))
        .transpose()
        .map_err(|_| Fault::new("d1.read_consent", "the scope is malformed"))
}

/// Remembers a consent in place of an earlier one, and records it, in one transaction.
pub(crate) async fn remember(
    database: &Database,
    user_id: &UserId,
    consent: &RememberedConsent,
    event: &AuditEvent,
) -> Result<(), Fault> {
    const REMEMBER: &str = "INSERT INTO consents (user_id, client_id, resource, scope, granted_at) \
        VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (user_id, client_id, resource) \
        DO UPDATE SET scope = excluded.scope, granted_at = excluded.granted_at";
    let mut values = key((user_id, &consent.client_id, &consent.resource)).to_vec();
    values.push(JsValue::from_str(&consent.scope.to_string()));
    values.push(integer(consent.since.0));
    let recorded = [audit::rows_of(std::slice::from_ref(event))?];
    let statements: [(&str, &[JsValue]); 2] = [(REMEMBER, &values), (audit::INSERT, &recorded)];
    database.batch("d1.write_consent", &statements).await
}

/// The most consents that one page of the account shows. Those beyond it come up as others are withdrawn.
const ON_A_PAGE: u32 = 200;

#[derive(FromJson)]
struct Remembered {
    client_id: String,
    resource: String,
    scope: String,
    granted_at: i64,
}

/// The consents to the clients after `after` and up to `last`, in the order of these.
pub(crate) async fn between(
    database: &Database,
    user_id: &UserId,
    after: Option<&ClientId>,
    last: Option<&ClientId>,
) -> Result<Vec<RememberedConsent>, Fault> {
    let rows: Vec<Remembered> = database
        .all(
            "d1.list_consents",
            "SELECT client_id, resource, scope, granted_at FROM consents \
             WHERE user_id = ?1 AND client_id > ?2 AND (?3 IS NULL OR client_id <= ?3) \
             ORDER BY client_id, resource LIMIT ?4",
            &[
                JsValue::from_str(user_id.as_str()),
                JsValue::from_str(after.map_or("", ClientId::as_str)),
                text(last.map(ClientId::as_str)),
                JsValue::from(ON_A_PAGE),
            ],
        )
        .await?;
    Ok(rows.into_iter().filter_map(consent).collect())
}

/// One whose scope cannot be read is shown without it: it can be withdrawn.
fn consent(row: Remembered) -> Option<RememberedConsent> {
    Some(RememberedConsent {
        client_id: ClientId::parse(&row.client_id)?,
        resource: row.resource,
        scope: Scope::parse(&row.scope).unwrap_or_default(),
        since: UnixTime(row.granted_at),
    })
}

/// Forgets what a user has agreed to, with one client or with all, and at a time or before, where one is said.
pub(crate) async fn withdraw(
    database: &Database,
    user_id: &UserId,
    client_id: Option<&ClientId>,
    given_until: Option<UnixTime>,
) -> Result<(), Fault> {
    const WITHDRAW: &str = "DELETE FROM consents \
        WHERE user_id = ?1 AND (?2 IS NULL OR client_id = ?2) AND (?3 IS NULL OR granted_at <= ?3)";
    let about = [
        JsValue::from_str(user_id.as_str()),
        text(client_id.map(ClientId::as_str)),
        given_until.map_or(JsValue::NULL, |until| integer(until.0)),
    ];
    database.run("d1.delete_consents", WITHDRAW, &about).await
}

fn key((user_id, client_id, resource): (&UserId, &ClientId, &str)) -> [JsValue; 3] {
    [user_id.as_str(), client_id.as_str(), resource].map(JsValue::from_str)
}
