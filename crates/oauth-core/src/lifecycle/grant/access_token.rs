//! Access tokens of a grant: they live as long as they say, and never longer than the grant.

use from_json::FromJson;
use serde::Serialize;

use super::{
    Active, Alive, EndReason, EndedWhen, Grant, Presented, Reply, TokenRecord, revocation::over,
};
use crate::UnixTime;

/// Which token is asked about (RFC 7662). The caller has seen that it is genuine and has not expired.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, FromJson)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// The id of an opaque access token.
    pub token: Option<String>,
    /// The generation of a refresh token.
    pub generation: Option<u32>,
    /// The part of a refresh token that only its grant can check.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<String>,
    /// Grants of this client that began no later are over: it was disabled then.
    pub not_before: Option<UnixTime>,
    /// Whether the reply says when the grant was last used. No reply does unasked: a worker of before could not read it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub asks_about_use: bool,
}

impl Check {
    /// The credential, where its grant has to check it: a JWT has its signature.
    fn presented(&self) -> Option<Presented> {
        let token = self.token.clone().map(|id| Presented::AccessToken { id });
        token.or_else(|| {
            Some(Presented::RefreshToken {
                generation: self.generation?,
                part: self.part.clone(),
            })
        })
    }
}

pub(super) fn check(grant: Option<Grant>, check: &Check, now: UnixTime) -> (Option<Grant>, Reply) {
    let Some(grant) = grant else {
        return (None, Reply::Absent);
    };
    if check.presented().is_some_and(|it| !grant.has_made(&it)) {
        let reply = over(&grant, EndedWhen::Before);
        return (Some(grant), reply);
    }
    match &grant {
        Grant::Active(active) if active.details.is_outlived(check.not_before) => {
            let ended = grant.end(EndReason::ClientDisabled);
            let reply = over(&ended, EndedWhen::Now);
            (Some(ended), reply)
        }
        Grant::Active(active) if counts(active, check, now) => {
            let reply = Reply::Alive(Box::new(Alive {
                details: active.details.clone(),
                token: remembered(active, check),
                refresh_until: active.family.as_ref().map(|family| family.idle_until),
                used_at: active.issued_at.filter(|_| check.asks_about_use),
            }));
            (Some(grant), reply)
        }
        Grant::Active(_)
        | Grant::Pushed { .. }
        | Grant::CodeIssued { .. }
        | Grant::Ended { .. } => {
            let reply = over(&grant, EndedWhen::Before);
            (Some(grant), reply)
        }
    }
}

fn counts(active: &Active, check: &Check, now: UnixTime) -> bool {
    let is_current = check.generation.is_none_or(|generation| {
        active
            .family
            .as_ref()
            .is_some_and(|family| family.current == generation && now < family.idle_until)
    });
    is_current && now < active.ends_at()
}

fn remembered(active: &Active, check: &Check) -> Option<TokenRecord> {
    let id = check.token.as_deref()?;
    active.tokens.iter().find(|token| token.id == id).cloned()
}
