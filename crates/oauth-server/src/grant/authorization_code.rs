//! `grant_type=authorization_code` (RFC 6749 §4.1.3, RFC 7636 §4.5).

use oauth_core::{
    Refusal, client::RegisteredBy, credential::AuthorizationCode, grant_type::GrantType,
    http::Answer, lifecycle::grant::Redemption,
};

use super::{Grant, OpenTo, TokenRequest, delivery, request};
use crate::{context::Stop, dpop, ports::Ports};

/// The authorization code grant.
pub(super) fn grant<P: Ports>() -> Grant<P> {
    Grant {
        name: GrantType::AuthorizationCode,
        open_to: OpenTo::AllClients,
        parameters: &["code", "redirect_uri", "code_verifier", "resource"],
        exchange: |request| Box::pin(redeem(request)),
    }
}

async fn redeem<P: Ports>(request: TokenRequest<'_, P>) -> Result<Answer, Stop> {
    let TokenRequest {
        context,
        client,
        form,
        proof,
    } = request;
    let code = form.one("code")?.ok_or(Refusal::CodeMissing)?;
    let code = AuthorizationCode::read(context.keyring, code).ok_or(Refusal::CodeUnknown)?;
    let client = client.client();
    let redirect_uri = form.one("redirect_uri")?;
    // The document may have changed since: what it lists no more gets no tokens.
    let is_listed = redirect_uri.is_none_or(|uri| client.redirect(uri).is_some());
    if client.registered_by == RegisteredBy::Document && !is_listed {
        return Err(Refusal::RedirectUriDiffers.into());
    }
    let command = Box::new(Redemption {
        client_id: client.client_id.clone(),
        client_type: request::client_type(client),
        part: code.part.clone(),
        redirect_uri: redirect_uri.map(str::to_owned),
        code_verifier: form.one("code_verifier")?.map(str::to_owned),
        resource: request::resource(form, context.settings)?,
        not_before: client.not_before,
        refresh_policy: request::refresh_policy(client, context.settings),
        proved: dpop::proved(context, client, proof),
    });
    let reply = context.ports.grant(&code.grant, command).await?;
    delivery::conclude(context, &code.grant, reply).await
}
