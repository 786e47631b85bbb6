//! One API call with a token of the source, tried once more if the API refuses the token.

use oauth_core::jose::Signer;
use oauth_core::secret::Secret;

use super::breaker::send_through;
use super::platform::{Platform, SendFailed};
use super::token_source::TokenSource;
use super::trace::{CacheUse, CallFailed, Hop, HopName};
use crate::http_call::{HttpCall, HttpReply};

/// How a call went.
#[derive(Clone, Debug)]
pub struct Called {
    /// The API's successful answer, or why there is none.
    pub answer: Result<HttpReply, CallFailed>,
    /// Every hop, in order.
    pub hops: Vec<Hop>,
}

/// Makes the call. A token that the API calls invalid (RFC 6750 §3.1) is thrown away, and the call is
/// made once more with a new one; a second refusal stands.
pub async fn call(
    source: &TokenSource,
    platform: &impl Platform,
    signer: &impl Signer,
    call: &HttpCall,
) -> Called {
    let mut hops = Vec::new();
    for retries in 0..=1 {
        let (token, hop) = source.token(platform, signer).await;
        hops.push(Hop { retries, ..hop });
        let token = match token {
            Ok(token) => token,
            Err(failure) => {
                let answer = Err(CallFailed {
                    hop: HopName::Token,
                    error: failure.slug().to_owned(),
                    message: failure.to_string(),
                    retry_after: failure.retry_after(),
                });
                return Called { answer, hops };
            }
        };
        let (reply, mut hop) = send(source, platform, call, &token, retries).await;
        let answer = read(reply);
        hop.failure = answer.as_ref().err().map(|failed| failed.message.clone());
        hops.push(hop);
        if answer
            .as_ref()
            .is_err_and(|failed| failed.error == "invalid_token")
        {
            source.forget(&token);
            if retries == 0 {
                source.count(|counters| counters.retries += 1);
                continue;
            }
        }
        return Called { answer, hops };
    }
    Called {
        answer: Err(failed("invalid_token", TOKEN_REFUSED)),
        hops,
    }
}

const TOKEN_REFUSED: &str = "The API called the token invalid. Check that it trusts this issuer and that API_ORIGIN is its resource.";

async fn send(
    source: &TokenSource,
    platform: &impl Platform,
    call: &HttpCall,
    token: &Secret<String>,
    retries: u32,
) -> (Result<HttpReply, SendFailed>, Hop) {
    let started_at = platform.milliseconds();
    let reply = send_through(
        &source.api_breaker,
        platform,
        &call.clone().with_bearer(token),
    )
    .await;
    let hop = Hop {
        name: HopName::Api,
        method: call.method.name(),
        url: call.url.clone(),
        status: reply.as_ref().ok().map(|reply| reply.status),
        started_at,
        milliseconds: platform.milliseconds().saturating_sub(started_at),
        cache: CacheUse::None,
        retries,
        breaker: source.api_breaker.get().state(platform.now()),
        failure: None,
    };
    (reply, hop)
}

fn read(reply: Result<HttpReply, SendFailed>) -> Result<HttpReply, CallFailed> {
    let reply = reply.map_err(|failure| {
        let message = format!("The API {failure}. Check that it runs and that API is bound to it.");
        CallFailed {
            retry_after: failure.retry_after(),
            ..failed(failure.slug(), &message)
        }
    })?;
    match reply.status {
        200..=299 => Ok(reply),
        401 if challenges_with(&reply, "invalid_token") => {
            Err(failed("invalid_token", TOKEN_REFUSED))
        }
        403 if challenges_with(&reply, "insufficient_scope") => Err(failed(
            "insufficient_scope",
            "The API wants more scope than the token has.",
        )),
        status => Err(failed(
            "api_refused",
            &format!("The API answered {status}."),
        )),
    }
}

fn challenges_with(reply: &HttpReply, error: &str) -> bool {
    reply
        .headers
        .value("www-authenticate")
        .is_some_and(|challenge| challenge.contains(error))
}

fn failed(error: &str, message: &str) -> CallFailed {
    CallFailed {
        hop: HopName::Api,
        error: error.to_owned(),
        message: message.to_owned(),
        retry_after: None,
    }
}
