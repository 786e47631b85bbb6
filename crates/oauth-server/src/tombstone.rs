//! Tombstones: the ends of grants, for resource servers that do not introspect (RFC 7009 §3).
//!
//! They are written after the grant has ended, best effort: the grant itself decides.

use oauth_core::{
    clock_skew::OF_RESOURCE_SERVERS,
    id::{ClientId, GrantId, UserId},
    lifecycle::grant::EndReason,
};

use crate::{context::Context, ports::Tombstones};

/// Publishes that a grant has ended for this reason, unless one tombstone of the user covers all their grants.
pub(crate) async fn ended_for<P: Tombstones>(
    context: &Context<'_, P>,
    grant: &GrantId,
    reason: EndReason,
) {
    if !matches!(reason, EndReason::SignedOut | EndReason::UserDisabled) {
        grant_ended(context, grant).await;
    }
}

/// Publishes that a grant has ended.
pub async fn grant_ended<P: Tombstones>(context: &Context<'_, P>, grant: &GrantId) {
    record_revocation(context, grant.as_str()).await;
}

/// Publishes that everything issued on behalf of a user has ended.
pub(crate) async fn user_ended<P: Tombstones>(context: &Context<'_, P>, user_id: &UserId) {
    record_revocation(context, user_id.as_str()).await;
}

/// Publishes that everything issued to a client has ended.
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

/// The seconds after an end for which an older token could still be accepted.
fn longest_access_token<P>(context: &Context<'_, P>) -> i64 {
    let lifetimes = &context.settings.lifetimes;
    OF_RESOURCE_SERVERS
        + lifetimes
            .access_token
            .max(lifetimes.machine_access_token)
            .max(lifetimes.opaque_access_token)
}
