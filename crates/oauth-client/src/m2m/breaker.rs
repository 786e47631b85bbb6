//! The circuit breaker of a peer, around each request to it.

use std::cell::Cell;

use oauth_core::breaker::{Breaker, PeerFailed};

use super::platform::{Platform, SendFailed};
use crate::http_call::{HttpCall, HttpReply};

/// Sends a request if the peer's breaker lets it through.
pub(super) async fn send_through(
    breaker: &Cell<Breaker>,
    platform: &impl Platform,
    call: &HttpCall,
) -> Result<HttpReply, SendFailed> {
    let (next, pass) = breaker.get().admit(platform.now());
    breaker.set(next);
    let pass = pass.map_err(SendFailed::Held)?;
    let reply = platform.send(call).await;
    breaker.set(breaker.get().settle(pass, judge(&reply), platform.now()));
    reply
}

/// A peer that answers works, whatever it thinks of the request (4xx).
fn judge(reply: &Result<HttpReply, SendFailed>) -> Result<(), PeerFailed> {
    match reply {
        Ok(reply) if reply.status >= 500 => Err(PeerFailed::ServerError),
        Err(SendFailed::TimedOut) => Err(PeerFailed::TimedOut),
        Err(SendFailed::Unreachable(_)) => Err(PeerFailed::Unreachable),
        Ok(_) | Err(SendFailed::TooLarge | SendFailed::Held(_)) => Ok(()),
    }
}
