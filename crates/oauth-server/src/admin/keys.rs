//! Signing keys: listing, rotating and withdrawing them. No answer contains a private key.

use oauth_core::{
    Refusal,
    http::{Answer, Incoming},
    lifecycle::signing_keys::{KeyEntry, KeyState, has_just_begun},
};
use serde::Serialize;

use super::{act, authorized, authorized_to_change};
use crate::{
    audit::{AuditEvent, Event},
    context::{Context, Stop},
    json_body::Members,
    ports::{AdminPorts, KeyAdministration, Start},
};

#[derive(Serialize)]
struct All {
    keys: Vec<KeyEntry>,
}

/// `GET /admin/api/keys`: the published keys.
pub async fn list<P: AdminPorts>(
    context: &Context<'_, P>,
    request: &Incoming,
) -> Result<Answer, Stop> {
    authorized(context, request).await?;
    published(context).await
}

async fn published<P: KeyAdministration>(context: &Context<'_, P>) -> Result<Answer, Stop> {
    let keys = context.ports.signing_keys().await?;
    Ok(Answer::json(200, &All { keys }).with("cache-control", "no-store"))
}

/// `POST /admin/api/keys/rotate`: makes a successor of the key that signs with the algorithm. Two requests at once, or
/// the same request twice, make one. Answers with the keys as they are then.
pub async fn rotate<P: AdminPorts>(
    context: &Context<'_, P>,
    request: &Incoming,
) -> Result<Answer, Stop> {
    let by = authorized_to_change(context, request).await?;
    let members = Members::read(request)?;
    let algorithm = members.algorithm.as_deref();
    let keys = context.ports.signing_keys().await?;
    let mut active = keys.iter().filter(|key| key.state == KeyState::Active);
    let active = active.find(|key| Some(key.algorithm.as_str()) == algorithm);
    let active = active.ok_or(Refusal::MemberInvalid)?;
    let (start, event) = if members.at_once == Some(true) {
        (Start::AtOnce, Event::KeyRotatedAtOnce)
    } else {
        (Start::Published, Event::KeyRotated)
    };
    if start == Start::AtOnce && has_just_begun(&keys, &active.algorithm, context.now) {
        return published(context).await;
    }
    let event = about(act(context, event, &by), &active.kid);
    context.ports.succeed(active, start, event).await?;
    published(context).await
}

/// `POST /admin/api/keys/drop`: withdraws a retired key. Nothing that it signed is valid any more.
pub async fn drop_one<P: AdminPorts>(
    context: &Context<'_, P>,
    request: &Incoming,
) -> Result<Answer, Stop> {
    let by = authorized_to_change(context, request).await?;
    let members = Members::read(request)?;
    let keys = context.ports.signing_keys().await?;
    let mut retired = keys.iter().filter(|key| key.state == KeyState::Retired);
    let named = retired.find(|key| Some(key.kid.as_str()) == members.kid.as_deref());
    let kid = &named.ok_or(Refusal::MemberInvalid)?.kid;
    let event = about(act(context, Event::KeyDropped, &by), kid);
    context.ports.drop_key(kid, event).await?;
    published(context).await
}

fn about(event: AuditEvent, kid: &str) -> AuditEvent {
    AuditEvent {
        detail: Some(kid.to_owned()),
        ..event
    }
}
