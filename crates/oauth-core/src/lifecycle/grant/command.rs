//! What is asked of a grant.

use serde::{Deserialize, Serialize};

use super::{Check, Code, EndReason, GrantDetails, Redemption, Renewal};
use crate::{
    UnixTime,
    id::{ClientId, GrantId},
};

/// A command on its way to the grant that it is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// The grant.
    pub id: GrantId,
    /// What is asked of it.
    pub command: Command,
}

/// What can be asked of a grant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    /// Keep an authorization request that a client has pushed (RFC 9126 §2.1).
    Push {
        /// The client, authenticated.
        client_id: ClientId,
        /// The request, sealed.
        request: String,
        /// Until when a browser may come with it.
        expires_at: UnixTime,
    },
    /// A browser comes with a pushed request (RFC 9126 §4).
    Open {
        /// The client that the browser's request names.
        client_id: ClientId,
        /// Until when the person may decide, from the first time that the request is opened.
        until: UnixTime,
    },
    /// Begin: issue a code.
    Begin {
        /// Where the request came from.
        from: RequestSource,
        /// What was granted.
        facts: Box<GrantDetails>,
        /// The code.
        code: Box<Code>,
    },
    /// Begin without a code: issue tokens.
    Start {
        /// What was granted.
        facts: Box<GrantDetails>,
        /// How long what is issued lives.
        lives: RefreshPolicy,
        /// The thumbprint of the key that the request has proved to have (RFC 9449 §5).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        jkt: Option<String>,
    },
    /// Redeem the code.
    Redeem(Box<Redemption>),
    /// Use a refresh token.
    Refresh(Box<Renewal>),
    /// Ask whether a token issued from it still counts.
    Check(Check),
    /// End it.
    Revoke(Revocation),
}

impl Command {
    /// Whether asking twice is like asking once, so that a call whose answer was lost may be repeated.
    pub const fn is_idempotent(&self) -> bool {
        match self {
            Self::Open { .. } | Self::Check(_) | Self::Revoke(_) => true,
            Self::Push { .. }
            | Self::Begin { .. }
            | Self::Start { .. }
            | Self::Redeem(_)
            | Self::Refresh(_) => false,
        }
    }
}

/// Where an authorization request came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestSource {
    /// The browser carried its parameters.
    Browser,
    /// Its client had pushed it.
    Pushed,
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

/// What the use of a refresh token takes, besides the token (RFC 9449 §5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefreshBinding {
    /// Its client, which authenticates; it may change its key.
    Client,
    /// The key: its client has nothing else to prove itself with.
    Key,
}

/// An end before its time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Revocation {
    /// The client that must have it; `None` where an administrator ends whatever there is.
    pub client_id: Option<ClientId>,
    /// Why.
    pub reason: EndReason,
    /// Where there is no grant yet: until when its id must stay dead, whatever arrives late.
    pub until: Option<UnixTime>,
}

/// How long the refresh tokens of a grant live, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RefreshPolicy {
    /// A refresh token nobody uses; `None` where the client may not refresh.
    pub refresh_idle: Option<i64>,
    /// The whole family.
    pub refresh_absolute: i64,
    /// For how long a lost answer to a refresh may be asked for again; 0 for not at all.
    pub grace: i64,
}
