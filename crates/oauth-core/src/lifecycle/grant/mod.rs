//! A grant's life: a pushed request (RFC 9126), an authorization code (RFC 6749 §4.1), then the family
//! of refresh tokens that descends from it (RFC 6749 §6, RFC 9700 §4.14), then nothing, for ever.
//!
//! Where tokens are to be issued, [`step`] first answers [`Reply::Mint`] and changes nothing. The host of the
//! grant mints and signs, which takes time, and steps again with what was [`Minted`]: every check runs
//! again, and what is committed then is final, with nothing after it that could fail but delivery.

mod access_token;
mod activation;
mod authorization_code;
mod command;
mod pushed_request;
mod record;
mod refresh_family;
mod reply;
mod revocation;

use serde::{Deserialize, Serialize};

use crate::{
    UnixTime,
    id::{ClientId, UserId},
    pkce::CodeChallenge,
    refusal::Refusal,
    scope::Scope,
};

pub use access_token::{Check, REMEMBERED, TokenRecord};
pub use authorization_code::{Redemption, TRIES};
pub use command::{
    Begin, Call, CheckReply, Command, OpenPushed, ProvedKey, Push, RefreshBinding, RefreshPolicy,
    RefreshReply, RequestSource, Revocation, RevocationReply, Start, TokenReply,
};
pub use record::Unreadable;
pub use refresh_family::{Family, LastAnswer, Renewal, Rotation};
pub use reply::{Alive, AnswerKey, EndedWhen, Issue, Issued, Minted, Reply};

/// How an access token is made: as a JWT (RFC 9068), or as a reference that only this server can read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenFormat {
    /// A signed JWT: anyone can check it with the published keys.
    #[default]
    Jwt,
    /// A reference: resource servers introspect it (RFC 7662).
    Opaque,
}

/// The details of a grant, which never change during its life.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GrantDetails {
    /// The client that was granted access.
    pub client_id: ClientId,
    /// The person who granted it; `None` where a machine acts for itself.
    pub user_id: Option<UserId>,
    /// The granted scope.
    pub scope: Scope,
    /// The resource that access tokens are for, in its registered form.
    pub resource: String,
    /// The format of its access tokens.
    pub format: TokenFormat,
    /// When the person entered their password.
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
}

/// A code as it waits to be redeemed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
}

/// A grant. Absent means: never begun, or expired and deleted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Grant {
    /// A client has pushed its authorization request; there is no decision yet (RFC 9126 §2).
    Pushed {
        /// The client that pushed it.
        client_id: ClientId,
        /// The request, sealed: it may name a person.
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
        /// The person who had granted it.
        user_id: Option<UserId>,
        /// Why.
        reason: EndReason,
        /// When everything issued from it would have expired anyway.
        ends_at: UnixTime,
    },
}

/// A grant from which tokens were issued.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
}

#[cfg(test)]
documented::stored!(GrantDetails, Code, Active);

/// Why a grant ended before its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndReason {
    /// Its code was presented a second time (RFC 6749 §4.1.2).
    CodeReplayed,
    /// A refresh token older than the current one was presented (RFC 9700 §4.14.2).
    RefreshReused,
    /// Too many wrong attempts at its code.
    TooManyTries,
    /// Its client revoked it (RFC 7009), or the person or an administrator ended it.
    Revoked,
    /// The person signed out everywhere.
    SignedOut,
    /// The person withdrew their consent.
    ConsentWithdrawn,
    /// The person was disabled.
    UserDisabled,
    /// The client was disabled.
    ClientDisabled,
}

/// One step of a grant's life. Total: whatever arrives in whatever state has an answer, and what is
/// refused for being another client's changes nothing.
pub fn step(
    grant: Option<Grant>,
    command: &Command,
    minted: Option<Minted>,
    now: UnixTime,
) -> (Option<Grant>, Reply) {
    match command {
        Command::Push(Push {
            client_id,
            request,
            expires_at,
        }) => pushed_request::push(grant, client_id, request, *expires_at),
        Command::Open(OpenPushed { client_id, until }) => {
            pushed_request::open(grant, client_id, *until, now)
        }
        Command::Begin(Begin {
            from,
            details,
            code,
        }) => begin(grant, *from, details, code, now),
        Command::Start(Start {
            details,
            refresh_policy,
            jkt,
        }) => activation::start(grant, details, *refresh_policy, jkt.as_deref(), minted, now),
        Command::Redeem(request) => authorization_code::redeem(grant, request, minted, now),
        Command::Refresh(request) => refresh_family::refresh(grant, request, minted, now),
        Command::Check(check) => access_token::check(grant, check, now),
        Command::Revoke(revocation) => revocation::revoke(grant, revocation),
    }
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

    /// The person who granted it, once they have.
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
    fn end(self, reason: EndReason) -> Self {
        match self {
            // The first reason is the one that an audit wants to know.
            Self::Ended { .. } => self,
            Self::Pushed { .. } | Self::CodeIssued { .. } | Self::Active(_) => Self::Ended {
                client_id: self.client_id().clone(),
                user_id: self.user_id().cloned(),
                reason,
                ends_at: self.ends_at(),
            },
        }
    }
}

impl Active {
    /// When the last of its tokens expires.
    fn ends_at(&self) -> UnixTime {
        match &self.family {
            Some(family) => self.access_until.max(family.idle_until),
            None => self.access_until,
        }
    }

    /// Takes in the access token of an answer that is being committed.
    fn issued(&mut self, minted: &Minted, now: UnixTime) {
        self.access_until = self.access_until.max(minted.expires_at);
        self.tokens.retain(|token| token.expires_at > now);
        if let Some(token) = &minted.token {
            if self.tokens.len() >= REMEMBERED {
                self.tokens.remove(0);
            }
            self.tokens.push(token.clone());
        }
    }
}

/// Whether a client was disabled after the grant began: then it stays revoked even if the client is enabled again.
fn is_outlived(details: &GrantDetails, not_before: Option<UnixTime>) -> bool {
    not_before.is_some_and(|not_before| details.begun_at <= not_before)
}

/// The minted tokens, if they are what is to be issued now; else they must be minted again.
fn minted_for(issue: Issue, minted: Option<Minted>) -> Result<Minted, Reply> {
    minted
        .filter(|minted| minted.issue == issue)
        .ok_or_else(|| Reply::Mint(Box::new(issue)))
}

fn deliver(minted: Minted) -> Reply {
    Reply::Issued(Box::new(Issued {
        answer: minted.answer,
        details: minted.issue.details,
        token: minted.token,
    }))
}

fn begin(
    grant: Option<Grant>,
    from: RequestSource,
    details: &GrantDetails,
    code: &Code,
    now: UnixTime,
) -> (Option<Grant>, Reply) {
    let refusal = match (&grant, from) {
        (None, RequestSource::Browser) => None,
        // A grant's id is 128 random bits: the same one twice is a fault, and harmless.
        (Some(_), RequestSource::Browser) => Some(Refusal::GrantExists),
        (None, RequestSource::Pushed) => Some(Refusal::RequestUriUnknown),
        (Some(grant), RequestSource::Pushed) => {
            pushed_request::mismatch(grant, &details.client_id, now)
        }
    };
    if let Some(refusal) = refusal {
        return (grant, Reply::Refused(refusal));
    }
    let (details, code) = (details.clone(), code.clone());
    (Some(Grant::CodeIssued { details, code }), Reply::Begun)
}

#[cfg(test)]
mod tests;
