//! What the server decides about the tokens of a request: how long they live, and the key that they are bound to.

use serde::{Deserialize, Serialize};

/// How long the refresh tokens of a grant live, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RefreshPolicy {
    /// The lifetime of an unused refresh token; `None` where the client may not refresh.
    pub refresh_idle: Option<i64>,
    /// The whole family.
    pub refresh_absolute: i64,
    /// For how long a lost answer to a refresh may be asked for again; 0 for not at all.
    pub grace: i64,
}

/// The key that a token request has proved to have (RFC 9449 §5). The access token is bound to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProvedKey {
    /// Its thumbprint.
    pub jkt: String,
    /// Who may use the refresh token.
    pub refresh: RefreshBinding,
}

/// The proofs that a client must give to use a refresh token (RFC 9449 §5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefreshBinding {
    /// Its client, which authenticates; it may change its key.
    Client,
    /// The key: its client has nothing else to prove itself with.
    Key,
}

/// Whether a client can prove who it is (RFC 6749 §2.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientType {
    /// It has authenticated.
    #[default]
    Confidential,
    /// It has said its id, as anyone could.
    Public,
}
