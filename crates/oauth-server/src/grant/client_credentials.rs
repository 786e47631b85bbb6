//! `grant_type=client_credentials` (RFC 6749 §4.4): a machine acts for itself.

use oauth_core::{
    Refusal, authorize, base64url,
    form::Form,
    http::Answer,
    jose::{self, AccessTokenClaims, Algorithm, Audience, access_token::TOKEN_TYPE},
};

use super::issue::TokenResponse;
use crate::{
    client_auth::ClientAuthenticated,
    context::{Context, Stop},
    port::{Keys, Random},
};

/// Issues a machine's access token: one signature, nothing written, nothing to refresh
/// (RFC 6749 §4.4.3). Its `sub` is the client, which can never be a user's id.
pub(crate) async fn exchange<P>(
    context: &Context<'_, P>,
    client: &ClientAuthenticated,
    form: &Form,
) -> Result<Answer, Stop>
where
    P: Keys + Random,
{
    let client = client.client();
    if client.is_public() {
        return Err(Refusal::GrantTypeNotAllowed.into());
    }
    let scope = authorize::scope(form, client)?;
    let resource = authorize::resource(form, client, context.settings)?;
    let lifetime = context.settings.lifetimes.machine_access_token;
    let signer = context.ports.signer(Algorithm::Es256).await?;
    let claims = AccessTokenClaims {
        iss: context.settings.issuer.clone(),
        sub: client.client_id.to_string(),
        aud: Audience::one(resource),
        client_id: client.client_id.to_string(),
        scope: Some(scope.clone()),
        jti: base64url::encode(&context.ports.random::<16>()?),
        iat: context.now.into(),
        exp: context.now.plus(lifetime).into(),
        nbf: None,
        auth_time: None,
    };
    let response = TokenResponse {
        access_token: jose::mint(signer.as_ref(), TOKEN_TYPE, &claims).await?,
        token_type: "Bearer",
        expires_in: lifetime,
        scope: scope.to_string(),
        refresh_token: None,
        id_token: None,
    };
    Ok(response.answer())
}
