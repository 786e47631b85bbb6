//! Tombstones: what has ended, for resource servers that do not ask us (RFC 7009 §3).
//!
//! They are told after the grant has ended, as well as it goes: what decides is the grant itself.

use oauth_core::{
    id::{ClientId, GrantId, UserId},
    lifecycle::grant::EndReason,
};

use crate::{context::Context, ports::Tombstones};

/// What resource servers allow clocks to differ, in seconds.
const LEEWAY: i64 = 60;

/// Tells that a grant has ended for this reason. Whoever ended everything of a person's has said so once, for
/// all of it.
pub(crate) async fn ended_for<P: Tombstones>(
    context: &Context<'_, P>,
    grant: &GrantId,
    reason: EndReason,
) {
    if !matches!(reason, EndReason::SignedOut | EndReason::UserDisabled) {
        grant_ended(context, grant).await;
    }
}

/// Tells that a grant is over.
pub async fn grant_ended<P: Tombstones>(context: &Context<'_, P>, grant: &GrantId) {
    record_revocation(context, grant.as_str()).await;
}

/// Tells that everything issued on behalf of a person is over.
pub(crate) async fn user_ended<P: Tombstones>(context: &Context<'_, P>, user_id: &UserId) {
    record_revocation(context, user_id.as_str()).await;
}

/// Tells that everything issued to a client is over.
pub(crate) async fn client_ended<P: Tombstones>(context: &Context<'_, P>, client_id: &ClientId) {
    record_revocation(context, client_id.as_str()).await;
}

async fn record_revocation<P: Tombstones>(context: &Context<'_, P>, name: &str) {
    let until = context.now.plus(longest_access_token(context));
    context
        .ports
        .record_revocation(name, context.now, until)
        .await;
}

/// How long after an end a token from before it could still pass for good, in seconds.
fn longest_access_token<P>(context: &Context<'_, P>) -> i64 {
    let lifetimes = &context.settings.lifetimes;
    LEEWAY
        + lifetimes
            .access_token
            .max(lifetimes.machine_access_token)
            .max(lifetimes.opaque_access_token)
}
