//! The consents of users, exact in client and resource.

use edge::d1::{Database, integer, text};
use oauth_core::{
    Fault, UnixTime,
    id::{ClientId, UserId},
    scope::Scope,
};
use oauth_server::ports::RememberedConsent;
use serde::Deserialize;
use wasm_bindgen::JsValue;

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

/// Remembers a consent in place of an earlier one.
pub(crate) async fn remember(
    database: &Database,
    about: (&UserId, &ClientId, &str),
    scope: &Scope,
    now: UnixTime,
) -> Result<(), Fault> {
    let mut values = key(about).to_vec();
    values.push(JsValue::from_str(&scope.to_string()));
    values.push(integer(now.0));
    database
        .run(
            "d1.write_consent",
            "INSERT INTO consents (user_id, client_id, resource, scope, granted_at) \
             VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (user_id, client_id, resource) \
             DO UPDATE SET scope = excluded.scope, granted_at = excluded.granted_at",
            &values,
        )
        .await
}

/// The most consents that one page of the account shows. Those beyond it come up as others are withdrawn.
const ON_A_PAGE: u32 = 200;

#[derive(Deserialize)]
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

/// Forgets all that a user has agreed to.
pub(crate) async fn withdraw_all(database: &Database, user_id: &UserId) -> Result<(), Fault> {
    database
        .run(
            "d1.delete_consents",
            "DELETE FROM consents WHERE user_id = ?1",
            &[JsValue::from_str(user_id.as_str())],
        )
        .await
}

/// Forgets all that a user has agreed to with one client.
pub(crate) async fn withdraw(
    database: &Database,
    user_id: &UserId,
    client_id: &ClientId,
) -> Result<(), Fault> {
    let values = [user_id.as_str(), client_id.as_str()].map(JsValue::from_str);
    database
        .run(
            "d1.delete_consent",
            "DELETE FROM consents WHERE user_id = ?1 AND client_id = ?2",
            &values,
        )
        .await
}

fn key((user_id, client_id, resource): (&UserId, &ClientId, &str)) -> [JsValue; 3] {
    [user_id.as_str(), client_id.as_str(), resource].map(JsValue::from_str)
}
