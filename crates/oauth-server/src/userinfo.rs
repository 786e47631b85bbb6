//! The UserInfo endpoint (OIDC Core §5.3): claims about the person, for the bearer of their token.

use oauth_core::{
    Refusal,
    form::Form,
    http::{Answer, Incoming, Method},
    id::UserId,
    jose::{
        AccessTokenClaims, JwtRefused, Leeway, TimeError, UntrustedJwt,
        access_token::is_access_token_type,
    },
    lifecycle::grant::{Check, Command, Reply},
    scope::Scope,
};
use serde::Serialize;

use crate::{
    answer,
    context::{Context, Stop},
    grant::issue::{grant_of, unexpected},
    port::{Grants, Keys, User, Users},
    token::is_form,
};

const LEEWAY: Leeway = Leeway {
    expired: 30,
    ahead: 60,
};

#[derive(Serialize)]
struct UserInfo<'a> {
    sub: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    preferred_username: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'a str>,
}

/// Answers with the claims that the token's scope opens.
pub async fn userinfo<P>(context: &Context<'_, P>, request: &Incoming) -> Answer
where
    P: Keys + Grants + Users,
{
    match claims(context, request).await {
        Err(Stop::Refused(refusal)) => challenge(refusal),
        other => answer::json(other),
    }
}

/// A refusal with the challenge of RFC 6750 §3: bare where no token came.
fn challenge(refusal: Refusal) -> Answer {
    let (error, description) = (refusal.code().as_str(), refusal.description());
    let reason = if refusal == Refusal::TokenMissing {
        String::new()
    } else {
        format!(", error=\"{error}\", error_description=\"{description}\"")
    };
    let scope = if refusal == Refusal::OpenidScopeMissing {
        ", scope=\"openid\""
    } else {
        ""
    };
    let value = format!("Bearer realm=\"ostiary\"{reason}{scope}");
    answer::refused(refusal).with("www-authenticate", value)
}

async fn claims<P>(context: &Context<'_, P>, request: &Incoming) -> Result<Answer, Stop>
where
    P: Keys + Grants + Users,
{
    let token = bearer(request)?;
    let claims = verified(context, &token).await?;
    let scope = claims.scope.unwrap_or_default();
    if !scope.contains("openid") {
        return Err(Refusal::OpenidScopeMissing.into());
    }
    alive(context, &claims.jti).await?;
    let user_id = UserId::parse(&claims.sub).ok_or(Refusal::TokenInvalid)?;
    let user = context
        .ports
        .user(&user_id)
        .await?
        .ok_or(Refusal::TokenRevoked)?;
    let mut answer = Answer::json(200, &about(&user, &scope)).with("cache-control", "no-store");
    answer.log.subject = Some(user_id.to_string());
    answer.log.client_id = Some(claims.client_id);
    Ok(answer)
}

fn about<'a>(user: &'a User, scope: &Scope) -> UserInfo<'a> {
    let profile = scope.contains("profile");
    UserInfo {
        sub: user.user_id.as_str(),
        name: user.name.as_deref().filter(|_| profile),
        preferred_username: Some(user.username.as_str()).filter(|_| profile),
        email: user.email.as_deref().filter(|_| scope.contains("email")),
    }
}

/// The token, from the header or, for POST, from the body (RFC 6750 §2); once, never from the query.
fn bearer(request: &Incoming) -> Result<String, Refusal> {
    let in_query = Form::parse(request.query.as_bytes())
        .map_err(|_| Refusal::MalformedForm)?
        .values("access_token")
        .next()
        .is_some();
    let has_form = request.method == Method::Post && is_form(request.headers.value("content-type"));
    let in_body = if has_form {
        let form = Form::parse(&request.body).map_err(|_| Refusal::MalformedForm)?;
        form.one("access_token")?.map(str::to_owned)
    } else {
        None
    };
    match (request.headers.value("authorization"), in_body, in_query) {
        (_, _, true) | (Some(_), Some(_), _) => Err(Refusal::TokenMalformed),
        (None, Some(token), false) => Ok(token),
        (Some(header), None, false) => from_header(header),
        (None, None, false) => Err(Refusal::TokenMissing),
    }
}

fn from_header(header: &str) -> Result<String, Refusal> {
    let (scheme, token) = header.split_once(' ').ok_or(Refusal::TokenMalformed)?;
    let token = token.trim_matches(' ');
    if !scheme.eq_ignore_ascii_case("bearer") || token.is_empty() || token.contains([' ', ',']) {
        return Err(Refusal::TokenMalformed);
    }
    Ok(token.to_owned())
}

async fn verified<P: Keys>(
    context: &Context<'_, P>,
    token: &str,
) -> Result<AccessTokenClaims, Stop> {
    let untrusted = UntrustedJwt::parse(token).map_err(|_| Refusal::TokenInvalid)?;
    let keys = context.ports.public_keys().await?;
    let key = keys
        .find(untrusted.key_id(), untrusted.algorithm())
        .ok_or(Refusal::TokenInvalid)?;
    let verified = untrusted
        .verify::<AccessTokenClaims>(context.ports.verifier(), key)
        .await
        .map_err(|refused| match refused {
            JwtRefused::Jwt(_) => Stop::Refused(Refusal::TokenInvalid),
            JwtRefused::Fault(fault) => Stop::Fault(fault),
        })?;
    let claims = verified.claims;
    if !is_access_token_type(verified.token_type.as_deref())
        || claims.iss != context.settings.issuer
    {
        return Err(Refusal::TokenInvalid.into());
    }
    claims
        .check_times(context.now, LEEWAY)
        .map_err(|error| match error {
            TimeError::Expired => Refusal::TokenExpired,
            TimeError::NoExpiry | TimeError::NotYetValid | TimeError::IssuedAhead => {
                Refusal::TokenInvalid
            }
        })?;
    Ok(claims)
}

/// Whether the token's grant still counts: a replayed code or a reused refresh token ended it.
async fn alive<P: Grants>(context: &Context<'_, P>, token_id: &str) -> Result<(), Stop> {
    let grant = grant_of(token_id).ok_or(Refusal::TokenInvalid)?;
    let check = Command::Check(Check::default());
    match context.ports.grant(&grant, check).await? {
        Reply::Alive(_) => Ok(()),
        Reply::Absent | Reply::Ended { .. } => Err(Refusal::TokenRevoked.into()),
        Reply::Begun
        | Reply::Pushed
        | Reply::Request(_)
        | Reply::Mint(_)
        | Reply::Issued(_)
        | Reply::Again { .. }
        | Reply::Refused(_) => Err(unexpected().into()),
    }
}
