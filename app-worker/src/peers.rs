//! The two peers behind their service bindings, called by their public URLs.

use std::time::Duration;

use edge::{Fetched, Outbound, Peer};
use oauth_client::m2m::SendFailed;
use oauth_client::{HttpCall, HttpReply};
use oauth_core::Fault;
use worker::Env;

use crate::isolate::Isolate;

/// The most time that a peer's health check may take.
const HEALTH_DEADLINE: Duration = Duration::from_millis(1500);
/// The headers of an answer that the client reads.
const HEADERS: &[&str] = &[
    "www-authenticate",
    "retry-after",
    "content-type",
    "dpop-nonce",
];

/// The peers of this worker.
pub(crate) struct Peers<'a> {
    isolate: &'a Isolate,
    env: &'a Env,
}

impl<'a> Peers<'a> {
    pub(crate) fn new(isolate: &'a Isolate, env: &'a Env) -> Self {
        Self { isolate, env }
    }

    /// The authorization server's issuer identifier.
    pub(crate) fn issuer(&self) -> &str {
        &self.isolate.config.public.issuer
    }

    /// The client's token endpoint.
    pub(crate) fn token_endpoint(&self) -> &str {
        &self.isolate.config.caller.token_endpoint
    }

    /// The status of a peer's health.
    pub(crate) async fn health(&self, origin: &str) -> Result<u16, Fault> {
        let url = format!("{origin}/health");
        let outbound = Outbound {
            deadline: HEALTH_DEADLINE,
            ..Outbound::get("peer.health", &url)
        };
        Ok(self.fetch(&outbound).await?.status)
    }

    /// Fetches through the binding of the peer whose origin the URL has.
    pub(crate) async fn fetch(&self, outbound: &Outbound<'_>) -> Result<Fetched, Fault> {
        let config = &self.isolate.config.public;
        let binding = if is_of(outbound.url, &config.issuer) {
            "AUTH"
        } else if is_of(outbound.url, &config.api) {
            "API"
        } else {
            return Err(Fault::new(outbound.what, "no peer has this origin"));
        };
        let fetcher = self
            .env
            .service(binding)
            .map_err(|error| Fault::new(outbound.what, error))?;
        Peer::Bound(fetcher).fetch(outbound).await
    }

    /// Sends a call of the machine-to-machine client, and waits at most so long for the answer.
    pub(crate) async fn send(
        &self,
        call: &HttpCall,
        limit: Duration,
    ) -> Result<HttpReply, SendFailed> {
        let headers: Vec<(&str, &str)> = call
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let body = call.body_text();
        let outbound = Outbound {
            method: call.method,
            headers: &headers,
            body: body.as_deref(),
            deadline: limit,
            wanted: HEADERS,
            ..Outbound::get("peer.call", &call.url)
        };
        let began = edge::now_millis();
        match self.fetch(&outbound).await {
            Ok(fetched) => Ok(HttpReply {
                status: fetched.status,
                headers: fetched.headers,
                body: fetched.body,
            }),
            Err(fault) => {
                let passed = edge::now_millis().saturating_sub(began);
                Err(send_failed(fault, passed, limit))
            }
        }
    }
}

/// Whether a URL has exactly this origin: `http://a.example` is not that of `http://a.example.org`.
fn is_of(url: &str, origin: &str) -> bool {
    url.strip_prefix(origin)
        .is_some_and(|rest| rest.starts_with('/'))
}

/// A failure that took the whole time allowed is a peer that did not answer in it.
fn send_failed(fault: Fault, passed_ms: i64, limit: Duration) -> SendFailed {
    if u128::from(passed_ms.unsigned_abs()) >= limit.as_millis() {
        SendFailed::TimedOut
    } else {
        SendFailed::Unreachable(fault.cause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_matched_to_its_end() {
        assert!(is_of(
            "http://localhost:8788/health",
            "http://localhost:8788"
        ));
        for url in [
            "http://localhost:87889/health",
            "http://localhost:8788@evil/",
            "http://localhost:8788",
        ] {
            assert!(!is_of(url, "http://localhost:8788"), "{url}");
        }
    }

    const LIMIT: Duration = Duration::from_secs(5);

    #[test]
    fn a_slow_peer_differs_from_an_unreachable_one() {
        let fault = || Fault::new("peer.call", "gone");
        assert_eq!(send_failed(fault(), 5001, LIMIT), SendFailed::TimedOut);
        assert_eq!(
            send_failed(fault(), 3, LIMIT),
            SendFailed::Unreachable("gone".into())
        );
    }
}
