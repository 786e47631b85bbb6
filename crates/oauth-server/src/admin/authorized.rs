//! The check for administrators: a valid access token of this server, for this server, with the scope `admin`.

use oauth_core::{Refusal, http::Incoming, id::UserId, scope::ADMIN};

use crate::{
    context::{Context, Stop},
    ports::Ports,
    presented,
};

/// An administrator. Only [`authorized`] makes one.
pub(super) struct Administrator {
    /// The `sub` of the token: a user or a machine.
    pub(super) subject: String,
}

/// Checks the token of a request: genuine, valid, for this server, with the scope.
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
        log.client_id = Some(claims.client_id);
    });
    Ok(Administrator {
        subject: claims.sub,
    })
}
