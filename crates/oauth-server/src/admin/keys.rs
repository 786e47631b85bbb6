//! Our signing keys, as an administrator sees and rotates them. What is private in them is in no answer.

use oauth_core::{
    Refusal,
    http::Answer,
    lifecycle::signing_keys::{KeyEntry, KeyState, has_just_begun},
};
use serde::Serialize;

use super::Administrator;
use crate::{
    context::{Context, Stop},
    json_body::Members,
    port::{Audit, AuditEvent, KeyAdministration, Start},
};

#[derive(Serialize)]
struct All {
    keys: Vec<KeyEntry>,
}

/// Lists all keys that are published.
pub(super) async fn list<P: KeyAdministration>(context: &Context<'_, P>) -> Result<Answer, Stop> {
    let keys = context.ports.signing_keys().await?;
    Ok(Answer::json(200, &All { keys }).with("cache-control", "no-store"))
}

/// Makes a successor of the key that signs with the algorithm; two who do so at once make one, and so does one who
/// asks twice. Answers with the keys as they are then.
pub(super) async fn rotate<P: KeyAdministration + Audit>(
    context: &Context<'_, P>,
    members: &Members,
    by: &Administrator,
) -> Result<Answer, Stop> {
    let algorithm = members.algorithm.as_deref();
    let keys = context.ports.signing_keys().await?;
    let mut active = keys.iter().filter(|key| key.state == KeyState::Active);
    let active = active.find(|key| Some(key.algorithm.as_str()) == algorithm);
    let active = active.ok_or(Refusal::MemberInvalid)?;
    let (start, event) = if members.at_once == Some(true) {
        (Start::AtOnce, "key_rotated_at_once")
    } else {
        (Start::Published, "key_rotated")
    };
    if start == Start::AtOnce && has_just_begun(&keys, &active.algorithm, context.now) {
        return list(context).await;
    }
    context.ports.succeed(active, start).await?;
    note(context, event, &active.kid, by).await;
    list(context).await
}

/// Ceases to publish a key that signs no more: from then on nothing counts that it has signed.
pub(super) async fn drop_one<P: KeyAdministration + Audit>(
    context: &Context<'_, P>,
    members: &Members,
    by: &Administrator,
) -> Result<Answer, Stop> {
    let keys = context.ports.signing_keys().await?;
    let mut retired = keys.iter().filter(|key| key.state == KeyState::Retired);
    let named = retired.find(|key| Some(key.kid.as_str()) == members.kid.as_deref());
    let kid = &named.ok_or(Refusal::MemberInvalid)?.kid;
    context.ports.drop_key(kid).await?;
    note(context, "key_dropped", kid, by).await;
    list(context).await
}

async fn note<P: Audit>(
    context: &Context<'_, P>,
    event: &'static str,
    kid: &str,
    by: &Administrator,
) {
    let event = AuditEvent {
        event,
        subject: None,
        client_id: None,
        detail: &[kid, " ", &by.subject].concat(),
    };
    context.ports.note(event, context.now).await;
}
