//! Opaque tokens: one question to the authorization server for many requests (RFC 7662 §4).
//!
//! An answer counts from the moment of the question, never from its arrival: so a revocation is seen by every
//! request that begins later than the cache's time after it, however slow the answer was.

use std::rc::Rc;

use oauth_core::jose::{AccessTokenClaims, TimeError};
use oauth_core::{Fault, UnixTime};

use crate::config::Config;
use crate::denied::{Denied, TokenProblem};
use crate::flight::{Flight, Wish};
use crate::introspection::judge;
use crate::peer::{Peer, Unanswered};
use crate::ports::{Introspection, Timer};
use crate::token_memory::{Hash, Known, TokenMemory, hash};

/// A bad token is remembered at most this long, in seconds.
const BAD_FOR: i64 = 1;

const WHAT: &str = "guard.introspection";

/// Cached introspection responses, and calls in progress.
#[derive(Debug)]
pub(crate) struct Inquiry {
    answers: TokenMemory,
    flight: Flight<Hash, Result<Known, Unanswered>>,
    server: Peer,
}

impl Default for Inquiry {
    fn default() -> Self {
        Self {
            answers: TokenMemory::default(),
            flight: Flight::default(),
            server: Peer::new(WHAT),
        }
    }
}

impl Inquiry {
    /// The outcome for a token. A response is used for `cache` seconds.
    pub(crate) async fn admit(
        &self,
        source: &(impl Introspection + Timer),
        token: &str,
        (config, cache): (&Config, i64),
        now: UnixTime,
    ) -> Result<Rc<AccessTokenClaims>, Denied> {
        let hash = hash(token);
        let answer = match self.answers.find(&hash, now) {
            Some(known) => known,
            None => {
                self.asked(source, (token, hash), (config, cache), now)
                    .await?
            }
        };
        let claims = answer.claims()?;
        // Its end is exact, without leeway: no answer counts beyond it, and it may have ended while this request waited.
        if claims.exp.0 <= now {
            return Err(TokenProblem::Time(TimeError::Expired).into());
        }
        Ok(claims)
    }

    /// The introspection response as it was received: JSON (RFC 7662 §2.2).
    pub(crate) async fn answer(
        &self,
        source: &(impl Introspection + Timer),
        token: &str,
        now: UnixTime,
    ) -> Result<Vec<u8>, Unanswered> {
        self.server.ask(source, source.introspect(token), now).await
    }

    /// Asks, or waits for another request that does.
    async fn asked(
        &self,
        source: &(impl Introspection + Timer),
        (token, hash): (&str, Hash),
        (config, cache): (&Config, i64),
        now: UnixTime,
    ) -> Result<Known, Unanswered> {
        let wish = Wish {
            key: hash,
            asked_after: now.plus(-cache),
            known: || self.answers.find(&hash, now).map(Ok),
        };
        let ask = async || self.ask(source, (token, hash), (config, cache), now).await;
        let answer = self.flight.once(source, &wish, now, ask).await;
        answer.unwrap_or_else(|| Err(Fault::new(WHAT, "no answer to others in time").into()))
    }

    async fn ask(
        &self,
        source: &(impl Introspection + Timer),
        (token, hash): (&str, Hash),
        (config, cache): (&Config, i64),
        now: UnixTime,
    ) -> Result<Known, Unanswered> {
        let json = self.answer(source, token, now).await?;
        let known = match judge(&json, config, now)? {
            Ok(claims) => Known::Good(Rc::new(claims)),
            Err(problem) => Known::Bad(problem),
        };
        let until = match &known {
            Known::Good(claims) => now.plus(cache).min(claims.exp.0),
            Known::Bad(_) => now.plus(cache.min(BAD_FOR)),
        };
        self.answers.keep(hash, known.clone(), until, now);
        Ok(known)
    }

    /// How many answers and how many questions there are.
    #[cfg(test)]
    pub(crate) fn remembered(&self) -> (usize, usize) {
        (self.answers.len(), self.flight.len())
    }
}
