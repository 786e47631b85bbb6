//! `grant_type=refresh_token` (RFC 6749 §6, RFC 9700 §4.14.2).

use oauth_core::{
    Refusal,
    client::Client,
    credential::RefreshToken,
    form::Form,
    http::Answer,
    id::GrantId,
    lifecycle::grant::{Command, Renewal, Reply},
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
    let scope = still_open(context, client, &token.grant, scope).await?;
    let command = Command::Refresh(Renewal {
        client_id: client.client_id.clone(),
        generation: token.generation,
        scope,
        resource: issue::resource(form, context.settings)?,
        lives: issue::lives(client, context.settings),
    });
    let reply = context.ports.grant(&token.grant, command).await?;
    issue::conclude(context, &signers, &token.grant, &client.client_id, reply).await
}

/// What the person may still grant of the scope that is asked for: someone who was disabled goes on
/// in no application, and a role that was taken away opens nothing any more. Asked before the token
/// is spent, so that a store that is down costs the client nothing.
async fn still_open<P: Grants + Users>(
    context: &Context<'_, P>,
    client: &Client,
    grant: &GrantId,
    asked: Option<Scope>,
) -> Result<Option<Scope>, Stop> {
    // What is not alive, or not this client's, gets its exact refusal from the grant itself.
    let facts = match context.ports.grant(grant, Command::Check).await? {
        Reply::Alive(facts) if facts.client_id == client.client_id => facts,
        Reply::Alive(_) | Reply::Begun | Reply::Issue { .. } | Reply::Ended | Reply::Refused(_) => {
            return Ok(asked);
        }
    };
    let Some(user) = context.ports.user(&facts.user_id).await? else {
        context.ports.grant(grant, Command::Revoke).await?;
        return Err(Refusal::UserDisabled.into());
    };
    let lost = facts.scope.difference(&user.roles.limit(&facts.scope));
    let wanted = asked.unwrap_or(facts.scope);
    let left = wanted.difference(&lost);
    if left.is_empty() && !wanted.is_empty() {
        return Err(Refusal::ScopeNotAllowed.into());
    }
    Ok(Some(left))
}
