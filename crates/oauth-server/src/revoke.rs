//! Token revocation (RFC 7009): revoking a token ends its grant.

use oauth_core::{
    Refusal,
    client::Client,
    clock_skew::OF_JWT_ISSUERS,
    credential::RefreshToken,
    http::{Answer, Incoming},
};

use crate::{
    access_token::Genuine,
    client_auth,
    context::{Context, Stop},
    ending::{self, RevokedToken},
    form_body::read_form,
    ports::{Keys, Ports},
};

/// Answers a revocation request.
pub async fn revoke<P: Ports>(
    context: &Context<'_, P>,
    request: &Incoming,
) -> Result<Answer, Stop> {
    let form = read_form(request)?;
    let client = client_auth::authenticate(context, request, &form).await?;
    let client = client.client();
    // The token's prefix shows its type, so the hint (RFC 7009 §2.1) is not needed.
    let token = form.one("token")?.ok_or(Refusal::TokenParameterMissing)?;
    let done = Answer::empty(200).with("cache-control", "no-store");
    // An unknown or expired token counts as revoked (RFC 7009 §2.2).
    let Some(target) = target(context, client, token).await? else {
        return Ok(done);
    };
    let user_id = ending::end_grant(context, target, &client.client_id).await?;
    context.log(|log| log.subject = user_id.map(|user_id| user_id.to_string()));
    Ok(done)
}

/// The grant of a token, if this server issued the token and it has not expired.
async fn target<P: Keys>(
    context: &Context<'_, P>,
    client: &Client,
    token: &str,
) -> Result<Option<RevokedToken>, Stop> {
    // A refresh token of any generation: the answer does not reveal that an old one was spent.
    if let Some(token) = RefreshToken::read(context.keyring, token) {
        return Ok(Some(token.into()));
    }
    let (grant, until) = match Genuine::read(context, token).await {
        Ok(Genuine::Opaque(token)) => return Ok(Some(token.into())),
        Ok(Genuine::Jwt { claims, grant }) => {
            // A machine's grant has no object that could name its client.
            if claims.client_id != client.client_id.as_str() {
                return Err(Refusal::TokenOfAnotherClient.into());
            }
            let is_machine = claims.sub == claims.client_id;
            // Longer than any clock could still accept the token: without the stored end it would be valid again.
            let skew = OF_JWT_ISSUERS.expired + OF_JWT_ISSUERS.ahead;
            let until = claims.exp.0.plus(skew + 1);
            (grant, is_machine.then_some(until))
        }
        Err(Stop::Refused(_)) => return Ok(None),
        Err(stop) => return Err(stop),
    };
    Ok(Some(RevokedToken {
        grant,
        until,
        presented: None,
    }))
}
