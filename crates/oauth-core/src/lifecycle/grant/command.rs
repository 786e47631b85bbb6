//! The commands to a grant, and the replies that each can have.

use from_json::FromJson;
use serde::Serialize;

use super::{
    Alive, Check, Code, EndedWhen, GrantDetails, GrantSecret, Issued, Redemption, RefreshPolicy,
    Renewal, Reply, RequestSource, Revocation,
};
use crate::{
    UnixTime,
    id::{ClientId, GrantId, UserId},
    lifecycle::{ask::ask, one_time::Present},
    refusal::Refusal,
};

/// A command on its way to the grant that it is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// The grant.
    pub id: GrantId,
    /// The command.
    pub command: Command,
}

/// A command to a grant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    /// Store a pushed authorization request (RFC 9126 §2.1).
    Push(Push),
    /// Open a pushed request in a browser (RFC 9126 §4).
    Open(OpenPushed),
    /// Begin, and issue a code.
    Begin(Begin),
    /// Begin without a code, and issue tokens.
    Start(Start),
    /// Redeem the code.
    Redeem(Box<Redemption>),
    /// Use a refresh token.
    Refresh(Box<Renewal>),
    /// Find out whether a token issued from it is still valid.
    Check(Check),
    /// End it.
    Revoke(Revocation),
}

/// A pushed authorization request to store (RFC 9126 §2.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(deny_unknown_fields)]
pub struct Push {
    /// The client, authenticated.
    pub client_id: ClientId,
    /// The request, sealed.
    pub request: String,
    /// The time until which a browser may open it.
    pub expires_at: UnixTime,
}

/// A browser opens a pushed request (RFC 9126 §4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(deny_unknown_fields)]
pub struct OpenPushed {
    /// The client that the browser's request names.
    pub client_id: ClientId,
    /// The time until which the user may decide, counted from the first time that the request is opened.
    pub until: UnixTime,
    /// Where the reference itself carries the request: the time until which it may begin the grant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carried_until: Option<UnixTime>,
}

/// A grant begins with a code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(deny_unknown_fields)]
pub struct Begin {
    /// The source of the request.
    pub from: RequestSource,
    /// The details of the grant.
    #[serde(rename = "facts")]
    pub details: Box<GrantDetails>,
    /// The code.
    pub code: Box<Code>,
}

/// A grant begins without a code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(deny_unknown_fields)]
pub struct Start {
    /// The details of the grant.
    #[serde(rename = "facts")]
    pub details: Box<GrantDetails>,
    /// The lifetimes of its refresh tokens.
    #[serde(rename = "lives")]
    pub refresh_policy: RefreshPolicy,
    /// The thumbprint of the key that the request has proved to have (RFC 9449 §5).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jkt: Option<String>,
    /// Its random bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<GrantSecret>,
}

/// The reply to a request for tokens.
pub type TokenReply = Result<Box<Issued>, Refusal>;

/// The reply to a refresh.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RefreshReply {
    /// New tokens, or a refusal.
    Tokens(TokenReply),
    /// The same answer as before.
    Again {
        /// The answer, sealed under the presented token's key.
        sealed: String,
        /// The user, for the log.
        user_id: Option<UserId>,
    },
}

/// The reply to a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckReply {
    /// The token is valid.
    Alive(Box<Alive>),
    /// There is no such grant.
    Absent,
    /// The token is not valid any more.
    Ended,
}

/// The reply to a revocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RevocationReply {
    /// The grant has ended.
    Ended {
        /// The user who had granted it.
        user_id: Option<UserId>,
        /// Whether this command has ended it.
        when: EndedWhen,
    },
    /// There is no such grant.
    Absent,
    /// It is another client's.
    Refused(Refusal),
}

ask!(Push => Command::Push, Result<(), Refusal>, {
    Reply::Pushed => Ok(()),
    Reply::Refused(refusal) => Err(refusal),
});
ask!(OpenPushed => Command::Open, Result<String, Refusal>, {
    Reply::Request(request) => Ok(request),
    Reply::Refused(refusal) => Err(refusal),
});
ask!(Begin => Command::Begin, Result<(), Refusal>, {
    Reply::Begun => Ok(()),
    Reply::Refused(refusal) => Err(refusal),
});
ask!(Start => Command::Start, TokenReply, {
    Reply::Issued(issued) => Ok(issued),
    Reply::Refused(refusal) => Err(refusal),
});
ask!(Box<Redemption> => Command::Redeem, TokenReply, {
    Reply::Issued(issued) => Ok(issued),
    Reply::Refused(refusal) => Err(refusal),
});
ask!(Box<Renewal> => Command::Refresh, RefreshReply, {
    Reply::Issued(issued) => RefreshReply::Tokens(Ok(issued)),
    Reply::Refused(refusal) => RefreshReply::Tokens(Err(refusal)),
    Reply::Again { sealed, user_id } => RefreshReply::Again { sealed, user_id },
});
ask!(Check => Command::Check, CheckReply, {
    Reply::Alive(alive) => CheckReply::Alive(alive),
    Reply::Absent => CheckReply::Absent,
    Reply::Ended { .. } => CheckReply::Ended,
});
ask!(Revocation => Command::Revoke, RevocationReply, {
    Reply::Ended { user_id, when, .. } => RevocationReply::Ended { user_id, when },
    Reply::Absent => RevocationReply::Absent,
    Reply::Refused(refusal) => RevocationReply::Refused(refusal),
});

impl Command {
    /// What is to be spent when tokens are issued: the names of the proof that came with the request (RFC 9449 §11.1).
    pub fn proof(&self) -> &[Present] {
        let proved = match self {
            Self::Redeem(redemption) => redemption.proved.as_ref(),
            Self::Refresh(renewal) => renewal.proved.as_ref(),
            Self::Push(_)
            | Self::Open(_)
            | Self::Begin(_)
            | Self::Start(_)
            | Self::Check(_)
            | Self::Revoke(_) => None,
        };
        proved.map_or(&[], |key| &key.proof)
    }

    /// Whether asking twice is like asking once, so that a call whose answer was lost may be repeated.
    pub const fn is_idempotent(&self) -> bool {
        match self {
            Self::Open(_) | Self::Check(_) | Self::Revoke(_) => true,
            Self::Push(_)
            | Self::Begin(_)
            | Self::Start(_)
            | Self::Redeem(_)
            | Self::Refresh(_) => false,
        }
    }
}
