//! One access token for many callers: the memory of this isolate, and which of its callers renews.

use std::cell::{Cell, RefCell};
use std::fmt;

use oauth_core::UnixTime;
use oauth_core::breaker::Breaker;

use super::Token;
use super::failed::TokenFailed;
use crate::m2m::run::hop::HopName;
use crate::m2m::settings::Settings;
use crate::m2m::shared_state::Fallback;
use crate::m2m::shared_state::View;

/// The pause after a failed renewal of a token that is still valid, in seconds.
pub(in crate::m2m) const PAUSE_AFTER_FAILURE: i64 = 10;
/// A renewal that has given no sign of life for this long was left: the platform may freeze a caller whose client
/// has gone, without ever dropping it.
const LONGEST_SILENCE: i64 = 8;

#[derive(Default)]
struct Memory {
    token: Option<Token>,
    /// The generations up to this one have been refused.
    refused: u64,
    /// The last sign of life of the renewal under way.
    renewing: Option<UnixTime>,
    /// The number of renewals that have begun; the latest one has this number.
    begun: u64,
    /// The number of renewals that have ended, in whatever way.
    ended: u64,
    /// The failure of the last one, if it failed: those who waited for it share the answer.
    last_failure: Option<TokenFailed>,
    /// Before this time nothing is renewed ahead of time.
    not_before: Option<UnixTime>,
}

impl Memory {
    fn is_renewing(&self, now: UnixTime) -> bool {
        self.renewing
            .is_some_and(|sign| now.since(sign) < LONGEST_SILENCE)
    }

    fn begin(&mut self, now: UnixTime) -> u64 {
        self.renewing = Some(now);
        self.begun += 1;
        self.last_failure = None;
        self.begun
    }
}

/// The token source of one isolate. It belongs to one thread.
pub struct TokenSource {
    settings: Settings,
    purpose: String,
    memory: RefCell<Memory>,
    nonces: RefCell<[Option<String>; 2]>,
    /// Each peer's breaker, as this isolate has last seen it.
    seen: Cell<[Breaker; 2]>,
    pub(in crate::m2m) shared: Fallback,
}

/// The token stays out of every print.
impl fmt::Debug for TokenSource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "TokenSource({:?})", self.settings)
    }
}

/// A renewal. It ends when it is dropped, also half way, so that no caller waits for one that is gone.
pub(in crate::m2m) struct Renewal<'a> {
    source: &'a TokenSource,
    pub(in crate::m2m) number: u64,
}

impl Drop for Renewal<'_> {
    fn drop(&mut self) {
        let mut memory = self.source.memory.borrow_mut();
        // One that came back after it was given up must not end its successor.
        if memory.begun == self.number {
            memory.renewing = None;
            memory.ended += 1;
        }
    }
}

/// The next step of a caller.
pub(in crate::m2m) enum Next<'a> {
    Use(Token),
    Renew(Renewal<'a>),
    Wait(u64),
    Fail(TokenFailed),
}

impl TokenSource {
    /// A source without a token yet.
    pub fn new(settings: Settings) -> Self {
        Self {
            purpose: settings.purpose(),
            settings,
            memory: RefCell::default(),
            nonces: RefCell::default(),
            seen: Cell::default(),
            shared: Fallback::default(),
        }
    }

    /// The settings.
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The purpose that a token is sealed to.
    pub(in crate::m2m) fn purpose(&self) -> &str {
        &self.purpose
    }

    /// A peer, for the log.
    pub(in crate::m2m) fn peer_url(&self, peer: HopName) -> &str {
        match peer {
            HopName::Token => &self.settings.token_endpoint,
            HopName::Api => &self.settings.resource,
        }
    }

    /// Decides, and for a renewal begins it: no `.await` lies between. A valid token is used until it expires, and
    /// renewed after the answers.
    pub(in crate::m2m) fn decide(&self, now: UnixTime, waited_for: Option<u64>) -> Next<'_> {
        let mut memory = self.memory.borrow_mut();
        if let Some(token) = memory.token.as_ref().filter(|token| token.is_valid(now)) {
            return Next::Use(token.clone());
        }
        if memory.is_renewing(now) {
            return Next::Wait(memory.ended);
        }
        let over = waited_for.is_some_and(|renewal| renewal < memory.ended);
        if let Some(failure) = memory.last_failure.clone().filter(|_| over) {
            return Next::Fail(failure);
        }
        let number = memory.begin(now);
        Next::Renew(Renewal {
            source: self,
            number,
        })
    }

    /// Begins the renewal of a token that is still valid; `None` if there is no need, or one is under way or has just
    /// failed.
    pub(in crate::m2m) fn renew_ahead(&self, now: UnixTime) -> Option<Renewal<'_>> {
        let mut memory = self.memory.borrow_mut();
        let ageing = memory
            .token
            .as_ref()
            .is_some_and(|token| token.is_valid(now) && !token.is_fresh(now));
        let paused = memory.not_before.is_some_and(|time| now < time);
        if !ageing || paused || memory.is_renewing(now) {
            return None;
        }
        let number = memory.begin(now);
        Some(Renewal {
            source: self,
            number,
        })
    }

    /// Notes that a renewal is still at work.
    pub(in crate::m2m) fn keep_alive(&self, number: u64, now: UnixTime) {
        let mut memory = self.memory.borrow_mut();
        if memory.begun == number && memory.renewing.is_some() {
            memory.renewing = Some(now);
        }
    }

    /// Remembers a token, unless a newer one is known or it is among those refused. The answer is whether it is
    /// of use.
    pub(in crate::m2m) fn adopt(&self, token: &Token) -> bool {
        let mut memory = self.memory.borrow_mut();
        if token.generation <= memory.refused {
            return false;
        }
        let newest = memory.token.as_ref().map_or(0, |token| token.generation);
        if token.generation > newest {
            memory.token = Some(token.clone());
        }
        true
    }

    /// Throws away every token up to this generation; a newer one, which another caller has got meanwhile, stays.
    pub(in crate::m2m) fn refuse(&self, up_to: u64) {
        let mut memory = self.memory.borrow_mut();
        memory.refused = memory.refused.max(up_to);
        let refused = memory.refused;
        memory.token = memory
            .token
            .take()
            .filter(|token| token.generation > refused);
    }

    /// The generations up to this one have been refused.
    pub(in crate::m2m) fn refused(&self) -> u64 {
        self.memory.borrow().refused
    }

    /// The generation that is in use.
    pub(in crate::m2m) fn generation(&self) -> u64 {
        let memory = self.memory.borrow();
        memory.token.as_ref().map_or(0, |token| token.generation)
    }

    /// Whether there is a valid token.
    pub(in crate::m2m) fn has_valid(&self, now: UnixTime) -> bool {
        let memory = self.memory.borrow();
        memory
            .token
            .as_ref()
            .is_some_and(|token| token.is_valid(now))
    }

    /// Remembers how a renewal failed, for those who waited for it.
    pub(in crate::m2m) fn note_failure(&self, failure: &TokenFailed, now: UnixTime) {
        let mut memory = self.memory.borrow_mut();
        memory.last_failure = Some(failure.clone());
        memory.not_before = Some(now.plus(PAUSE_AFTER_FAILURE));
    }

    /// The nonce that a peer gave last.
    pub(in crate::m2m) fn nonce(&self, peer: HopName) -> Option<String> {
        let [token, api] = &*self.nonces.borrow();
        match peer {
            HopName::Token => token.clone(),
            HopName::Api => api.clone(),
        }
    }

    /// Remembers the nonce that a peer gave.
    pub(in crate::m2m) fn set_nonce(&self, peer: HopName, nonce: &str) {
        let [token, api] = &mut *self.nonces.borrow_mut();
        let place = match peer {
            HopName::Token => token,
            HopName::Api => api,
        };
        *place = Some(nonce.to_owned());
    }

    /// A peer's breaker, as this isolate has last seen it.
    pub(in crate::m2m) fn breaker(&self, peer: HopName) -> Breaker {
        let [token, api] = self.seen.get();
        match peer {
            HopName::Token => token,
            HopName::Api => api,
        }
    }

    /// Takes note of a peer's breaker.
    pub(in crate::m2m) fn see(&self, peer: HopName, breaker: Breaker) {
        let [token, api] = self.seen.get();
        self.seen.set(match peer {
            HopName::Token => [breaker, api],
            HopName::Api => [token, breaker],
        });
    }

    /// The view of this isolate, while the shared state is unreachable.
    pub(in crate::m2m) fn own_view(&self, view: View, now: UnixTime) -> View {
        let memory = self.memory.borrow();
        let token = memory.token.as_ref().filter(|token| token.is_valid(now));
        View {
            token: token.map(|token| (token.expires_at, token.renew_at)),
            renewing: memory.is_renewing(now),
            ..view
        }
    }
}
