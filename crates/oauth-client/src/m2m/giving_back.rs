//! Giving a token back to the server that issued it (RFC 7009).

use super::authentication::authenticate;
use super::errand::{Errand, Rest};
use super::finish::finish;
use super::platform::World;
use super::token_failed::TokenFailed;
use super::token_source::TokenSource;
use crate::http_call::{HttpCall, Parameter};
use crate::origin::is_protected;
use crate::token_response::TokenRefused;

/// How long the server may take, in milliseconds.
const LIMIT: u32 = 5_000;

/// Has the server at this endpoint revoke the token that there is, and goes on with it: what happens to a client whose
/// token somebody else revoked. Where there is no token yet one is asked for first.
pub async fn give_back(
    source: &TokenSource,
    world: &impl World,
    endpoint: &str,
) -> Result<(), TokenFailed> {
    if !is_protected(endpoint) {
        return Err(TokenFailed::Unprotected);
    }
    let mut errand = Errand::new(source, world, Rest::new("", world.milliseconds()));
    let token = errand.token().await;
    finish(source, world, errand.rest).await;
    let call = HttpCall::post_form(
        endpoint,
        vec![Parameter::new("token", token?.text.expose())],
    );
    let call = authenticate(call, source.settings(), world).await?;
    let reply = world.send(&call, LIMIT).await.map_err(TokenFailed::Send)?;
    match reply.status {
        200 => Ok(()),
        status => Err(TokenFailed::Refused(TokenRefused::Status(status))),
    }
}
