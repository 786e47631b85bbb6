//! `grant_type=refresh_token` (RFC 6749 §6, RFC 9700 §4.14.2).

use oauth_core::{
    Refusal,
    credential::RefreshToken,
    form::Form,
    http::Answer,
    id::GrantId,
    lifecycle::grant::{Command, Reply},
    scope::Scope,
};

use super::issue::{self, Signers};
use crate::{
    client_auth::ClientAuthenticated,
    context::{Context, Stop},
    port::{Audit, Grants, Keys, Random, Users},
};

/// Uses a refresh token: it is spent, and its successor comes with the new access token.
pub(crate) async fn exchange<P>(
    context: &Context<'_, P>,
    client: &ClientAuthenticated,
    form: &Form,
) -> Result<Answer, Stop>
where
    P: Keys + Grants + Users + Random + Audit,
{
    let token = form
        .one("refresh_token")?
        .ok_or(Refusal::RefreshTokenMissing)?;
    let token = RefreshToken::read(context.keyring, token).ok_or(Refusal::RefreshTokenUnknown)?;
    let scope = form
        .one("scope")?
        .map(Scope::parse)
        .transpose()
        .map_err(|_| Refusal::ScopeMalformed)?;
    let signers = Signers::ready(context.ports).await?;
    let client = client.client();
    let command = Command::Refresh {
        client_id: client.client_id.clone(),
        generation: token.generation,
        scope,
        lives: issue::lives(client, context.settings),
    };
    may_continue(context, &token.grant).await?;
    let reply = context.ports.grant(&token.grant, command).await?;
    issue::conclude(context, &signers, &token.grant, reply).await
}

/// Whether the person is still there: someone who was disabled goes on in no application. Asked
/// before the token is spent, so that a store that is down costs the client nothing.
async fn may_continue<P: Grants + Users>(
    context: &Context<'_, P>,
    grant: &GrantId,
) -> Result<(), Stop> {
    // What is not alive gets its exact refusal from the grant itself.
    if let Reply::Alive(facts) = context.ports.grant(grant, Command::Check).await?
        && context.ports.user(&facts.user_id).await?.is_none()
    {
        context.ports.grant(grant, Command::Revoke).await?;
        return Err(Refusal::UserDisabled.into());
    }
    Ok(())
}
