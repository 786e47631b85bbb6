//! `grant_type=refresh_token` (RFC 6749 §6, RFC 9700 §4.14.2).

use oauth_core::{
    Refusal,
    client::Client,
    credential::RefreshToken,
    grant_type::GrantType,
    http::{Answer, RETRY_AFTER},
    lifecycle::grant::{RefreshReply, Renewal},
    scope::Scope,
};

use super::{Grant, OpenTo, TokenRequest, delivery, request};
use crate::{
    answer,
    audit::{AuditEvent, Event},
    context::{Context, Stop},
    dpop::{self, UnusedProof},
    ports::Ports,
};

/// The refresh token grant: the token is spent, and its successor comes with the new access token.
pub(super) fn grant<P: Ports>() -> Grant<P> {
    Grant {
        name: GrantType::RefreshToken,
        open_to: OpenTo::AllClients,
        parameters: &["refresh_token", "scope", "resource"],
        exchange: |request| Box::pin(exchange(request)),
    }
}

async fn exchange<P: Ports>(request: TokenRequest<'_, P>) -> Result<Answer, Stop> {
    let TokenRequest {
        context,
        client,
        form,
        proof,
    } = request;
    let presented = form
        .one("refresh_token")?
        .ok_or(Refusal::RefreshTokenMissing)?;
    let scope = form
        .one("scope")?
        .map(Scope::parse)
        .transpose()
        .map_err(|_| Refusal::ScopeMalformed)?;
    let asked = RefreshRequest {
        presented,
        scope,
        resource: request::resource(form, context.settings)?,
        proof,
    };
    refresh(context, client.client(), asked).await
}

/// A refresh request.
pub(crate) struct RefreshRequest<'a> {
    /// The token.
    pub(crate) presented: &'a str,
    /// The scope, if the request narrows it.
    pub(crate) scope: Option<Scope>,
    /// The resource, if the request names one.
    pub(crate) resource: Option<String>,
    /// The proof that came with it.
    pub(crate) proof: Option<UnusedProof>,
}

/// Uses a refresh token of `client`.
pub(crate) async fn refresh<P: Ports>(
    context: &Context<'_, P>,
    client: &Client,
    asked: RefreshRequest<'_>,
) -> Result<Answer, Stop> {
    context.log(|log| log.grant_type = Some(GrantType::RefreshToken.name()));
    let token =
        RefreshToken::read(context.keyring, asked.presented).ok_or(Refusal::RefreshTokenUnknown)?;
    let keys = RefreshToken::answer_keys(context.keyring, asked.presented);
    let command = Box::new(Renewal {
        client_id: client.client_id.clone(),
        generation: token.generation,
        part: token.part,
        answer_key: keys.first().cloned().unwrap_or_default(),
        scope: asked.scope,
        resource: asked.resource,
        rotation: client.rotation(),
        not_before: client.not_before,
        refresh_policy: request::refresh_policy(client, context.settings),
        proved: dpop::proved(context, client, asked.proof),
    });
    match context.ports.grant(&token.grant, command).await? {
        RefreshReply::Tokens(Err(refusal @ Refusal::RefreshedTooOften)) => {
            Ok(answer::refused(refusal).with("retry-after", RETRY_AFTER))
        }
        RefreshReply::Tokens(reply) => delivery::conclude(context, &token.grant, reply).await,
        RefreshReply::Again { sealed, user_id } => {
            context.record(AuditEvent {
                subject: user_id.clone(),
                grant: Some(token.grant.clone()),
                ..context.event(Event::RefreshRepeated)
            });
            context.log(|log| log.subject = user_id.map(|user_id| user_id.to_string()));
            Ok(delivery::opened(context, &token.grant, &keys, &sealed).await?)
        }
    }
}
