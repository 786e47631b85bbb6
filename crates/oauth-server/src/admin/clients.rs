//! Clients, as an administrator switches them off and on.

use oauth_core::{
    Refusal,
    http::{Answer, Incoming},
};

use super::{authorized, client_id, done, record};
use crate::{
    audit::Event,
    context::{Context, Stop},
    json_body::Members,
    ports::{AccountState, AdminPorts},
    tombstone,
};

/// `POST /admin/api/clients/disable`: disables a client. Nothing that was issued to it is valid any more.
pub async fn disable<P: AdminPorts>(
    context: &Context<'_, P>,
    request: &Incoming,
) -> Result<Answer, Stop> {
    change(context, request, AccountState::Disabled).await
}

/// `POST /admin/api/clients/enable`: the client can begin anew. What has ended stays ended.
pub async fn enable<P: AdminPorts>(
    context: &Context<'_, P>,
    request: &Incoming,
) -> Result<Answer, Stop> {
    change(context, request, AccountState::Enabled).await
}

/// Its grants are not looked up: each ends when it is used next, because it began no later than the registration's
/// `not_before`.
async fn change<P: AdminPorts>(
    context: &Context<'_, P>,
    request: &Incoming,
    to: AccountState,
) -> Result<Answer, Stop> {
    let by = authorized(context, request).await?;
    let client_id = client_id(&Members::read(request)?)?;
    if !context
        .ports
        .set_client_state(&client_id, to, context.now)
        .await?
    {
        return Err(Refusal::RegistrationUnknown.into());
    }
    let event = match to {
        AccountState::Disabled => Event::ClientDisabled,
        AccountState::Enabled => Event::ClientEnabled,
    };
    if to == AccountState::Disabled {
        tombstone::client_ended(context, &client_id).await;
    }
    record(context, event, (None, Some(&client_id)), &by);
    Ok(done())
}
