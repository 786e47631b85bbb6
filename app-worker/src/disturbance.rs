//! The disturbances that an operator's trouble causes between the client and its peers. The client does not know of them.

use std::rc::Rc;
use std::time::Duration;

use edge::{Outbound, Peer};
use oauth_client::m2m::SendFailed;
use oauth_client::m2m::run_history::Trouble;
use oauth_client::{HttpCall, HttpReply};
use oauth_core::http::Headers;
use oauth_core::jose::Algorithm;
use oauth_core::secret::Secret;
use oauth_core::{Fault, base64url};
use webcrypto::SigningKey;

use crate::peers::Peers;

/// The delay of a slow authorization server.
const SLOW: Duration = Duration::from_secs(2);
/// The `Retry-After` of a server with too many requests, in seconds.
const RETRY_AFTER: &str = "2";
/// A URL where no one listens: the discard port of this machine.
const DEAD: &str = "http://127.0.0.1:9/";

/// The fate of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// It reaches its peer.
    Arrives,
    /// It does so later.
    ArrivesLate,
    /// It is answered with this status instead.
    IsAnswered(u16),
    /// It goes where no one listens.
    IsLost,
}

fn fate(trouble: Option<Trouble>, url: &str, token_endpoint: &str) -> Fate {
    let Some(trouble) = trouble else {
        return Fate::Arrives;
    };
    match (trouble, url == token_endpoint) {
        (Trouble::Slow, true) => Fate::ArrivesLate,
        (Trouble::ServerError, true) => Fate::IsAnswered(500),
        (Trouble::TooManyRequests, true) => Fate::IsAnswered(429),
        (Trouble::DeadApi, false) => Fate::IsLost,
        (Trouble::RotatedKey | Trouble::RevokedToken, _)
        | (Trouble::Slow | Trouble::ServerError | Trouble::TooManyRequests, false)
        | (Trouble::DeadApi, true) => Fate::Arrives,
    }
}

/// Sends a request of the client, disturbed by this trouble.
pub(crate) async fn send(
    peers: &Peers<'_>,
    trouble: Option<Trouble>,
    call: &HttpCall,
    limit: Duration,
) -> Result<HttpReply, SendFailed> {
    match fate(trouble, &call.url, peers.token_endpoint()) {
        Fate::Arrives => peers.send(call, limit).await,
        Fate::ArrivesLate => {
            edge::sleep(SLOW.min(limit)).await;
            let left = limit.saturating_sub(SLOW);
            if left.is_zero() {
                return Err(SendFailed::TimedOut);
            }
            peers.send(call, left).await
        }
        Fate::IsAnswered(status) => Ok(reply(status)),
        Fate::IsLost => Err(lose(limit).await),
    }
}

fn reply(status: u16) -> HttpReply {
    let mut headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    let body = if status == 429 {
        headers.push(("retry-after".to_owned(), RETRY_AFTER.to_owned()));
        r#"{"error":"temporarily_unavailable"}"#
    } else {
        r#"{"error":"server_error"}"#
    };
    HttpReply {
        status,
        headers: Headers::new(headers),
        body: body.as_bytes().to_vec(),
    }
}

/// Calls where no one listens. Nothing of the request goes there, in case something does.
async fn lose(limit: Duration) -> SendFailed {
    let outbound = Outbound {
        deadline: limit,
        ..Outbound::get("trouble.dead_api", DEAD)
    };
    match Peer::Network.fetch(&outbound).await {
        Ok(_) => SendFailed::Unreachable("something listens there".to_owned()),
        Err(fault) => SendFailed::Unreachable(fault.cause),
    }
}

/// A key that the authorization server does not know, under the id of the one that it does.
pub(crate) async fn other_key(known: &SigningKey) -> Result<Rc<SigningKey>, Fault> {
    let made = SigningKey::generate(Algorithm::Es256).await?;
    let id = known.public().key_id.as_deref();
    SigningKey::import(&made.private, id).await.map(Rc::new)
}

/// A secret that the authorization server does not know.
pub(crate) fn other_secret() -> Option<Secret<String>> {
    let bytes = edge::random_bytes::<32>().ok()?;
    Some(Secret::new(base64url::encode(&bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "http://localhost:8788/oauth/token";
    const STUDENTS: &str = "http://localhost:8789/students";

    #[test]
    fn each_trouble_is_in_the_way_of_one_peer_alone() {
        let fates = |trouble| (fate(trouble, TOKEN, TOKEN), fate(trouble, STUDENTS, TOKEN));
        let arrives = Fate::Arrives;
        assert_eq!(fates(None), (arrives, arrives));
        for (trouble, expected) in [
            (Trouble::Slow, (Fate::ArrivesLate, arrives)),
            (Trouble::ServerError, (Fate::IsAnswered(500), arrives)),
            (Trouble::TooManyRequests, (Fate::IsAnswered(429), arrives)),
            (Trouble::RotatedKey, (arrives, arrives)),
            (Trouble::RevokedToken, (arrives, arrives)),
            (Trouble::DeadApi, (arrives, Fate::IsLost)),
        ] {
            assert_eq!(fates(Some(trouble)), expected, "{trouble:?}");
        }
    }

    #[test]
    fn a_server_that_is_asked_too_much_says_when_to_come_back() {
        assert_eq!(reply(429).headers.value("retry-after"), Some("2"));
        assert_eq!(reply(500).headers.value("retry-after"), None);
    }
}
