//! `grant_type=client_credentials` (RFC 6749 §4.4): a machine acts for itself.

use oauth_core::{
    Refusal, authorize,
    client::Client,
    form::Form,
    grant_type::GrantType,
    http::Answer,
    id::GrantId,
    lifecycle::grant::{
        GrantDetails, GrantSecret, Issue, RefreshPolicy, Refreshable, Start, TokenFormat,
    },
};

use super::{Grant, OpenTo, TokenRequest, delivery, mint::Mint};
use crate::{
    context::{Context, Stop},
    dpop,
    grant_host::{MintOutcome, Minter as _},
    ports::{Audit, Minting, Ports},
    register,
};

/// A machine has nothing to refresh (RFC 6749 §4.4.3).
const POLICY: RefreshPolicy = RefreshPolicy {
    refresh_idle: None,
    refresh_absolute: 0,
    refreshable: Refreshable::Every,
    grace: 0,
};

/// The client credentials grant.
pub(super) fn grant<P: Ports>() -> Grant<P> {
    Grant {
        name: GrantType::ClientCredentials,
        open_to: OpenTo::ConfidentialClients,
        parameters: &["scope", "resource"],
        exchange: |request| Box::pin(issue(request)),
    }
}

/// Issues a machine's access token. Its `sub` is the client, which can never be a user's id.
async fn issue<P: Ports>(request: TokenRequest<'_, P>) -> Result<Answer, Stop> {
    let TokenRequest {
        context,
        client,
        form,
        proof,
    } = request;
    let client = client.client();
    let details = details(context, client, form)?;
    let grant = GrantId::from_random(context.ports.random()?);
    let jkt = dpop::use_once(context, proof).await?;
    let answer = match details.format {
        TokenFormat::Jwt => by_signature(context, &grant, details, jkt).await?,
        TokenFormat::Opaque => {
            let command = Start {
                details: Box::new(details),
                refresh_policy: POLICY,
                jkt,
                secret: Some(GrantSecret::from_random(context.ports.random()?)),
            };
            let reply = context.ports.grant(&grant, command).await?;
            delivery::conclude(context, &grant, reply).await?
        }
    };
    register::note_use(context, client);
    Ok(answer)
}

fn details<P>(
    context: &Context<'_, P>,
    client: &Client,
    form: &Form,
) -> Result<GrantDetails, Refusal> {
    let resource = authorize::resource(form, client, context.settings)?;
    Ok(GrantDetails {
        client_id: client.client_id.clone(),
        user_id: None,
        scope: authorize::scope(form, client)?,
        format: context.settings.token_format(&resource, client),
        resource,
        auth_time: None,
        begun_at: context.now,
    })
}

/// One signature, and nothing is written. The grant that the token's id names gets an object only when the token is
/// revoked.
async fn by_signature<P: Minting + Audit>(
    context: &Context<'_, P>,
    grant: &GrantId,
    details: GrantDetails,
    jkt: Option<String>,
) -> Result<Answer, Stop> {
    let issue = Issue {
        scope: details.scope.clone(),
        generation: None,
        nonce: None,
        answer_key: None,
        details,
        jkt,
        secret: None,
    };
    match (Mint { context, grant }).mint(issue).await? {
        MintOutcome::Minted(minted) => {
            delivery::record(context, grant, None);
            Ok(delivery::delivered(minted.answer))
        }
        MintOutcome::Refused(refusal) => Err(refusal.into()),
        MintOutcome::PersonGone => Err(Refusal::UserDisabled.into()),
    }
}
