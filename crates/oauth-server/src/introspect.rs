//! Token introspection for resource servers (RFC 7662), signed on request (RFC 9701).

use oauth_core::{
    Refusal,
    accept::media_type_weight,
    client::Client,
    credential::RefreshToken,
    http::{Answer, Incoming},
    jose::{self, AccessTokenClaims, Algorithm, Audience, Confirmation, NumericDate},
    lifecycle::grant::{Check, CheckReply},
    scope::Scope,
};
use serde::Serialize;

use crate::{
    access_token,
    audit::{AuditEvent, Event},
    client_auth,
    context::{Context, Stop},
    form_body::read_form,
    grant::mint::token_type,
    ports::{Admitting, Grants, Keys},
};

/// The `typ` of a signed answer (RFC 9701 §5).
const JWT_TYPE: &str = "token-introspection+jwt";
/// Its media type.
const JWT_MEDIA_TYPE: &str = "application/token-introspection+jwt";

/// The introspection response (RFC 7662 §2.2). The default is that of a token that is not active.
#[derive(Default, Serialize)]
struct Introspection {
    active: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<Scope>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exp: Option<NumericDate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    iat: Option<NumericDate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    aud: Option<Audience>,
    #[serde(skip_serializing_if = "Option::is_none")]
    iss: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    jti: Option<String>,
    /// RFC 9470 §6.2.
    #[serde(skip_serializing_if = "Option::is_none")]
    auth_time: Option<NumericDate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    acr: Option<String>,
    /// RFC 9449 §6.2.
    #[serde(skip_serializing_if = "Option::is_none")]
    cnf: Option<Confirmation>,
}

/// A signed answer (RFC 9701 §5). It has no `sub` and no `exp`, so that it is never taken for a token.
#[derive(Serialize)]
struct Signed<'a> {
    iss: &'a str,
    aud: &'a str,
    iat: NumericDate,
    token_introspection: &'a Introspection,
}

/// Answers an introspection request.
pub async fn introspect<P: Admitting>(
    context: &Context<'_, P>,
    request: &Incoming,
) -> Result<Answer, Stop> {
    let form = read_form(request)?;
    let caller = client_auth::authenticate_confidential(context, request, &form).await?;
    let caller = caller.client();
    // The token's prefix shows its type, so the hint (RFC 7662 §2.1) is not needed.
    let token = form.one("token")?.ok_or(Refusal::TokenParameterMissing)?;
    let found = match about(context, caller, token).await {
        Ok(found) => found,
        Err(Stop::Refused(refusal)) => {
            // Any other reason is an ordinary answer: the token is not active.
            if refusal == Refusal::TokenOfAnotherClient {
                context.record(AuditEvent {
                    reason: Some(refusal.slug()),
                    ..context.event(Event::IntrospectionRefused)
                });
            }
            Introspection::default()
        }
        Err(stop) => return Err(stop),
    };
    response(context, request, caller, &found).await
}

/// The response about a token for `caller`. A refusal gives the reason why it learns nothing.
async fn about<P: Admitting>(
    context: &Context<'_, P>,
    caller: &Client,
    token: &str,
) -> Result<Introspection, Stop> {
    if let Some(token) = RefreshToken::read(context.keyring, token) {
        return about_refresh_token(context, caller, &token).await;
    }
    let claims = access_token::live(context, token).await?;
    // No leeway: this server's own clock dated the token.
    if claims.exp.0 <= context.now {
        return Err(Refusal::TokenExpired.into());
    }
    if !may_know(caller, &claims) {
        return Err(Refusal::TokenOfAnotherClient.into());
    }
    Ok(Introspection {
        active: true,
        scope: claims.scope,
        client_id: Some(claims.client_id),
        token_type: Some(token_type(
            claims.cnf.as_ref().and_then(|cnf| cnf.jkt.as_deref()),
        )),
        exp: Some(claims.exp),
        iat: Some(claims.iat),
        sub: Some(claims.sub),
        aud: Some(claims.aud),
        iss: Some(claims.iss),
        jti: Some(claims.jti),
        auth_time: claims.auth_time,
        acr: claims.acr,
        cnf: claims.cnf,
    })
}

/// Only a token's client and the resource servers that it is for may introspect it (RFC 7662 §4).
fn may_know(caller: &Client, claims: &AccessTokenClaims) -> bool {
    let served = &caller.resource_server_for;
    claims.client_id == caller.client_id.as_str()
        || served.iter().any(|resource| claims.aud.contains(resource))
}

/// Only its client may introspect a refresh token, and only the current one is active.
async fn about_refresh_token<P: Grants>(
    context: &Context<'_, P>,
    caller: &Client,
    token: &RefreshToken,
) -> Result<Introspection, Stop> {
    let check = Check {
        generation: Some(token.generation),
        part: token.part.clone(),
        ..Check::default()
    };
    let CheckReply::Alive(alive) = context.ports.grant(&token.grant, check).await? else {
        return Err(Refusal::RefreshTokenEnded.into());
    };
    let details = alive.details;
    if details.client_id != caller.client_id {
        return Err(Refusal::TokenOfAnotherClient.into());
    }
    if caller
        .not_before
        .is_some_and(|not_before| details.begun_at <= not_before)
    {
        return Err(Refusal::RefreshTokenEnded.into());
    }
    Ok(Introspection {
        active: true,
        sub: Some(details.subject().to_owned()),
        scope: Some(details.scope),
        client_id: Some(details.client_id.to_string()),
        exp: alive.refresh_until.map(NumericDate::from),
        iss: Some(context.settings.issuer.clone()),
        ..Introspection::default()
    })
}

async fn response<P: Keys>(
    context: &Context<'_, P>,
    request: &Incoming,
    caller: &Client,
    found: &Introspection,
) -> Result<Answer, Stop> {
    if !is_jwt_wanted(request) {
        return Ok(Answer::json(200, found).with("cache-control", "no-store"));
    }
    let claims = Signed {
        iss: &context.settings.issuer,
        aud: caller.client_id.as_str(),
        iat: context.now.into(),
        token_introspection: found,
    };
    let signer = context.ports.signer(Algorithm::Rs256).await?;
    let jwt = jose::mint(signer.as_ref(), JWT_TYPE, &claims).await?;
    Ok(Answer {
        body: jwt.into_bytes(),
        ..Answer::empty(200)
    }
    .with("content-type", JWT_MEDIA_TYPE)
    .with("cache-control", "no-store"))
}

/// Whether `Accept` names the signed answer (RFC 9701 §4).
fn is_jwt_wanted(request: &Incoming) -> bool {
    const PLAIN: &[&str] = &["application/json", "application/*", "*/*"];
    let accepted = request.headers.value("accept").unwrap_or_default();
    let weight = |ranges| media_type_weight(accepted, ranges).unwrap_or_default();
    let signed = weight(&[JWT_MEDIA_TYPE]);
    signed > 0 && signed >= weight(PLAIN)
}
