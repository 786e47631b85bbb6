//! The states of a grant, as they are stored.

use from_json::FromJson;
use serde::Serialize;

use super::Unannounced;
use crate::{
    UnixTime,
    id::{ClientId, UserId},
    lifecycle::grant::{record::StoredFamily, secret::GrantSecret},
    pkce::CodeChallenge,
    scope::Scope,
};

/// How an access token is made: as a JWT (RFC 9068), or as a reference that only this server can read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, FromJson)]
#[serde(rename_all = "snake_case")]
pub enum TokenFormat {
    /// A signed JWT: anyone can check it with the published keys.
    #[default]
    Jwt,
    /// A reference: resource servers introspect it (RFC 7662).
    Opaque,
}

/// The details of a grant, which never change during its life.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(deny_unknown_fields)]
pub struct GrantDetails {
    /// The client that was granted access.
    pub client_id: ClientId,
    /// The user who granted it; `None` where a machine acts for itself.
    pub user_id: Option<UserId>,
    /// The granted scope.
    pub scope: Scope,
    /// The resource that access tokens are for, in its registered form.
    pub resource: String,
    /// The format of its access tokens.
    pub format: TokenFormat,
    /// When the user entered their password.
    pub auth_time: Option<UnixTime>,
    /// When the grant began.
    pub begun_at: UnixTime,
}

impl GrantDetails {
    /// Whom tokens are about: the person, or the client where no person is involved (RFC 9068 §2.2).
    pub fn subject(&self) -> &str {
        self.user_id
            .as_ref()
            .map_or_else(|| self.client_id.as_str(), UserId::as_str)
    }

    /// Whether a client was disabled after the grant began: then it stays revoked even if the client is enabled again.
    pub fn is_outlived(&self, not_before: Option<UnixTime>) -> bool {
        not_before.is_some_and(|not_before| self.begun_at <= not_before)
    }

    /// Whether a token request names another resource than the grant is for.
    pub(super) fn is_for_another(&self, resource: Option<&str>) -> bool {
        resource.is_some_and(|resource| resource != self.resource)
    }
}

/// A code as it waits to be redeemed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(deny_unknown_fields)]
pub struct Code {
    /// The redirect URI as the authorization request presented it.
    pub redirect_uri: String,
    /// Whether the token request must repeat it: it was sent, not filled in from the registration.
    pub redirect_uri_sent: bool,
    /// The challenge that the verifier must meet.
    pub code_challenge: Option<CodeChallenge>,
    /// The `nonce` for the ID token (OIDC Core §3.1.2.1).
    pub nonce: Option<String>,
    /// When the code expires.
    pub expires_at: UnixTime,
    /// How many wrong attempts it has left.
    pub tries_left: u8,
    /// The thumbprint of the key that its authorization request was bound to (RFC 9449 §10), where it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jkt: Option<String>,
    /// The grant's random bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<GrantSecret>,
}

/// A grant. Absent means: never begun, or expired and deleted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Grant {
    /// A client has pushed its authorization request; there is no decision yet (RFC 9126 §2).
    Pushed {
        /// The client that pushed it.
        client_id: ClientId,
        /// The request, sealed: it may name a user.
        request: String,
        /// When it expires.
        expires_at: UnixTime,
        /// Whether a browser has come with it.
        opened: bool,
    },
    /// A code is out and has not been redeemed.
    CodeIssued {
        /// The details of the grant.
        #[serde(rename = "facts")]
        details: GrantDetails,
        /// The code.
        code: Code,
    },
    /// Tokens are out.
    Active(Active),
    /// Ended before its time: nothing issued from it counts any more.
    #[serde(rename = "dead")]
    Ended {
        /// The client that had it.
        client_id: ClientId,
        /// The user who had granted it.
        user_id: Option<UserId>,
        /// Why.
        reason: EndReason,
        /// When everything issued from it would have expired anyway.
        ends_at: UnixTime,
        /// What is still to be announced. Records of earlier versions count as announced.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unannounced: Option<Unannounced>,
    },
}

/// A grant from which tokens were issued.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(deny_unknown_fields)]
pub struct Active {
    /// The details of the grant.
    #[serde(rename = "facts")]
    pub details: GrantDetails,
    /// The refresh family, where the client may refresh.
    pub family: Option<Family>,
    /// The newest opaque access tokens that still live.
    pub tokens: Vec<TokenRecord>,
    /// When the last of its access tokens expires.
    pub access_until: UnixTime,
    /// When the last of them was issued; none in records of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issued_at: Option<UnixTime>,
    /// The grant's random bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<GrantSecret>,
    /// The challenge of its code, where that was a public client's: only who meets it can end the grant with the code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code_challenge: Option<CodeChallenge>,
}

/// A line of refresh tokens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(from = "StoredFamily")]
pub struct Family {
    /// The generation that may be used next.
    pub current: u32,
    /// When the current token expires if it is not used.
    pub idle_until: UnixTime,
    /// When the family expires, however often it is used.
    pub absolute_until: UnixTime,
    /// The answers to the tokens that were used lately, while they may be asked for again, oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<StoredAnswer>,
    /// The thumbprint of the key that its tokens are bound to, where they are bound to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jkt: Option<String>,
    /// The first generation that is bound to it. Earlier ones were bearer tokens.
    #[serde(default, skip_serializing_if = "is_first")]
    pub bound_from: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
const fn is_first(generation: &u32) -> bool {
    *generation == 0
}

/// An answer to a refresh, stored for the retry of a client that did not get it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(deny_unknown_fields)]
pub struct StoredAnswer {
    /// The generation of the token that was presented for it.
    pub generation: u32,
    /// The answer, sealed under a key that follows from the token that was presented for it.
    pub sealed: String,
    /// Until when it may be asked for.
    pub until: UnixTime,
    /// The thumbprint of the key that its access token is bound to, where it is bound to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jkt: Option<String>,
}

/// How many opaque access tokens a grant remembers: the newest, which a cache may not know yet.
pub const REMEMBERED: usize = 16;

/// An opaque access token, as its grant remembers it: never the token itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(deny_unknown_fields)]
pub struct TokenRecord {
    /// The token's own id.
    pub id: String,
    /// Its scope.
    pub scope: Scope,
    /// When it was issued.
    pub issued_at: UnixTime,
    /// When it expires.
    pub expires_at: UnixTime,
    /// The thumbprint of the key that it is bound to (RFC 9449 §6), where it is bound to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jkt: Option<String>,
}

#[cfg(test)]
documented::stored!(
    GrantDetails,
    Code,
    Active,
    TokenRecord,
    Family,
    StoredAnswer
);

/// Why a grant ended before its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(rename_all = "snake_case")]
pub enum EndReason {
    /// Its code was presented a second time (RFC 6749 §4.1.2).
    CodeReplayed,
    /// A refresh token older than the current one was presented (RFC 9700 §4.14.2).
    RefreshReused,
    /// Too many wrong attempts at its code.
    TooManyTries,
    /// Its client revoked it (RFC 7009), or the user or an administrator ended it.
    Revoked,
    /// The user signed out everywhere.
    SignedOut,
    /// The user withdrew their consent.
    ConsentWithdrawn,
    /// The user was disabled.
    UserDisabled,
    /// The client was disabled.
    ClientDisabled,
    /// Its client was given one more grant of the user than it may have.
    TooManyGrants,
}

impl Grant {
    /// The client that has it.
    pub const fn client_id(&self) -> &ClientId {
        match self {
            Self::Pushed { client_id, .. } | Self::Ended { client_id, .. } => client_id,
            Self::CodeIssued { details, .. } | Self::Active(Active { details, .. }) => {
                &details.client_id
            }
        }
    }

    /// The user who granted it, once they have.
    pub const fn user_id(&self) -> Option<&UserId> {
        match self {
            Self::Pushed { .. } => None,
            Self::Ended { user_id, .. } => user_id.as_ref(),
            Self::CodeIssued { details, .. } | Self::Active(Active { details, .. }) => {
                details.user_id.as_ref()
            }
        }
    }

    /// When its record may be deleted: nothing issued from it can count any more.
    pub fn ends_at(&self) -> UnixTime {
        match self {
            Self::Pushed { expires_at, .. } => *expires_at,
            Self::CodeIssued { code, .. } => code.expires_at,
            Self::Active(active) => active.ends_at(),
            Self::Ended { ends_at, .. } => *ends_at,
        }
    }

    /// Ends it for ever. Its record stays until nothing issued from it could count anyway, and says
    /// nothing any more of what was granted.
    pub(super) fn end(self, reason: EndReason) -> Self {
        match self {
            // The first reason is the one that an audit wants to know.
            Self::Ended { .. } => self,
            Self::Pushed { .. } | Self::CodeIssued { .. } | Self::Active(_) => Self::Ended {
                client_id: self.client_id().clone(),
                user_id: self.user_id().cloned(),
                reason,
                ends_at: self.ends_at(),
                unannounced: None,
            },
        }
    }
}

impl Active {
    /// When the last of its tokens expires.
    pub(super) fn ends_at(&self) -> UnixTime {
        match &self.family {
            Some(family) => self.access_until.max(family.idle_until),
            None => self.access_until,
        }
    }
}
