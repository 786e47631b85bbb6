//! Clients, as an administrator switches them off and on.

use oauth_core::{Refusal, http::Answer};

use super::{Administrator, client_id, done, note};
use crate::{
    context::{Context, Stop},
    json_body::Members,
    port::{AccountState, Audit, Registry, Tombstones},
    tombstone,
};

/// Switches a client off or on. Its grants are not looked up: each is dead when it is touched next, because it
/// began no later than the registration's `not_before`.
pub(super) async fn change<P>(
    context: &Context<'_, P>,
    members: &Members,
    to: AccountState,
    by: &Administrator,
) -> Result<Answer, Stop>
where
    P: Registry + Tombstones + Audit,
{
    let client_id = client_id(members)?;
    if !context
        .ports
        .set_client(&client_id, to, context.now)
        .await?
    {
        return Err(Refusal::RegistrationUnknown.into());
    }
    let event = match to {
        AccountState::Disabled => "client_disabled",
        AccountState::Enabled => "client_enabled",
    };
    if to == AccountState::Disabled {
        tombstone::client_ended(context, &client_id).await;
    }
    note(context, event, (None, Some(&client_id)), by).await;
    Ok(done())
}
