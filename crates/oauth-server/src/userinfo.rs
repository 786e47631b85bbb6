//! The UserInfo endpoint (OIDC Core §5.3): claims about the person, for the bearer of their token.

use oauth_core::{
    Refusal,
    form::Form,
    http::{Answer, Incoming, Method},
    id::UserId,
    scope::Scope,
};
use serde::Serialize;

use crate::{
    access_token, answer,
    context::{Context, Stop},
    port::{AccessTokens, Clients, Grants, Keys, User, Users},
    token::is_form,
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
    P: Keys + Grants + Clients + AccessTokens + Users,
{
    match claims(context, request).await {
        Err(Stop::Refused(refusal)) => challenge(refusal),
        other => answer::json(other),
    }
}

/// A refusal with the challenge of RFC 6750 §3: bare where no token came.
pub(crate) fn challenge(refusal: Refusal) -> Answer {
    let (error, description) = (refusal.code().as_str(), refusal.description());
    let reason = if refusal == Refusal::TokenMissing {
        String::new()
    } else {
        format!(", error=\"{error}\", error_description=\"{description}\"")
    };
    let scope = if refusal == Refusal::OpenidScopeMissing {
        ", scope=\"openid\""
    } else if refusal == Refusal::AdminScopeMissing {
        ", scope=\"admin\""
    } else {
        ""
    };
    let value = format!("Bearer realm=\"ostiary\"{reason}{scope}");
    answer::refused(refusal).with("www-authenticate", value)
}

async fn claims<P>(context: &Context<'_, P>, request: &Incoming) -> Result<Answer, Stop>
where
    P: Keys + Grants + Clients + AccessTokens + Users,
{
    let token = bearer(request)?;
    let claims = access_token::live(context, &token).await?;
    let scope = claims.scope.unwrap_or_default();
    if !scope.contains("openid") {
        return Err(Refusal::OpenidScopeMissing.into());
    }
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
pub(crate) fn bearer(request: &Incoming) -> Result<String, Refusal> {
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
