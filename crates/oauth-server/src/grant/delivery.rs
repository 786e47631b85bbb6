//! After the commit: the answer to the token request. A grant that a refused request has ended announces that itself.

use oauth_core::{
    Fault, base64url,
    credential::OpaqueToken,
    grant_type::GrantType,
    http::Answer,
    id::{GrantId, UserId},
    lifecycle::grant::{AnswerKey, GrantDetails, Issued, TokenRecord, TokenReply},
};

use super::mint::answer_key;
use crate::{
    access_record::AccessRecord,
    audit::{AuditEvent, Event},
    context::{Context, Stop},
    ports::{AccessTokens, Audit, Delivering, Seal},
};

/// A token response on its way to the client.
pub(crate) fn delivered(text: impl Into<Vec<u8>>) -> Answer {
    Answer {
        body: text.into(),
        ..Answer::empty(200)
    }
    .with("content-type", "application/json")
    .with("cache-control", "no-store")
    .with("pragma", "no-cache")
}

/// Turns a grant's reply into the answer to a token request.
pub(crate) async fn conclude<P: Delivering>(
    context: &Context<'_, P>,
    grant: &GrantId,
    reply: TokenReply,
) -> Result<Answer, Stop> {
    match reply {
        Ok(issued) => {
            let Issued {
                answer,
                details,
                token,
            } = *issued;
            if let Some(token) = token {
                write_record(context, grant, &details, &token).await;
            }
            record(context, grant, details.user_id.clone());
            context.log(|log| log.subject = details.user_id.map(|user_id| user_id.to_string()));
            Ok(delivered(answer))
        }
        Err(refusal) => Err(refusal.into()),
    }
}

/// Records that tokens were issued.
pub(crate) fn record<P: Audit>(context: &Context<'_, P>, grant: &GrantId, user_id: Option<UserId>) {
    let reason = context.grant_type();
    let is_refresh = reason == Some(GrantType::RefreshToken.name());
    context.record(AuditEvent {
        subject: user_id,
        grant: Some(grant.clone()),
        reason,
        ..context.event(if is_refresh {
            Event::TokensRefreshed
        } else {
            Event::TokensIssued
        })
    });
}

/// Writes the record of an opaque access token. If that fails, the token is issued all the same.
async fn write_record<P: AccessTokens>(
    context: &Context<'_, P>,
    grant: &GrantId,
    details: &GrantDetails,
    token: &TokenRecord,
) {
    let record = AccessRecord {
        version: 1,
        client_id: details.client_id.to_string(),
        sub: details.subject().to_owned(),
        scope: token.scope.clone(),
        aud: details.resource.clone(),
        iat: token.issued_at,
        exp: token.expires_at,
        grant: grant.clone(),
        jkt: token.jkt.clone(),
    };
    let text = OpaqueToken {
        grant: grant.clone(),
        expires_at: token.expires_at,
        id: token.id.clone(),
    }
    .issue(context.keyring);
    let name = OpaqueToken::record_name(context.keyring, text.expose());
    context.ports.keep_access_token(name, record).await;
}

/// Opens an answer that was stored for a retry. It was sealed under one of `keys`: their secret may have been rotated
/// since.
pub(crate) async fn opened<P: Seal>(
    context: &Context<'_, P>,
    grant: &GrantId,
    keys: &[AnswerKey],
    sealed: &str,
) -> Result<Answer, Fault> {
    let sealed = base64url::decode(sealed)
        .ok_or_else(|| Fault::new("grant.answer", "the kept answer cannot be read"))?;
    let mut last = Fault::new("grant.answer", "there is no key");
    for key in keys {
        let key = answer_key(key)?;
        let seal = context.ports.open(&key, &sealed, grant.as_str().as_bytes());
        match seal.await {
            Ok(answer) => return Ok(delivered(answer.expose().clone())),
            Err(fault) => last = fault,
        }
    }
    Err(last)
}
