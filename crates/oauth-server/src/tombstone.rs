//! Tombstones: the ends of grants, for resource servers that do not introspect (RFC 7009 §3).
//!
//! They are written after the grant has ended, and again until that succeeds: the grant itself decides.

use oauth_core::{
    Fault, UnixTime,
    clock_skew::OF_RESOURCE_SERVERS,
    id::{ClientId, GrantId, UserId},
};

use crate::{context::Context, ports::Tombstones};

/// Publishes that a grant ended at this time.
pub(crate) async fn grant_ended<P: Tombstones>(
    context: &Context<'_, P>,
    grant: &GrantId,
    at: UnixTime,
) -> Result<(), Fault> {
    record_revocation(context, grant.as_str(), at).await
}

/// Publishes that everything issued on behalf of a user until this time has ended.
pub(crate) async fn user_ended<P: Tombstones>(
    context: &Context<'_, P>,
    user_id: &UserId,
    at: UnixTime,
) -> Result<(), Fault> {
    record_revocation(context, user_id.as_str(), at).await
}

/// Publishes that everything issued to a client until this time has ended.
pub(crate) async fn client_ended<P: Tombstones>(
    context: &Context<'_, P>,
    client_id: &ClientId,
    at: UnixTime,
) -> Result<(), Fault> {
    record_revocation(context, client_id.as_str(), at).await
}

async fn record_revocation<P: Tombstones>(
    context: &Context<'_, P>,
    name: &str,
    at: UnixTime,
) -> Result<(), Fault> {
    let until = context.now.plus(longest_access_token(context));
    context.ports.record_revocation(name, at, until).await
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
