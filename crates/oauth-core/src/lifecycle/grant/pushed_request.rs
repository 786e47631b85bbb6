//! A pushed authorization request, the first state of a grant (RFC 9126).

use from_json::FromJson;
use serde::Serialize;

use super::{Grant, OpenPushed, Reply};
use crate::{UnixTime, id::ClientId, refusal::Refusal};

/// Where an authorization request came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(rename_all = "snake_case")]
pub enum RequestSource {
    /// The browser carried its parameters.
    Browser,
    /// Its client had pushed it.
    Pushed,
}

pub(super) fn push(
    grant: Option<Grant>,
    client_id: &ClientId,
    request: &str,
    expires_at: UnixTime,
) -> (Option<Grant>, Reply) {
    if grant.is_some() {
        return (grant, Reply::Refused(Refusal::GrantExists));
    }
    let pushed = Grant::Pushed {
        client_id: client_id.clone(),
        request: request.to_owned(),
        expires_at,
        opened: false,
    };
    (Some(pushed), Reply::Pushed)
}

/// A browser comes with the request, as often as the login takes it (RFC 9126 §4): the first time gives
/// the user until `until`, the later ones no more.
pub(super) fn open(
    grant: Option<Grant>,
    request: &OpenPushed,
    now: UnixTime,
) -> (Option<Grant>, Reply) {
    let OpenPushed {
        client_id: by,
        until,
        carried_until,
    } = request;
    let is_stored = grant.is_some();
    let Some(grant) = grant.or_else(|| carried(by, *carried_until)) else {
        return (None, Reply::Refused(Refusal::RequestUriUnknown));
    };
    if let Some(refusal) = mismatch(&grant, by, now) {
        return (is_stored.then_some(grant), Reply::Refused(refusal));
    }
    let Grant::Pushed {
        client_id,
        request,
        expires_at,
        opened,
    } = grant
    else {
        return (Some(grant), Reply::Refused(Refusal::RequestUriUsed));
    };
    let reply = Reply::Request(request.clone());
    let pushed = Grant::Pushed {
        client_id,
        request,
        expires_at: if opened { expires_at } else { *until },
        opened: true,
    };
    (Some(pushed), reply)
}

/// The grant of a request that was stored nowhere until now. The reference carries the request, so the record does not.
fn carried(client_id: &ClientId, until: Option<UnixTime>) -> Option<Grant> {
    Some(Grant::Pushed {
        client_id: client_id.clone(),
        request: String::new(),
        expires_at: until?,
        opened: false,
    })
}

/// Why a pushed request cannot be used; in this order, so that a stranger learns nothing of its state.
pub(super) fn mismatch(grant: &Grant, by: &ClientId, now: UnixTime) -> Option<Refusal> {
    if grant.client_id() != by {
        return Some(Refusal::RequestUriOfAnotherClient);
    }
    match grant {
        Grant::Pushed { expires_at, .. } if now < *expires_at => None,
        Grant::Pushed { .. } => Some(Refusal::RequestUriExpired),
        Grant::CodeIssued { .. } | Grant::Active(_) | Grant::Ended { .. } => {
            Some(Refusal::RequestUriUsed)
        }
    }
}
