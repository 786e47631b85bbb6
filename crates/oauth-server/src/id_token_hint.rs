//! The `id_token_hint` of an authorization request (OIDC Core §3.1.2.1).

use oauth_core::{
    Fault,
    id::{ClientId, UserId},
    jose::{IdTokenClaims, JwtRefused, UntrustedJwt, access_token::is_access_token_type},
};

use crate::{access_token::own_key, context::Context, ports::Keys};

/// The subject of an ID token that this server issued to this client, expired or not; `None` for any other text.
pub(crate) async fn subject<P: Keys>(
    context: &Context<'_, P>,
    client_id: &ClientId,
    hint: &str,
) -> Result<Option<UserId>, Fault> {
    let Ok(untrusted) = UntrustedJwt::parse(hint) else {
        return Ok(None);
    };
    let Some(key) = own_key(context.ports, &untrusted).await? else {
        return Ok(None);
    };
    let verified = untrusted.verify::<IdTokenClaims>(context.ports.verifier(), &key);
    let verified = match verified.await {
        Ok(verified) => verified,
        Err(JwtRefused::Jwt(_)) => return Ok(None),
        Err(JwtRefused::Fault(fault)) => return Err(fault),
    };
    let claims = verified.claims;
    let is_genuine = claims.iss == context.settings.issuer
        && claims.aud.contains(client_id.as_str())
        && !is_access_token_type(verified.token_type.as_deref());
    Ok(UserId::parse(&claims.sub).filter(|_| is_genuine))
}
