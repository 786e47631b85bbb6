//! The rows of the ends.

use from_json::FromJson;
use serde::Serialize;

use super::Mark;
use crate::{
    Fault, UnixTime,
    id::ClientId,
    lifecycle::{
        grant::EndReason,
        rows::{self, Rows},
    },
};

/// The prefix of the keys of the ends of clients' grants; the client follows.
pub(super) const ENDED: &str = "ended/";

/// An end: of all that was added before it, within the part of the index that its key names.
#[derive(Serialize, FromJson)]
#[serde(deny_unknown_fields)]
pub(super) struct End {
    /// Everything that was added under an earlier mark has ended.
    pub(super) mark: Mark,
    /// Why.
    pub(super) reason: EndReason,
    /// When it was.
    pub(super) at: UnixTime,
    /// How far the index has been looked through.
    pub(super) after: Option<String>,
}

#[cfg(test)]
documented::stored!(End);

/// The mark before which this client's grants are over.
pub(super) fn of(rows: &impl Rows, client_id: &ClientId) -> Result<Mark, Fault> {
    let end: Option<End> = rows::find(rows, &ended(client_id))?;
    Ok(end.map(|end| end.mark).unwrap_or_default())
}

/// The key of the end of a client's grants.
pub(super) fn ended(client_id: &ClientId) -> String {
    [ENDED, client_id.as_str()].concat()
}
