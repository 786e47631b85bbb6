//! The record of an opaque access token, beside its grant: written once, under a keyed hash of the token.
//!
//! It decides nothing. A grant remembers its newest tokens itself; this describes the older ones.

use from_json::FromJson;
use oauth_core::{UnixTime, id::GrantId, scope::Scope};
use serde::Serialize;

/// The stored record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(deny_unknown_fields)]
pub struct AccessRecord {
    /// The version of this record: 1.
    #[from_json(with = oauth_core::version::first)]
    pub version: u8,
    /// The client that it was issued to.
    pub client_id: String,
    /// The user, or the client itself.
    pub sub: String,
    /// Its scope.
    pub scope: Scope,
    /// The resource that it is for.
    pub aud: String,
    /// The time when it was issued.
    pub iat: UnixTime,
    /// The time when it expires.
    pub exp: UnixTime,
    /// The grant that it belongs to.
    pub grant: GrantId,
    /// The thumbprint of the key that it is bound to, where it is bound to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jkt: Option<String>,
}

#[cfg(test)]
documented::stored!(AccessRecord);
