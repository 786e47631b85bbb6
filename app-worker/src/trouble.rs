//! Trouble on demand: what can go wrong between the caller and its peers goes wrong, so that an operator sees the
//! caller cope. `POST /m2m/trouble`, for operators, and only where `TROUBLE` is on.
//!
//! A trouble stands between the caller and its peers; the caller does not know of it. It ends by itself.

use std::rc::Rc;
use std::time::Duration;

use edge::{Outbound, Peer};
use oauth_client::m2m::ledger::{Command, Reply, TROUBLE_LASTS, Trouble};
use oauth_client::m2m::{self, SendFailed};
use oauth_client::{HttpCall, HttpReply};
use oauth_core::http::{Answer, Headers, Incoming};
use oauth_core::jose::Algorithm;
use oauth_core::secret::Secret;
use oauth_core::{Fault, base64url};
use serde::Serialize;
use webcrypto::SigningKey;
use wire::Provoke;
use worker::Env;

use crate::peers::Peers;
use crate::setup::Setup;
use crate::world::World;
use crate::{ledger, operator, status};

/// How long a slow authorization server takes before it begins.
const SLOW: Duration = Duration::from_secs(2);
/// When a server that is asked too much says to come back, in seconds.
const COME_BACK: &str = "2";
/// Where nobody listens: the port of the discard protocol on this very machine.
const NOBODY: &str = "http://127.0.0.1:9/";

/// Whether operators may provoke trouble.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Troubles {
    /// There is no such route.
    #[default]
    Off,
    /// They may.
    On,
}

impl Troubles {
    /// Reads `TROUBLE`. A misspelt word is a fault: it opens nothing.
    pub(crate) fn read(source: &mut edge::Settings<'_>) -> Self {
        source.choice("TROUBLE", &[("off", Self::Off), ("on", Self::On)])
    }
}

/// The trouble that there is. Where none can be provoked nobody is asked; where the ledger is down there is none.
pub(crate) async fn current(setup: &Setup, env: &Env) -> Option<Trouble> {
    match setup.settings.troubles {
        Troubles::Off => None,
        Troubles::On => match ledger::ask(env, &Command::AskTrouble).await {
            Ok(Reply::Trouble(active)) => active.map(|active| active.trouble),
            Ok(Reply::Recorded(_) | Reply::Done | Reply::History(_)) | Err(_) => None,
        },
    }
}

/// Answers `POST /m2m/trouble` with the status as it is then.
pub(crate) async fn answer(setup: &Rc<Setup>, env: &Env, incoming: &Incoming) -> Answer {
    if setup.settings.troubles == Troubles::Off {
        return operator::refused(404, "not_found", "Trouble is switched off here.");
    }
    match operator::admit(setup, env, incoming).await {
        Ok(operator) => operator::noted(provoked(setup, env, incoming).await, operator.as_ref()),
        Err(refusal) => refusal,
    }
}

async fn provoked(setup: &Rc<Setup>, env: &Env, incoming: &Incoming) -> Answer {
    let Ok(Provoke { trouble }) = serde_json::from_slice(&incoming.body) else {
        let words = "The body is no trouble that there is.";
        return operator::refused(400, "invalid_request", words);
    };
    let world = World::new(setup, env);
    match begin(&world, trouble.map(read)).await {
        Ok(()) => {
            note(trouble, &incoming.request_id);
            status::report(setup, env).await
        }
        Err(fault) => {
            let words = "The trouble could not be brought about.";
            let mut answer = operator::refused(503, "temporarily_unavailable", words);
            answer.log.cause = Some(fault.to_string());
            answer
        }
    }
}

/// The line of a trouble that somebody has provoked or ended.
#[derive(Serialize)]
struct Line<'a> {
    event: &'static str,
    request_id: &'a str,
    trouble: Option<wire::Trouble>,
    seconds: i64,
}

fn note(trouble: Option<wire::Trouble>, request_id: &str) {
    edge::log::note(&Line {
        event: "m2m_trouble",
        request_id,
        trouble,
        seconds: trouble.map_or(0, |_| TROUBLE_LASTS),
    });
}

/// Begins a trouble, or ends the one there is. For what is in the way of the token endpoint the caller must need it, so
/// it forgets its token.
async fn begin(world: &World, trouble: Option<Trouble>) -> Result<(), Fault> {
    let source = &world.setup.source;
    if trouble == Some(Trouble::RevokedToken) {
        let endpoint = format!("{}/oauth/revoke", world.setup.settings.public.issuer);
        let given_back = m2m::give_back(source, world, &endpoint).await;
        given_back.map_err(|failed| Fault::new("trouble.revoke", failed))?;
    }
    ledger::ask(&world.env, &Command::Provoke(trouble)).await?;
    if trouble.is_some_and(is_at_the_token_endpoint) {
        m2m::forget(source, world).await;
    }
    Ok(())
}

const fn is_at_the_token_endpoint(trouble: Trouble) -> bool {
    match trouble {
        Trouble::Slow | Trouble::ServerError | Trouble::TooManyRequests | Trouble::RotatedKey => {
            true
        }
        Trouble::RevokedToken | Trouble::DeadApi => false,
    }
}

/// What happens to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// It goes to its peer.
    Arrives,
    /// It does so later.
    ArrivesLate,
    /// Something else answers it.
    IsAnswered(u16),
    /// It goes where nobody is.
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

/// Sends a call of the caller, through whatever trouble there is.
pub(crate) async fn send(
    world: &World,
    call: &HttpCall,
    limit: Duration,
) -> Result<HttpReply, SendFailed> {
    let peers = Peers::new(&world.setup, &world.env);
    let token_endpoint = &world.setup.settings.caller.token_endpoint;
    match fate(world.trouble, &call.url, token_endpoint) {
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
        headers.push(("retry-after".to_owned(), COME_BACK.to_owned()));
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

/// Calls where nobody is. Nothing of the call goes there: the port may be somebody's after all.
async fn lose(limit: Duration) -> SendFailed {
    let outbound = Outbound {
        deadline: limit,
        ..Outbound::get("trouble.dead_api", NOBODY)
    };
    match Peer::Network.fetch(&outbound).await {
        Ok(_) => SendFailed::Unreachable("somebody else listens there".to_owned()),
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

const fn read(trouble: wire::Trouble) -> Trouble {
    match trouble {
        wire::Trouble::Slow => Trouble::Slow,
        wire::Trouble::ServerError => Trouble::ServerError,
        wire::Trouble::TooManyRequests => Trouble::TooManyRequests,
        wire::Trouble::RotatedKey => Trouble::RotatedKey,
        wire::Trouble::RevokedToken => Trouble::RevokedToken,
        wire::Trouble::DeadApi => Trouble::DeadApi,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "http://localhost:8788/oauth/token";
    const STUDENTS: &str = "http://localhost:8789/students";

    #[test]
    fn trouble_is_off_unless_it_is_switched_on() {
        let read = |value: Option<&str>| {
            let mut source = edge::Settings::new(|_: &str| value.map(str::to_owned));
            let troubles = Troubles::read(&mut source);
            source.finish(troubles)
        };
        assert_eq!(read(None).unwrap(), Troubles::Off);
        assert_eq!(read(Some("off")).unwrap(), Troubles::Off);
        assert_eq!(read(Some("on")).unwrap(), Troubles::On);
        for misspelt in ["ON", "true", "1", "onn"] {
            assert!(read(Some(misspelt)).is_err(), "{misspelt}");
        }
    }

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

    #[test]
    fn what_the_pages_ask_for_is_what_the_ledger_knows() {
        for trouble in wire::Trouble::ALL {
            let known = serde_json::to_string(&read(trouble)).unwrap();
            assert_eq!(known, serde_json::to_string(&trouble).unwrap());
        }
    }
}
