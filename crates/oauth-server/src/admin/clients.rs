//! Clients, as an administrator switches them off and on.

use oauth_core::{
    Refusal,
    http::{Answer, Incoming},
};

use super::{act, authorized_to_change, client_id, done};
use crate::{
    audit::{AuditEvent, Event},
    context::{Context, Stop},
    ending::registered,
    json_body::Members,
    ports::{AccountState, Administering, Change},
};

/// `POST /admin/api/clients/disable`: disables a client. Nothing that was issued to it is valid any more.
pub async fn disable<P: Administering>(
    context: &Context<'_, P>,
    request: &Incoming,
) -> Result<Answer, Stop> {
    change(context, request, AccountState::Disabled).await
}

/// `POST /admin/api/clients/enable`: the client can begin anew. What has ended stays ended.
pub async fn enable<P: Administering>(
    context: &Context<'_, P>,
    request: &Incoming,
) -> Result<Answer, Stop> {
    change(context, request, AccountState::Enabled).await
}

/// Its grants are not looked up: each ends when it is used next, because it began no later than the registration's
/// `not_before`.
async fn change<P: Administering>(
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
    let event = match to {
        AccountState::Disabled => Event::ClientDisabled,
        AccountState::Enabled => Event::ClientEnabled,
    };
    let event = AuditEvent {
        client_id: Some(client_id.to_string()),
        ..act(context, event, &by)
    };
    let ports = context.ports;
    let change = ports.set_client_state(&client_id, to, by_client, event);
    match change.await? {
        Change::Made => {}
        Change::Unknown => return Err(Refusal::RegistrationUnknown.into()),
        // The administrator's client was disabled at the same moment: nothing is left of the token.
        Change::LocksOut => return Err(Refusal::TokenRevoked.into()),
    }
    registered::announce(context, Some(client_id.as_str())).await?;
    Ok(done())
}
