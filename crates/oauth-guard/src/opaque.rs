//! Opaque tokens: one introspection for many requests (RFC 7662 §4).
//!
//! The age of a response begins when its request was sent, not when it arrived: so a revocation takes effect for every
//! request that begins later than the cache's time after it, however slow the response was.

use std::rc::Rc;

use oauth_core::credential::OpaqueToken;
use oauth_core::jose::{AccessTokenClaims, JwtError, TimeError};
use oauth_core::{Fault, UnixTime};

use crate::config::{Config, OpaqueForm};
use crate::denied::{Denied, TokenProblem};
use crate::introspection::judge;
use crate::peer::{Peer, Unanswered};
use crate::ports::OpaquePorts;
use crate::shared_request::{Lookup, SharedRequests};
use crate::token_memory::{Hash, Known, TokenMemory, hash};

/// How long a refused token is remembered at most, in seconds.
const NEGATIVE_CACHE_SECONDS: i64 = 1;

/// How many introspections may be without a response at a time. Further ones would only wait behind these.
const MOST_UNANSWERED: usize = 100;

const FAULT: &str = "guard.introspection";

/// The rules for a token and its response.
#[derive(Clone, Copy)]
pub(crate) struct Rules<'a> {
    pub(crate) config: &'a Config,
    /// How long a response is used, in seconds.
    pub(crate) cache: i64,
}

/// A token and its hash.
#[derive(Clone, Copy)]
struct Hashed<'a> {
    token: &'a str,
    hash: Hash,
}

/// Cached introspection responses, and calls in progress.
#[derive(Debug)]
pub(crate) struct IntrospectionCache {
    answers: TokenMemory,
    requests: SharedRequests<Hash, Result<Known, Unanswered>>,
    server: Peer,
}

impl Default for IntrospectionCache {
    fn default() -> Self {
        Self {
            answers: TokenMemory::default(),
            requests: SharedRequests::default(),
            server: Peer::new(FAULT),
        }
    }
}

impl IntrospectionCache {
    /// The outcome for a token.
    pub(crate) async fn admit(
        &self,
        source: &impl OpaquePorts,
        token: &str,
        rules: Rules<'_>,
        now: UnixTime,
    ) -> Result<Rc<AccessTokenClaims>, Denied> {
        if rules.config.opaque_form == OpaqueForm::Ostiary && !OpaqueToken::has_form(token) {
            return Err(JwtError::Malformed.into());
        }
        let token = Hashed {
            token,
            hash: hash(token),
        };
        let answer = match self.answers.find(&token.hash, now) {
            Some(known) => known,
            None => self.asked(source, token, rules, now).await?,
        };
        let claims = answer.claims()?;
        // Its end is exact, without leeway: no response is used beyond it, and it may have ended while this request waited.
        if claims.exp.0 <= now {
            return Err(TokenProblem::Time(TimeError::Expired).into());
        }
        Ok(claims)
    }

    /// The introspection response as it was received: JSON (RFC 7662 §2.2).
    pub(crate) async fn answer(
        &self,
        source: &impl OpaquePorts,
        token: &str,
        now: UnixTime,
    ) -> Result<Vec<u8>, Unanswered> {
        self.server.ask(source, source.introspect(token), now).await
    }

    /// Introspects, or waits for another request that does.
    async fn asked(
        &self,
        source: &impl OpaquePorts,
        token: Hashed<'_>,
        rules: Rules<'_>,
        now: UnixTime,
    ) -> Result<Known, Unanswered> {
        let lookup = Lookup {
            key: token.hash,
            asked_after: now.plus(-rules.cache),
            known: || self.answers.find(&token.hash, now).map(Ok),
        };
        let ask = async || {
            if self.requests.under_way_at(now) > MOST_UNANSWERED {
                return Err(Fault::new(FAULT, "too many are without a response").into());
            }
            self.ask(source, token, rules, now).await
        };
        let answer = self.requests.once(source, &lookup, now, ask).await;
        answer.unwrap_or_else(|| Err(Fault::new(FAULT, "no answer to others in time").into()))
    }

    async fn ask(
        &self,
        source: &impl OpaquePorts,
        token: Hashed<'_>,
        rules: Rules<'_>,
        now: UnixTime,
    ) -> Result<Known, Unanswered> {
        let json = self.answer(source, token.token, now).await?;
        let known = match judge(&json, rules.config, now)? {
            Ok(claims) => Known::Good(Rc::new(claims)),
            Err(problem) => Known::Bad(problem),
        };
        let until = match &known {
            Known::Good(claims) => now.plus(rules.cache).min(claims.exp.0),
            Known::Bad(_) => now.plus(rules.cache.min(NEGATIVE_CACHE_SECONDS)),
        };
        self.answers.keep(token.hash, known.clone(), until, now);
        Ok(known)
    }

    /// The numbers of responses and of pending requests.
    #[cfg(test)]
    pub(crate) fn remembered(&self) -> (usize, usize) {
        (self.answers.len(), self.requests.len())
    }
}
