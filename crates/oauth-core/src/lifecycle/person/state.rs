//! Login sessions and index entries, as the callers of a user's object know them.

use from_json::FromJson;
use serde::Serialize;

use crate::{
    UnixTime,
    id::{ClientId, GrantId},
    lifecycle::grant::{EndReason, Revocation, RevocationSource},
    scope::Scope,
};

/// One login session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(deny_unknown_fields)]
pub struct Session {
    /// A keyed hash of the session's id: the id itself is only in the cookie.
    pub hash: String,
    /// When the password was entered (the `auth_time` of ID tokens).
    pub auth_time: UnixTime,
    /// When the session ends.
    pub expires_at: UnixTime,
}

/// A grant as its user sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The grant.
    pub grant: GrantId,
    /// The client that was granted access.
    pub client_id: ClientId,
    /// The granted scope.
    pub scope: Scope,
    /// The resource that it is for.
    pub resource: String,
    /// When it was granted.
    pub since: UnixTime,
    /// When everything issued from it will have expired at the latest.
    pub until: UnixTime,
    /// The hash of the session in which it was granted; none where there was no browser.
    pub session: Option<String>,
}

impl Entry {
    /// Its key in the index.
    pub fn key(&self) -> EntryKey {
        EntryKey::new(&self.client_id, &self.grant)
    }

    /// The command that ends the grant in its own object, even before it has begun there.
    pub fn revocation(&self, reason: EndReason, ended_at: Option<UnixTime>) -> Revocation {
        Revocation {
            client_id: Some(self.client_id.clone()),
            reason,
            until: Some(self.until),
            presented: None,
            source: RevocationSource::Index,
            ended_at,
        }
    }
}

/// The key of an entry: its client and its grant, as one text. It is not a secret.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, FromJson)]
#[serde(transparent)]
pub struct EntryKey(String);

impl EntryKey {
    /// The key of this client's grant.
    pub fn new(client_id: &ClientId, grant: &GrantId) -> Self {
        // No client's id holds a blank, so the keys of one client are next to each other.
        Self([client_id.as_str(), " ", grant.as_str()].concat())
    }

    /// Reads a key; `None` if no entry could have it.
    pub fn parse(text: &str) -> Option<Self> {
        let key = Self(text.to_owned());
        key.parts().is_some().then_some(key)
    }

    /// The client and the grant; `None` only if no entry could have the key.
    pub fn parts(&self) -> Option<(ClientId, GrantId)> {
        let (client_id, grant) = self.0.split_once(' ')?;
        ClientId::parse(client_id).zip(GrantId::parse(grant))
    }

    /// The key as text, where the next page starts.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The name of an unfinished end, for continuing after it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(transparent)]
pub struct EndName(pub(super) String);
