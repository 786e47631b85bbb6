//! Proofs of possession at the token endpoint and at the API (RFC 9449).

use oauth_core::base64url;
use oauth_core::bearer::ChallengeError;
use oauth_core::dpop::{self, ProofOf};
use oauth_core::secret::Secret;

use crate::http_call::{HttpCall, HttpReply};
use crate::m2m::ports::World;
use crate::m2m::run::hop::HopName;
use crate::m2m::settings::Binding;
use crate::m2m::token::failed::TokenFailed;
use crate::m2m::token::source::TokenSource;
use crate::token_response::read_token_response;

/// The longest nonce that the client accepts.
const LONGEST_NONCE: usize = 512;

/// The call with the token, and with a proof where tokens are bound to the client's key.
pub(in crate::m2m) async fn authorized(
    source: &TokenSource,
    world: &impl World,
    call: &HttpCall,
    token: &Secret<String>,
) -> Result<HttpCall, TokenFailed> {
    let call = call.clone();
    match source.settings().binding {
        Binding::Bearer => Ok(call.with_bearer(token)),
        Binding::Dpop => {
            let scheme = format!("DPoP {}", token.expose());
            let call = call.with_header("authorization", &scheme);
            proven(source, world, call, HopName::Api, Some(token.expose())).await
        }
    }
}

/// The token request with a proof, where tokens are to be bound to the client's key.
pub(in crate::m2m) async fn bound(
    source: &TokenSource,
    world: &impl World,
    call: HttpCall,
) -> Result<HttpCall, TokenFailed> {
    match source.settings().binding {
        Binding::Bearer => Ok(call),
        Binding::Dpop => proven(source, world, call, HopName::Token, None).await,
    }
}

async fn proven(
    source: &TokenSource,
    world: &impl World,
    call: HttpCall,
    peer: HopName,
    access_token: Option<&str>,
) -> Result<HttpCall, TokenFailed> {
    let random = world.random().map_err(TokenFailed::Fault)?;
    let key = world.key().await.map_err(TokenFailed::NoKey)?;
    let nonce = source.nonce(peer);
    let request = ProofOf {
        method: call.method.name(),
        url: &call.url,
        access_token,
        nonce: nonce.as_deref(),
        jti: &base64url::encode(&random),
        now: world.now(),
    };
    let proof = dpop::prove(&*key.signer, &key.public, &request).await;
    let proof = proof.map_err(TokenFailed::Fault)?;
    Ok(call.with_header(dpop::HEADER, &proof))
}

/// A server may give another nonce with any answer (RFC 9449 §8.2, §9).
pub(in crate::m2m) fn remember_nonce(source: &TokenSource, peer: HopName, reply: &HttpReply) {
    let nonce = reply.headers.value("dpop-nonce").filter(|nonce| {
        (1..=LONGEST_NONCE).contains(&nonce.len())
            && nonce.bytes().all(|byte| byte.is_ascii_graphic())
    });
    if let Some(nonce) = nonce {
        source.set_nonce(peer, nonce);
    }
}

/// Whether an answer has given a nonce and requires it: by its body at the token endpoint (RFC 9449 §8), by its
/// challenge at the API (§9).
pub(in crate::m2m) fn wants_nonce(source: &TokenSource, peer: HopName, reply: &HttpReply) -> bool {
    if source.settings().binding == Binding::Bearer || reply.headers.value("dpop-nonce").is_none() {
        return false;
    }
    match (peer, reply.status) {
        (HopName::Token, 400) => read_token_response(reply.status, &reply.body)
            .is_err_and(|refused| refused.slug() == "use_dpop_nonce"),
        (HopName::Api, 401) => reply.challenge_error() == Some(ChallengeError::UseDpopNonce),
        (HopName::Token | HopName::Api, _) => false,
    }
}
