//! The check for administrators: a valid access token of this server, for this server, with the scope `admin`; for
//! changes also a recent sign-in (RFC 9470).

use oauth_core::{
    Refusal, UnixTime,
    http::Incoming,
    id::{ClientId, UserId},
    scope::ADMIN,
};

use crate::{
    context::{Context, Stop},
    ports::Ports,
    presented,
};

/// An administrator. Only [`authorized`] makes one.
pub(super) struct Administrator {
    /// The `sub` of the token: a user or a machine.
    pub(super) subject: String,
    /// The client that the token was issued to.
    pub(super) client_id: Option<ClientId>,
    /// When the user signed in.
    signed_in: Option<UnixTime>,
}

/// Checks the token of a request that changes something. A user must have signed in lately, so that a stolen token, or a
/// browser that was left open, changes nothing for long. A machine does not sign in: it authenticates for each token.
pub(super) async fn authorized_to_change<P: Ports>(
    context: &Context<'_, P>,
    request: &Incoming,
) -> Result<Administrator, Stop> {
    let by = authorized(context, request).await?;
    let max_age = context.settings.lifetimes.admin_sign_in;
    let is_recent = |time| context.now.since(time) <= max_age;
    if UserId::parse(&by.subject).is_some() && !by.signed_in.is_some_and(is_recent) {
        return Err(presented::sign_in_again(max_age).into());
    }
    Ok(by)
}

/// Checks the token of a request that only reads: genuine, valid, for this server, with the scope.
pub(super) async fn authorized<P: Ports>(
    context: &Context<'_, P>,
    request: &Incoming,
) -> Result<Administrator, Stop> {
    let claims = presented::admitted(context, request).await?;
    context.note_client(|origin| origin.acts(&claims.sub));
    if !claims.aud.contains(&context.settings.issuer) {
        return Err(Refusal::TokenForAnotherResource.into());
    }
    if !claims.scope.is_some_and(|scope| scope.contains(ADMIN)) {
        return Err(Refusal::AdminScopeMissing.into());
    }
    // A machine has no roles: its registration alone says whether it may have the scope.
    if let Some(user_id) = UserId::parse(&claims.sub) {
        let user = context.ports.user(&user_id).await?;
        let user = user.ok_or(Refusal::TokenRevoked)?;
        // The role may have been removed since the token was issued.
        if !user.roles.administrator {
            return Err(Refusal::AdminScopeMissing.into());
        }
    }
    context.log(|log| {
        log.subject = Some(claims.sub.clone());
        log.client_id = Some(claims.client_id.clone());
    });
    Ok(Administrator {
        subject: claims.sub,
        client_id: ClientId::parse(&claims.client_id),
        signed_in: claims.auth_time.map(|time| time.0),
    })
}
