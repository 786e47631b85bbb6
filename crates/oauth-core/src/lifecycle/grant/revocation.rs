//! Ending a grant (RFC 7009).

use super::{Grant, Reply, Revocation, Since};
use crate::Refusal;

pub(super) fn revoke(grant: Option<Grant>, revocation: &Revocation) -> (Option<Grant>, Reply) {
    let Some(grant) = grant else {
        return revoke_absent(revocation);
    };
    if let Some(client_id) = &revocation.client_id
        && grant.client_id() != client_id
    {
        return (Some(grant), Reply::Refused(Refusal::TokenOfAnotherClient));
    }
    let since = match &grant {
        Grant::Dead { .. } => Since::Before,
        Grant::Pushed { .. } | Grant::CodeIssued { .. } | Grant::Active(_) => Since::Now,
    };
    let dead = grant.die(revocation.reason);
    let reply = over(&dead, since);
    (Some(dead), reply)
}

/// A grant that begins at the same time may arrive after its own end, so the end is stored.
fn revoke_absent(revocation: &Revocation) -> (Option<Grant>, Reply) {
    let (Some(client_id), Some(until)) = (&revocation.client_id, revocation.until) else {
        return (None, Reply::Absent);
    };
    let dead = Grant::Dead {
        client_id: client_id.clone(),
        user_id: None,
        reason: revocation.reason,
        ends_at: until,
    };
    let reply = over(&dead, Since::Now);
    (Some(dead), reply)
}

pub(super) fn over(grant: &Grant, since: Since) -> Reply {
    Reply::Ended {
        user_id: grant.user_id().cloned(),
        until: grant.ends_at(),
        since,
    }
}
