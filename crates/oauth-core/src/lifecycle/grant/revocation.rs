//! Ending a grant (RFC 7009).

use from_json::FromJson;
use serde::Serialize;

use super::{EndReason, EndedWhen, Grant, Presented, Reply, RevocationSource};
use crate::{Refusal, UnixTime, id::ClientId};

/// An end before its time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(deny_unknown_fields)]
pub struct Revocation {
    /// The client that must have it; `None` where an administrator ends whatever there is.
    pub client_id: Option<ClientId>,
    /// Why.
    pub reason: EndReason,
    /// Where there is no grant yet: until when its id must stay revoked, whatever arrives late.
    pub until: Option<UnixTime>,
    /// The token that the client has revoked, where its grant has to check it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub presented: Option<Presented>,
    /// The origin.
    #[serde(default, skip_serializing_if = "RevocationSource::is_index")]
    pub source: RevocationSource,
    /// When the index had ended it, by the index's clock. None in commands of earlier versions, and from a request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<UnixTime>,
}

pub(super) fn revoke(grant: Option<Grant>, revocation: &Revocation) -> (Option<Grant>, Reply) {
    let Some(grant) = grant else {
        return revoke_absent(revocation);
    };
    if let Some(client_id) = &revocation.client_id
        && grant.client_id() != client_id
    {
        return (Some(grant), Reply::Refused(Refusal::TokenOfAnotherClient));
    }
    if revocation
        .presented
        .as_ref()
        .is_some_and(|it| !grant.has_made(it))
    {
        return (Some(grant), Reply::Absent);
    }
    let when = match &grant {
        Grant::Ended { .. } => EndedWhen::Before,
        Grant::Pushed { .. } | Grant::CodeIssued { .. } | Grant::Active(_) => EndedWhen::Now,
    };
    let ended = grant.end(revocation.reason);
    let reply = over(&ended, when);
    (Some(ended), reply)
}

/// A grant that begins at the same time may arrive after its own end, so the end is stored.
fn revoke_absent(revocation: &Revocation) -> (Option<Grant>, Reply) {
    let (Some(client_id), Some(until)) = (&revocation.client_id, revocation.until) else {
        return (None, Reply::Absent);
    };
    let ended = Grant::Ended {
        client_id: client_id.clone(),
        user_id: None,
        reason: revocation.reason,
        ends_at: until,
        unannounced: None,
    };
    let reply = over(&ended, EndedWhen::Now);
    (Some(ended), reply)
}

pub(super) fn over(grant: &Grant, when: EndedWhen) -> Reply {
    Reply::Ended {
        user_id: grant.user_id().cloned(),
        until: grant.ends_at(),
        when,
    }
}
