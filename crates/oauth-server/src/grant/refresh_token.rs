//! `grant_type=refresh_token` (RFC 6749 §6, RFC 9700 §4.14.2).

use oauth_core::{
    Refusal,
    client::Client,
    credential::RefreshToken,
    form::Form,
    http::Answer,
    lifecycle::grant::{Command, Renewal, Reply},
    scope::Scope,
};

use super::issue;
use crate::{
    client_auth::ClientAuthenticated,
    context::{Context, Stop},
    dpop::{self, Unspent},
    port::{AccessTokens, Audit, Grants, OneTime, Seal, Tombstones},
};

/// Uses a refresh token: it is spent, and its successor comes with the new access token.
pub(crate) async fn exchange<P>(
    context: &Context<'_, P>,
    client: &ClientAuthenticated,
    form: &Form,
    proof: Option<Unspent>,
) -> Result<Answer, Stop>
where
    P: OneTime + Grants + Seal + AccessTokens + Tombstones + Audit,
{
    let presented = form
        .one("refresh_token")?
        .ok_or(Refusal::RefreshTokenMissing)?;
    let scope = form
        .one("scope")?
        .map(Scope::parse)
        .transpose()
        .map_err(|_| Refusal::ScopeMalformed)?;
    let asked = Asked {
        presented,
        scope,
        resource: issue::resource(form, context.settings)?,
        proof,
    };
    refresh(context, client.client(), asked).await
}

/// What is asked of a refresh token.
pub(crate) struct Asked<'a> {
    /// The token.
    pub(crate) presented: &'a str,
    /// The scope, where it is narrowed.
    pub(crate) scope: Option<Scope>,
    /// The resource, where one is named.
    pub(crate) resource: Option<String>,
    /// The proof that came with it.
    pub(crate) proof: Option<Unspent>,
}

/// Uses a refresh token of `client`.
pub(crate) async fn refresh<P>(
    context: &Context<'_, P>,
    client: &Client,
    asked: Asked<'_>,
) -> Result<Answer, Stop>
where
    P: OneTime + Grants + Seal + AccessTokens + Tombstones + Audit,
{
    let token =
        RefreshToken::read(context.keyring, asked.presented).ok_or(Refusal::RefreshTokenUnknown)?;
    let keys = RefreshToken::answer_keys(context.keyring, asked.presented);
    let command = Command::Refresh(Box::new(Renewal {
        client_id: client.client_id.clone(),
        generation: token.generation,
        answer_key: keys.first().cloned().unwrap_or_default(),
        scope: asked.scope,
        resource: asked.resource,
        rotation: client.rotation(),
        not_before: client.not_before,
        lives: issue::refresh_policy(client, context.settings),
        proved: dpop::proved(context, client, asked.proof).await?,
    }));
    let reply = context.ports.grant(&token.grant, command).await?;
    if let Reply::Again { sealed, user_id } = reply {
        let mut answer = issue::opened(context, &token.grant, &keys, &sealed).await?;
        answer.log.subject = user_id.as_ref().map(ToString::to_string);
        return Ok(answer);
    }
    issue::conclude(context, &token.grant, &client.client_id, reply).await
}
