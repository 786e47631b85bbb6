//! The replies of a grant, and the tokens that are minted for it.

use std::fmt;

use from_json::FromJson;
use serde::Serialize;

use super::{GrantDetails, GrantSecret, TokenRecord};
use crate::{UnixTime, id::UserId, refusal::Refusal, scope::Scope};

/// Tokens to be issued. Everything in a token response follows from this, the time and randomness.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(deny_unknown_fields)]
pub struct Issue {
    /// The details of the grant.
    #[serde(rename = "facts")]
    pub details: GrantDetails,
    /// The scope for this access token.
    pub scope: Scope,
    /// The generation of the refresh token to send, if one is to be sent.
    pub generation: Option<u32>,
    /// The `nonce` for the ID token: it belongs to the answer to the code alone (OIDC Core §12.2).
    pub nonce: Option<String>,
    /// The key under which the answer is to be stored for a retry, if at all.
    pub answer_key: Option<AnswerKey>,
    /// The thumbprint of the key that the access token is to be bound to (RFC 9449 §5), if it is to be bound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jkt: Option<String>,
    /// The grant's random bytes. The issue does not leave the grant's object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<GrantSecret>,
}

/// The tokens minted for an [`Issue`], to be delivered once they are committed. They do not print.
#[derive(Clone)]
pub struct Minted {
    /// The issue that they were minted for.
    pub issue: Issue,
    /// The token response (RFC 6749 §5.1), as it travels.
    pub answer: String,
    /// The same, sealed under the issue's key.
    pub sealed: Option<String>,
    /// The access token, where it is opaque.
    pub token: Option<TokenRecord>,
    /// When the access token expires.
    pub expires_at: UnixTime,
}

/// A key that follows from the refresh token that was presented, in base64url. It is never stored.
#[derive(Clone, Default, PartialEq, Eq, Serialize, FromJson)]
#[serde(transparent)]
pub struct AnswerKey(String);

impl AnswerKey {
    /// Takes a key as text.
    pub const fn new(text: String) -> Self {
        Self(text)
    }

    /// The key as text.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for AnswerKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("AnswerKey(…)")
    }
}

impl fmt::Debug for Minted {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Minted")
            .field("issue", &self.issue)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Issued {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Issued")
            .field("details", &self.details)
            .finish_non_exhaustive()
    }
}

/// A reply of a grant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Reply {
    /// The code may be sent.
    Begun,
    /// The pushed request is stored.
    Pushed,
    /// The pushed request, sealed.
    Request(String),
    /// Mint this and ask again: nothing has changed yet.
    Mint(Box<Issue>),
    /// Deliver this.
    Issued(Box<Issued>),
    /// Deliver what is sealed in here, once more.
    Again {
        /// The answer, sealed under the presented token's key.
        sealed: String,
        /// The user concerned, for the log.
        user_id: Option<UserId>,
    },
    /// It is alive.
    Alive(Box<Alive>),
    /// There is none.
    Absent,
    /// It is over.
    Ended {
        /// The user who had granted it.
        user_id: Option<UserId>,
        /// When everything issued from it would have expired anyway.
        until: UnixTime,
        /// When it ended.
        #[serde(rename = "since")]
        when: EndedWhen,
    },
    /// No, and why. A refusal may have ended the grant.
    Refused(Refusal),
}

impl Reply {
    /// Whether the grant may have ended, now or before.
    pub const fn may_be_over(&self) -> bool {
        match self {
            Self::Refused(_) | Self::Ended { .. } => true,
            Self::Begun
            | Self::Pushed
            | Self::Request(_)
            | Self::Mint(_)
            | Self::Issued(_)
            | Self::Again { .. }
            | Self::Alive(_)
            | Self::Absent => false,
        }
    }
}

/// Whether the command that was answered has ended the grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(rename_all = "snake_case")]
pub enum EndedWhen {
    /// It has ended it.
    Now,
    /// It had been ended before, or had expired.
    Before,
}

/// Tokens that were issued, and committed. It does not print them.
#[derive(Clone, PartialEq, Eq, Serialize, FromJson)]
#[serde(deny_unknown_fields)]
pub struct Issued {
    /// The token response, as it travels.
    pub answer: String,
    /// The details of the grant.
    #[serde(rename = "facts")]
    pub details: GrantDetails,
    /// The access token, where it is opaque.
    pub token: Option<TokenRecord>,
}

/// A grant that is alive, as the one who asks must know it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(deny_unknown_fields)]
pub struct Alive {
    /// The details of the grant.
    #[serde(rename = "facts")]
    pub details: GrantDetails,
    /// The opaque access token that was asked about, while the grant remembers it.
    pub token: Option<TokenRecord>,
    /// When the grant's current refresh token expires, where it has one.
    pub refresh_until: Option<UnixTime>,
    /// When the last access token was issued, if that was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used_at: Option<UnixTime>,
}
