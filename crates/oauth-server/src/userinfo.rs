//! The UserInfo endpoint (OIDC Core §5.3): claims about the user, for the bearer of their token.

use oauth_core::{
    Refusal,
    http::{Answer, Incoming},
    id::UserId,
    scope::{OPENID, Scope},
};
use serde::Serialize;

use crate::{
    context::{Context, Stop},
    ports::{Ports, User},
    presented,
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
    /// The scope `email` means both (OIDC Core §5.4). An operator typed the address in, which proves nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    email_verified: Option<bool>,
}

/// Answers with the claims that the token's scope allows.
pub async fn userinfo<P: Ports>(
    context: &Context<'_, P>,
    request: &Incoming,
) -> Result<Answer, Stop> {
    let claims = presented::admitted(context, request).await?;
    let scope = claims.scope.unwrap_or_default();
    if !scope.contains(OPENID) {
        return Err(Refusal::OpenidScopeMissing.into());
    }
    let user_id = UserId::parse(&claims.sub).ok_or(Refusal::TokenInvalid)?;
    let user = context
        .ports
        .user(&user_id)
        .await?
        .ok_or(Refusal::TokenRevoked)?;
    context.log(|log| {
        log.subject = Some(user_id.to_string());
        log.client_id = Some(claims.client_id);
    });
    Ok(Answer::json(200, &about(&user, &scope)).with("cache-control", "no-store"))
}

fn about<'a>(user: &'a User, scope: &Scope) -> UserInfo<'a> {
    let profile = scope.contains("profile");
    let email = user.email.as_deref().filter(|_| scope.contains("email"));
    UserInfo {
        sub: user.user_id.as_str(),
        name: user.name.as_deref().filter(|_| profile),
        preferred_username: Some(user.username.as_str()).filter(|_| profile),
        email,
        email_verified: email.map(|_| false),
    }
}
