//! Revocation of the client's token at the server that issued it (RFC 7009).

use super::ports::World;
use super::run::finish;
use super::run::{FollowUp, Run};
use super::token::authentication::authenticate;
use super::token::failed::TokenFailed;
use super::token::renewal;
use super::token::source::TokenSource;
use crate::http_call::{HttpCall, Parameter};
use crate::origin::is_protected;
use crate::token_response::TokenRefused;

/// The most time that the server may take, in milliseconds.
const LIMIT: u32 = 5_000;

/// Has the server at this endpoint revoke the client's token, and continues to use it: what a client experiences whose
/// token someone else has revoked. A client that has no token requests one first. The request is made once: an operator
/// who asked for it can ask again.
pub async fn revoke(
    source: &TokenSource,
    world: &impl World,
    endpoint: &str,
) -> Result<(), TokenFailed> {
    if !is_protected(endpoint) {
        return Err(TokenFailed::Unprotected);
    }
    let follow_up = FollowUp::new("", world.milliseconds());
    let mut run = Run::new(source, world, follow_up);
    let token = renewal::token(&mut run).await;
    finish(source, world, run.follow_up).await;
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
