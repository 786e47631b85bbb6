//! A grant as it is stored: a version, and what that version knows. Each version reads the ones before.

use from_json::FromJson;
use serde::Serialize;

use super::{Active, Code, EndReason, Family, Grant, GrantDetails, StoredAnswer, TokenFormat};
use crate::{
    UnixTime,
    id::{ClientId, GrantId, UserId},
    pkce::CodeChallenge,
    scope::Scope,
};

/// The version that is written.
const VERSION: u8 = 3;

/// A record of a version that we do not know, or none at all. It must neither be used nor overwritten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreadable;

#[derive(FromJson)]
struct AnyVersion {
    version: u8,
}

#[derive(Serialize, FromJson)]
#[serde(deny_unknown_fields)]
struct Record<I, G> {
    version: u8,
    id: I,
    grant: G,
}

impl Grant {
    /// Reads a stored record.
    pub fn read(text: &str) -> Result<Self, Unreadable> {
        Self::read_with_id(text).map(|(_, grant)| grant)
    }

    /// Reads a stored record, and which grant it is, which version 1 did not say.
    pub fn read_with_id(text: &str) -> Result<(Option<GrantId>, Self), Unreadable> {
        let AnyVersion { version } = from_json::from_str(text).map_err(|_| Unreadable)?;
        match version {
            1 => from_json::from_str::<First>(text)
                .map(|first| (None, first.upgraded()))
                .map_err(|_| Unreadable),
            2 | VERSION => from_json::from_str::<Record<GrantId, Self>>(text)
                .map(|record| (Some(record.id), record.grant))
                .map_err(|_| Unreadable),
            _ => Err(Unreadable),
        }
    }

    /// The record to store.
    pub fn write(&self, id: &GrantId) -> Result<String, Unreadable> {
        serde_json::to_string(&Record {
            version: VERSION,
            id,
            grant: self,
        })
        .map_err(|_| Unreadable)
    }
}

/// A family as it is stored. Version 2 had one answer at most, which brought the current token.
#[derive(FromJson)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredFamily {
    current: u32,
    idle_until: UnixTime,
    absolute_until: UnixTime,
    last: Option<LastAnswer>,
    #[serde(default)]
    answers: Vec<StoredAnswer>,
    jkt: Option<String>,
    #[serde(default)]
    bound_from: u32,
}

#[derive(FromJson)]
#[serde(deny_unknown_fields)]
struct LastAnswer {
    sealed: String,
    until: UnixTime,
    jkt: Option<String>,
}

impl From<StoredFamily> for Family {
    fn from(stored: StoredFamily) -> Self {
        let last = stored.last.map(|last| StoredAnswer {
            generation: stored.current.saturating_sub(1),
            sealed: last.sealed,
            until: last.until,
            jkt: last.jkt,
        });
        Self {
            current: stored.current,
            idle_until: stored.idle_until,
            absolute_until: stored.absolute_until,
            answers: last.into_iter().chain(stored.answers).collect(),
            jkt: stored.jkt,
            bound_from: stored.bound_from,
        }
    }
}

/// Version 1: the details of every state in one place, no pushed requests, no stored answers.
#[derive(FromJson)]
struct First {
    #[serde(rename = "facts")]
    details: FirstDetails,
    state: FirstState,
}

#[derive(FromJson)]
struct FirstDetails {
    client_id: ClientId,
    user_id: UserId,
    scope: Scope,
    resource: String,
    redirect_uri: String,
    redirect_uri_sent: bool,
    code_challenge: Option<CodeChallenge>,
    nonce: Option<String>,
    auth_time: UnixTime,
}

#[derive(FromJson)]
#[serde(rename_all = "snake_case")]
enum FirstState {
    CodeIssued {
        expires_at: UnixTime,
        tries_left: u8,
    },
    Active {
        family: Option<FirstFamily>,
        ends_at: UnixTime,
    },
    #[serde(rename = "dead")]
    Ended {
        reason: EndReason,
        ends_at: UnixTime,
    },
}

#[derive(FromJson)]
struct FirstFamily {
    current: u32,
    idle_until: UnixTime,
    absolute_until: UnixTime,
}

impl FirstFamily {
    const fn upgraded(self) -> Family {
        Family {
            current: self.current,
            idle_until: self.idle_until,
            absolute_until: self.absolute_until,
            answers: Vec::new(),
            jkt: None,
            bound_from: 0,
        }
    }
}

impl FirstDetails {
    fn details(&self) -> GrantDetails {
        GrantDetails {
            client_id: self.client_id.clone(),
            user_id: Some(self.user_id.clone()),
            scope: self.scope.clone(),
            resource: self.resource.clone(),
            format: TokenFormat::Jwt,
            auth_time: Some(self.auth_time),
            // It began no earlier.
            begun_at: self.auth_time,
        }
    }

    fn code(self, expires_at: UnixTime, tries_left: u8) -> Code {
        Code {
            redirect_uri: self.redirect_uri,
            redirect_uri_sent: self.redirect_uri_sent,
            code_challenge: self.code_challenge,
            nonce: self.nonce,
            expires_at,
            tries_left,
            jkt: None,
            secret: None,
        }
    }
}

impl First {
    fn upgraded(self) -> Grant {
        let details = self.details.details();
        match self.state {
            FirstState::CodeIssued {
                expires_at,
                tries_left,
            } => Grant::CodeIssued {
                details,
                code: self.details.code(expires_at, tries_left),
            },
            FirstState::Active { family, ends_at } => Grant::Active(Active {
                details,
                family: family.map(FirstFamily::upgraded),
                tokens: Vec::new(),
                access_until: ends_at,
                issued_at: None,
                secret: None,
                code_challenge: None,
            }),
            FirstState::Ended { reason, ends_at } => Grant::Ended {
                client_id: details.client_id,
                user_id: details.user_id,
                reason,
                ends_at,
                unannounced: None,
            },
        }
    }
}
