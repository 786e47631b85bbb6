//! The users who can sign in.

use std::rc::Rc;

use edge::d1::Database;
use from_json::FromJson;
use oauth_core::{Fault, Secret, UnixTime, id::UserId, settings::Roles};
use oauth_server::{
    audit::AuditEvent,
    ports::{AccountState, Change, User},
};
use wasm_bindgen::JsValue;

use super::{copies::Copies, endings};

/// How long an isolate trusts its copy, in seconds: the requests of one sign-in read the user once.
const REMEMBERED: i64 = 10;

thread_local! {
    static COPIES: Copies<UserId, User> = Copies::lasting(REMEMBERED);
}

#[derive(FromJson)]
struct Row {
    user_id: String,
    username: String,
    password_hash: String,
    name: Option<String>,
    email: Option<String>,
    roles: String,
}

/// The user with this username and their password's PHC string, unless unknown or disabled.
pub(crate) async fn by_name(
    database: &Database,
    username: &str,
) -> Result<Option<(User, Secret<String>)>, Fault> {
    let row: Option<Row> = database
        .first(
            "d1.read_user",
            "SELECT user_id, username, password_hash, name, email, roles FROM users \
             WHERE username = ?1 AND disabled = 0",
            &[JsValue::from_str(username)],
        )
        .await?;
    row.map(person).transpose()
}

/// The user with this id, unless unknown or disabled.
pub(crate) async fn by_id(
    database: &Database,
    user_id: &UserId,
    now: UnixTime,
) -> Result<Option<User>, Fault> {
    if let Some(user) = COPIES.with(|copies| copies.find(user_id, now)) {
        return Ok(Some(user.as_ref().clone()));
    }
    let row: Option<Row> = database
        .first(
            "d1.read_user",
            "SELECT user_id, username, '' AS password_hash, name, email, roles FROM users \
             WHERE user_id = ?1 AND disabled = 0",
            &[JsValue::from_str(user_id.as_str())],
        )
        .await?;
    let user = row.map(person).transpose()?.map(|(user, _)| user);
    if let Some(user) = &user {
        let copy = Rc::new(user.clone());
        COPIES.with(|copies| copies.keep(user_id.clone(), copy, now));
    }
    Ok(user)
}

/// Whether there is a user with this id, disabled or not.
pub(crate) async fn is_known(database: &Database, user_id: &UserId) -> Result<bool, Fault> {
    database
        .any(
            "d1.read_user",
            "SELECT user_id FROM users WHERE user_id = ?1",
            &[JsValue::from_str(user_id.as_str())],
        )
        .await
}

const ENABLE: &str =
    "UPDATE users SET disabled = 0 WHERE user_id = ?1 AND disabled = 1 RETURNING user_id";
/// One who is disabled already is so again: what an isolate with a copy has begun since ends as well. One statement, so that two administrators who disable each other at once cannot both succeed.
const DISABLE: &str = "UPDATE users SET disabled = 1 WHERE user_id = ?1 \
    AND (disabled = 1 OR instr(' ' || roles || ' ', ' administrator ') = 0 \
    OR EXISTS (SELECT 1 FROM users AS other WHERE other.user_id <> ?1 AND other.disabled = 0 \
    AND instr(' ' || other.roles || ' ', ' administrator ') > 0)) RETURNING user_id";

/// Disables or enables a user, but never disables the last administrator. Other isolates go on with their copy of the user
/// for as long as a copy lasts.
pub(crate) async fn set(
    database: &Database,
    user_id: &UserId,
    to: AccountState,
    event: &AuditEvent,
) -> Result<Change, Fault> {
    let statement = match to {
        AccountState::Enabled => ENABLE,
        AccountState::Disabled => DISABLE,
    };
    let values = [JsValue::from_str(user_id.as_str())];
    let is_made = endings::change(database, (statement, &values), event, user_id.as_str()).await;
    // Also after a fault: the change may have been made, and its answer lost.
    COPIES.with(|copies| copies.forget(user_id));
    if is_made? {
        return Ok(Change::Made);
    }
    Ok(match (is_known(database, user_id).await?, to) {
        (false, _) => Change::Unknown,
        (true, AccountState::Enabled) => Change::Made,
        (true, AccountState::Disabled) => Change::LocksOut,
    })
}

fn person(row: Row) -> Result<(User, Secret<String>), Fault> {
    let user_id = UserId::parse(&row.user_id)
        .ok_or_else(|| Fault::new("d1.read_user", "the user's id is malformed"))?;
    let user = User {
        user_id,
        username: row.username,
        name: row.name,
        email: row.email,
        roles: Roles::parse(&row.roles),
    };
    Ok((user, Secret::new(row.password_hash)))
}
