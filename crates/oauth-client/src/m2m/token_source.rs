//! One access token for many callers: cached, renewed shortly before it expires, by one at a time.

use std::cell::{Cell, RefCell};
use std::fmt;

use oauth_core::UnixTime;
use oauth_core::breaker::{Breaker, BreakerState};
use oauth_core::jose::Signer;
use oauth_core::secret::Secret;

use super::assertion::{ASSERTION_TYPE, sign_assertion};
use super::breaker::send_through;
use super::platform::{Platform, SendFailed};
use super::token_failed::TokenFailed;
use super::trace::{CacheUse, Hop, HopName};
use crate::http_call::{HttpCall, HttpReply, Parameter};
use crate::origin::is_protected;
use crate::token_response::{Tokens, read_token_response};

/// A token whose life the server does not tell is used for a minute.
const UNTOLD_LIFE: i64 = 60;
/// A token is renewed this long before it expires, but never earlier than in its last tenth.
const LONGEST_BUFFER: i64 = 300;
/// After a failed renewal of a token that still lives, the next try waits.
const PAUSE_AFTER_FAILURE: i64 = 10;
/// The longest that a server's `Retry-After` keeps us waiting.
const LONGEST_RETRY_AFTER: i64 = 300;
/// How often, and how many times, a caller looks whether another one's renewal is done: 10 s in all.
const LOOK_EVERY_MS: u32 = 25;
const LOOKS: u32 = 400;
/// A renewal that has taken longer than this was left: the platform may freeze a caller whose client has gone,
/// without ever dropping it.
const LONGEST_RENEWAL: i64 = 8;

/// What the token is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The authorization server's issuer identifier: the assertion's audience.
    pub issuer: String,
    /// Its token endpoint.
    pub token_endpoint: String,
    /// This client.
    pub client_id: String,
    /// The scope that is asked for.
    pub scope: String,
    /// The resource that the token is for (RFC 8707).
    pub resource: String,
}

/// What the cache holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CacheState {
    /// No token that lives.
    Empty,
    /// A token that is used as it is.
    Fresh {
        /// When it expires.
        expires_at: UnixTime,
        /// When it is renewed.
        renew_at: UnixTime,
    },
    /// A token that lives, but is renewed by the next caller.
    Ageing {
        /// When it expires.
        expires_at: UnixTime,
    },
    /// A token is being asked for.
    Renewing,
}

/// What has been counted since the source was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Requests to the token endpoint.
    pub token_requests: u64,
    /// Tokens that came from the cache.
    pub cache_hits: u64,
    /// API calls that were tried again.
    pub retries: u64,
}

struct Cached {
    token: Secret<String>,
    expires_at: UnixTime,
    renew_at: UnixTime,
}

#[derive(Default)]
struct State {
    cached: Option<Cached>,
    /// When the renewal under way began.
    renewing: Option<UnixTime>,
    /// How many renewals have begun: the number of the latest one.
    begun: u64,
    /// How many renewals have ended, in whatever way.
    ended: u64,
    /// How the last one failed, if it did: those who waited for it share the answer.
    last_failure: Option<TokenFailed>,
    /// Before this time no renewal is begun.
    not_before: Option<UnixTime>,
}

/// The token source. It belongs to one thread.
pub struct TokenSource {
    settings: Settings,
    state: RefCell<State>,
    counters: Cell<Counters>,
    breaker: Cell<Breaker>,
    pub(super) api_breaker: Cell<Breaker>,
}

/// The token stays out of every print.
impl fmt::Debug for TokenSource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "TokenSource({:?})", self.settings)
    }
}

/// Ends the renewal, also if its future is dropped half way: nobody waits for a caller that left.
struct Renewal<'a> {
    source: &'a TokenSource,
    number: u64,
}

impl Drop for Renewal<'_> {
    fn drop(&mut self) {
        let mut state = self.source.state.borrow_mut();
        // One that came back after it was given up must not end its successor.
        if state.begun == self.number {
            state.renewing = None;
            state.ended += 1;
        }
    }
}

impl State {
    fn is_renewing(&self, now: UnixTime) -> bool {
        self.renewing
            .is_some_and(|began| now.since(began) < LONGEST_RENEWAL)
    }
}

/// What to do for a caller, decided in one go.
enum Next {
    Use(Secret<String>),
    Renew {
        number: u64,
        current: Option<Secret<String>>,
    },
    Wait(u64),
    Fail(TokenFailed),
}

impl TokenSource {
    /// A source without a token yet.
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            state: RefCell::default(),
            counters: Cell::default(),
            breaker: Cell::default(),
            api_breaker: Cell::default(),
        }
    }

    /// What the token is for.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// What has been counted.
    pub fn counters(&self) -> Counters {
        self.counters.get()
    }

    /// The breaker of the peer that is worse off now.
    pub fn breaker_state(&self, now: UnixTime) -> BreakerState {
        let api = self.api_breaker.get().state(now);
        self.breaker.get().state(now).max(api)
    }

    pub(super) fn count(&self, change: impl FnOnce(&mut Counters)) {
        let mut counters = self.counters.get();
        change(&mut counters);
        self.counters.set(counters);
    }

    /// What the cache holds now.
    pub fn cache_state(&self, now: UnixTime) -> CacheState {
        let state = self.state.borrow();
        match &state.cached {
            _ if state.is_renewing(now) => CacheState::Renewing,
            Some(cached) if now < cached.renew_at => CacheState::Fresh {
                expires_at: cached.expires_at,
                renew_at: cached.renew_at,
            },
            Some(cached) if now < cached.expires_at => CacheState::Ageing {
                expires_at: cached.expires_at,
            },
            Some(_) | None => CacheState::Empty,
        }
    }

    /// Throws this very token away; a newer one, which another caller has got meanwhile, stays.
    pub fn forget(&self, token: &Secret<String>) {
        let mut state = self.state.borrow_mut();
        if state
            .cached
            .as_ref()
            .is_some_and(|cached| cached.token.expose() == token.expose())
        {
            state.cached = None;
        }
    }

    /// A token that lives, and the hop that it took to get it.
    pub async fn token(
        &self,
        platform: &impl Platform,
        signer: &impl Signer,
    ) -> (Result<Secret<String>, TokenFailed>, Hop) {
        let started_at = platform.milliseconds();
        let mut waited_for = None;
        for _ in 0..LOOKS {
            match self.decide(platform.now(), waited_for) {
                Next::Use(token) => {
                    self.count(|counters| counters.cache_hits += 1);
                    return (Ok(token), self.hop(platform, started_at, CacheUse::Hit));
                }
                Next::Renew { number, current } => {
                    let renewal = Renewal {
                        source: self,
                        number,
                    };
                    let outcome = self.renew(platform, signer, started_at, current).await;
                    drop(renewal);
                    return outcome;
                }
                Next::Fail(failure) => return self.failed(platform, started_at, failure),
                Next::Wait(renewal) => {
                    waited_for.get_or_insert(renewal);
                    platform.pause(LOOK_EVERY_MS).await;
                }
            }
        }
        self.failed(platform, started_at, TokenFailed::Waited)
    }

    /// Decides and, for a renewal, takes it on: no `.await` lies between look and mark.
    fn decide(&self, now: UnixTime, waited_for: Option<u64>) -> Next {
        let mut state = self.state.borrow_mut();
        let living = state
            .cached
            .as_ref()
            .filter(|cached| now < cached.expires_at)
            .map(|cached| (cached.token.clone(), now < cached.renew_at));
        let wait = state.not_before.map_or(0, |time| time.since(now));
        match living {
            Some((token, fresh)) if fresh || state.is_renewing(now) || wait > 0 => Next::Use(token),
            None if state.is_renewing(now) => Next::Wait(state.ended),
            None if waited_for.is_some_and(|renewal| renewal < state.ended)
                && state.last_failure.is_some() =>
            {
                state
                    .last_failure
                    .clone()
                    .map_or(Next::Wait(state.ended), Next::Fail)
            }
            None if wait > 0 => Next::Fail(TokenFailed::AskedToWait(wait)),
            living => {
                state.renewing = Some(now);
                state.begun += 1;
                state.last_failure = None;
                Next::Renew {
                    number: state.begun,
                    current: living.map(|(token, _)| token),
                }
            }
        }
    }

    /// Renews. If that fails while the current token still lives, the current one goes on.
    async fn renew(
        &self,
        platform: &impl Platform,
        signer: &impl Signer,
        started_at: u64,
        current: Option<Secret<String>>,
    ) -> (Result<Secret<String>, TokenFailed>, Hop) {
        match self.request(platform, signer).await {
            Ok(token) => {
                let mut hop = self.hop(platform, started_at, CacheUse::Miss);
                hop.status = Some(200);
                (Ok(token), hop)
            }
            Err(failure) => {
                let (failed, mut hop) = self.failed(platform, started_at, failure);
                self.remember_failure(platform.now(), &failed, current.is_some());
                match current {
                    Some(token) => {
                        hop.cache = CacheUse::Hit;
                        (Ok(token), hop)
                    }
                    None => (failed, hop),
                }
            }
        }
    }

    fn remember_failure(
        &self,
        now: UnixTime,
        failed: &Result<Secret<String>, TokenFailed>,
        still_lives: bool,
    ) {
        let mut state = self.state.borrow_mut();
        state.last_failure = failed.as_ref().err().cloned();
        if still_lives && state.not_before.is_none_or(|time| time <= now) {
            state.not_before = Some(now.plus(PAUSE_AFTER_FAILURE));
        }
    }

    /// One request to the token endpoint (RFC 6749 §4.4.2 with RFC 7523 §2.2).
    async fn request(
        &self,
        platform: &impl Platform,
        signer: &impl Signer,
    ) -> Result<Secret<String>, TokenFailed> {
        if !is_protected(&self.settings.token_endpoint) {
            return Err(TokenFailed::Unprotected);
        }
        let asked_at = platform.now();
        let random = platform.random().map_err(TokenFailed::Fault)?;
        let settings = &self.settings;
        let assertion = sign_assertion(
            signer,
            &settings.client_id,
            &settings.issuer,
            asked_at,
            random,
        )
        .await
        .map_err(TokenFailed::Fault)?;
        let sent = send_through(&self.breaker, platform, &self.token_call(assertion)).await;
        if !matches!(sent, Err(SendFailed::Held(_))) {
            self.count(|counters| counters.token_requests += 1);
        }
        let reply = sent.map_err(TokenFailed::Send)?;
        self.honour_retry_after(&reply, platform.now());
        let tokens =
            read_token_response(reply.status, &reply.body).map_err(TokenFailed::Refused)?;
        self.check_scope(&tokens)?;
        Ok(self.keep(tokens, asked_at))
    }

    fn token_call(&self, assertion: String) -> HttpCall {
        let parameters = vec![
            Parameter::new("grant_type", "client_credentials"),
            Parameter::new("client_id", &self.settings.client_id),
            Parameter::new("client_assertion_type", ASSERTION_TYPE),
            Parameter::new("client_assertion", assertion),
            Parameter::new("scope", &self.settings.scope),
            Parameter::new("resource", &self.settings.resource),
        ];
        HttpCall::post_form(&self.settings.token_endpoint, parameters)
    }

    /// `Retry-After` in seconds (RFC 9110 §10.2.3); its other form, a date, is not worth a calendar.
    fn honour_retry_after(&self, reply: &HttpReply, now: UnixTime) {
        let seconds = reply
            .headers
            .value("retry-after")
            .filter(|_| matches!(reply.status, 429 | 503))
            .and_then(|value| value.trim().parse::<u32>().ok());
        if let Some(seconds) = seconds {
            let wait = i64::from(seconds).min(LONGEST_RETRY_AFTER);
            self.state.borrow_mut().not_before = Some(now.plus(wait));
        }
    }

    /// A server may grant less than was asked for (RFC 6749 §3.3): better said here than by a 403.
    fn check_scope(&self, tokens: &Tokens) -> Result<(), TokenFailed> {
        let Some(granted) = &tokens.scope else {
            return Ok(());
        };
        let enough = self
            .settings
            .scope
            .split(' ')
            .all(|scope| granted.split(' ').any(|known| known == scope));
        if enough {
            Ok(())
        } else {
            Err(TokenFailed::Scope)
        }
    }

    /// Keeps the token. Its life is counted from before the request: never too long.
    fn keep(&self, tokens: Tokens, asked_at: UnixTime) -> Secret<String> {
        let life = tokens.expires_in.map_or(UNTOLD_LIFE, i64::from);
        let buffer = (life / 10).min(LONGEST_BUFFER);
        let mut state = self.state.borrow_mut();
        state.not_before = None;
        state.cached = Some(Cached {
            token: tokens.access_token.clone(),
            expires_at: asked_at.plus(life),
            renew_at: asked_at.plus(life - buffer),
        });
        tokens.access_token
    }

    fn failed(
        &self,
        platform: &impl Platform,
        started_at: u64,
        failure: TokenFailed,
    ) -> (Result<Secret<String>, TokenFailed>, Hop) {
        let hop = Hop {
            status: failure.status(),
            failure: Some(failure.to_string()),
            ..self.hop(platform, started_at, CacheUse::Miss)
        };
        (Err(failure), hop)
    }

    fn hop(&self, platform: &impl Platform, started_at: u64, cache: CacheUse) -> Hop {
        Hop {
            name: HopName::Token,
            method: "POST",
            url: self.settings.token_endpoint.clone(),
            status: None,
            started_at,
            milliseconds: platform.milliseconds().saturating_sub(started_at),
            cache,
            retries: 0,
            breaker: self.breaker.get().state(platform.now()),
            failure: None,
        }
    }
}
