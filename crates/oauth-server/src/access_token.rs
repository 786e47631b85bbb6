//! The validation of an access token that this server issued: a JWT (RFC 9068), or an opaque reference that only this
//! server can resolve.

use std::rc::Rc;

use oauth_core::{
    Fault, Refusal,
    client::Client,
    clock_skew::OF_JWT_ISSUERS,
    credential::OpaqueToken,
    id::{ClientId, GrantId},
    jose::{
        AccessTokenClaims, Audience, Jwk, JwkSet, JwtRefused, TimeError, UntrustedJwt,
        access_token::{WrongParty, is_access_token_type},
    },
    lifecycle::grant::{Check, CheckReply},
};

use crate::{
    access_record::AccessRecord,
    context::{Context, Stop},
    direct_login::built_in,
    grant::mint::bound_to,
    ports::{AccessTokens, Admitting, Clients, Keys},
};

/// A genuine token that has not expired. Its grant decides whether it is still valid.
pub(crate) enum Genuine {
    /// A JWT.
    Jwt {
        /// Its claims.
        claims: Box<AccessTokenClaims>,
        /// The grant that its id names.
        grant: GrantId,
    },
    /// A reference.
    Opaque(OpaqueToken),
}

impl Genuine {
    /// Reads a token; refuses one that this server did not issue, or that has expired.
    pub(crate) async fn read<P: Keys>(context: &Context<'_, P>, text: &str) -> Result<Self, Stop> {
        if OpaqueToken::is_like(text) {
            let token = OpaqueToken::read(context.keyring, text).ok_or(Refusal::TokenInvalid)?;
            if token.expires_at <= context.now {
                return Err(Refusal::TokenExpired.into());
            }
            return Ok(Self::Opaque(token));
        }
        let claims = verified(context, text).await?;
        let grant = grant_of(&claims.jti).ok_or(Refusal::TokenInvalid)?;
        Ok(Self::Jwt {
            claims: Box::new(claims),
            grant,
        })
    }
}

/// The key of this server that a JWT names, also one that has signed since the keys were read; `None` if there is none.
pub(crate) async fn own_key(
    ports: &impl Keys,
    untrusted: &UntrustedJwt<'_>,
) -> Result<Option<Jwk>, Fault> {
    let find = |keys: &JwkSet| {
        let key = keys.find(untrusted.key_id(), untrusted.algorithm());
        key.cloned()
    };
    if let Some(key) = find(&*ports.public_keys().await?) {
        return Ok(Some(key));
    }
    Ok(find(&*ports.newer_public_keys(untrusted.key_id()).await?))
}

/// Checks a JWT's signature, type, issuer and times.
async fn verified<P: Keys>(
    context: &Context<'_, P>,
    token: &str,
) -> Result<AccessTokenClaims, Stop> {
    let untrusted = UntrustedJwt::parse(token).map_err(|_| Refusal::TokenInvalid)?;
    let key = own_key(context.ports, &untrusted).await?;
    let key = key.ok_or(Refusal::TokenInvalid)?;
    let verified = untrusted
        .verify::<AccessTokenClaims>(context.ports.verifier(), &key)
        .await
        .map_err(|refused| match refused {
            JwtRefused::Jwt(_) => Stop::Refused(Refusal::TokenInvalid),
            JwtRefused::Fault(fault) => Stop::Fault(fault),
        })?;
    let claims = verified.claims;
    if !is_access_token_type(verified.token_type.as_deref()) {
        return Err(Refusal::TokenInvalid.into());
    }
    claims
        .check_parties(&context.settings.issuer, None)
        .map_err(|_: WrongParty| Refusal::TokenInvalid)?;
    claims
        .check_times(context.now, OF_JWT_ISSUERS)
        .map_err(|error| match error {
            TimeError::Expired => Refusal::TokenExpired,
            TimeError::NoExpiry | TimeError::NotYetValid | TimeError::IssuedAhead => {
                Refusal::TokenInvalid
            }
        })?;
    Ok(claims)
}

/// The access that a token gives now: it is genuine and in time, its client is enabled and its grant active.
pub(crate) async fn live<P: Admitting>(
    context: &Context<'_, P>,
    text: &str,
) -> Result<AccessTokenClaims, Stop> {
    match Genuine::read(context, text).await? {
        Genuine::Jwt { claims, grant } => by_claims(context, &grant, *claims).await,
        Genuine::Opaque(token) => by_reference(context, &token, text).await,
    }
}

/// A JWT carries its claims; its grant decides whether it is still valid.
async fn by_claims<P: Admitting>(
    context: &Context<'_, P>,
    grant: &GrantId,
    claims: AccessTokenClaims,
) -> Result<AccessTokenClaims, Stop> {
    let not_before = enabled(context, &claims.client_id).await?.not_before;
    if not_before.is_some_and(|not_before| claims.iat.0 <= not_before) {
        return Err(Refusal::TokenRevoked.into());
    }
    let check = Check {
        not_before,
        ..Check::default()
    };
    match context.ports.grant(grant, check).await? {
        CheckReply::Alive(_) => Ok(claims),
        // A machine's grant has an object only once it has been ended.
        CheckReply::Absent if claims.sub == claims.client_id => Ok(claims),
        CheckReply::Absent | CheckReply::Ended => Err(Refusal::TokenRevoked.into()),
    }
}

/// A reference carries nothing: its grant has the claims.
async fn by_reference<P: Admitting>(
    context: &Context<'_, P>,
    token: &OpaqueToken,
    text: &str,
) -> Result<AccessTokenClaims, Stop> {
    let check = Check {
        token: Some(token.id.clone()),
        ..Check::default()
    };
    let CheckReply::Alive(alive) = context.ports.grant(&token.grant, check).await? else {
        return Err(Refusal::TokenRevoked.into());
    };
    // Only the grant knows the token's client, so whether that was disabled is checked here.
    let client = enabled(context, alive.details.client_id.as_str()).await?;
    if alive.details.is_outlived(client.not_before) {
        return Err(Refusal::TokenRevoked.into());
    }
    let (scope, issued_at, jkt) = match alive.token {
        Some(remembered) => (remembered.scope, remembered.issued_at, remembered.jkt),
        None => stored_record(context, text)
            .await
            .map(|record| (record.scope, record.iat, record.jkt))?,
    };
    let details = alive.details;
    Ok(AccessTokenClaims {
        iss: context.settings.issuer.clone(),
        sub: details.subject().to_owned(),
        aud: Audience::one(details.resource),
        client_id: details.client_id.to_string(),
        scope: Some(scope),
        jti: [token.grant.as_str(), ".", &token.id].concat(),
        iat: issued_at.into(),
        exp: token.expires_at.into(),
        nbf: None,
        auth_time: details.auth_time.map(Into::into),
        acr: None,
        cnf: jkt.map(bound_to),
    })
}

/// The record of a valid token that its grant no longer remembers. If it cannot be found, that is a fault of this
/// server and not of the token.
async fn stored_record<P: AccessTokens>(
    context: &Context<'_, P>,
    text: &str,
) -> Result<AccessRecord, Fault> {
    for name in OpaqueToken::record_names(context.keyring, text) {
        if let Some(record) = context.ports.find_access_token(&name).await? {
            return Ok(record);
        }
    }
    Err(Fault::new(
        "access_token.find",
        "a live token has no description",
    ))
}

async fn enabled<P: Clients>(
    context: &Context<'_, P>,
    client_id: &str,
) -> Result<Rc<Client>, Stop> {
    let client_id = ClientId::parse(client_id).ok_or(Refusal::TokenInvalid)?;
    if let Some(client) = built_in::by_id(&client_id) {
        return Ok(Rc::new(client));
    }
    let client = context.ports.client(&client_id).await?;
    client.ok_or_else(|| Refusal::TokenRevoked.into())
}

/// The grant that an access token's id names.
fn grant_of(token_id: &str) -> Option<GrantId> {
    GrantId::parse(token_id.split_once('.')?.0)
}
