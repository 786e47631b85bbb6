//! The one record in which version 1 stored a user's sessions.

use from_json::FromJson;

use super::Session;
use crate::{
    Fault,
    lifecycle::rows::{Change, RECORD, Rows},
};

#[derive(FromJson)]
#[serde(deny_unknown_fields)]
struct Person {
    version: u8,
    sessions: Vec<Session>,
}

/// The changes that turn the former record into rows; none where there is no such record.
pub fn migrate(rows: &impl Rows) -> Result<Vec<Change>, Fault> {
    let Some(text) = rows.row(RECORD)? else {
        return Ok(Vec::new());
    };
    let unreadable = || Fault::new("person.adopt", "the former record cannot be read");
    let former: Person = from_json::from_str(&text).map_err(|_| unreadable())?;
    if former.version != 1 {
        return Err(unreadable());
    }
    let mut changes = vec![Change::Delete { key: RECORD.into() }];
    for session in &former.sessions {
        changes.push(session.keep()?);
    }
    Ok(changes)
}
