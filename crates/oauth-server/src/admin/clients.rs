//! Clients, as an administrator switches them off and on.

use oauth_core::{
    Refusal,
    http::{Answer, Incoming},
};

use super::{authorized_to_change, client_id, done, record};
use crate::{
    audit::Event,
    context::{Context, Stop},
    json_body::Members,
    ports::{AccountState, AdminPorts, Change},
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
    let by = authorized_to_change(context, request).await?;
    let client_id = client_id(&Members::read(request)?)?;
    let by_client = by.client_id.as_ref();
    if to == AccountState::Disabled && by_client == Some(&client_id) {
        return Err(Refusal::OwnClient.into());
    }
    let ports = context.ports;
    let change = ports.set_client_state(&client_id, to, by_client, context.now);
    match change.await? {
        Change::Made => {}
        Change::Unknown => return Err(Refusal::RegistrationUnknown.into()),
        // The administrator's client was disabled at the same moment: nothing is left of the token.
        Change::LocksOut => return Err(Refusal::TokenRevoked.into()),
    }
    let event = match to {
        AccountState::Disabled => Event::ClientDisabled,
        AccountState::Enabled => Event::ClientEnabled,
    };
    record(context, event, (None, Some(&client_id)), &by);
    if to == AccountState::Disabled {
        // A fault reaches the administrator, who disables the client once more.
        tombstone::client_ended(context, &client_id, context.now).await?;
    }
    Ok(done())
}
