//! The issuer's keys, kept in memory (RFC 7517, RFC 9068 §4).

use std::cell::{Cell, RefCell};

use oauth_core::jose::{Algorithm, Jwk, JwkSet};
use oauth_core::{Fault, UnixTime};

use crate::ports::KeySource;

/// After this many seconds the key set is asked for again.
const MAX_AGE: i64 = 300;
/// A key that is not in the set may be new: it is looked for at most this often, so that a flood of
/// invented ids costs the issuer one request a minute.
const LOOK_AGAIN: i64 = 60;
/// After a failure the old keys serve this long before the issuer is asked again.
const AFTER_FAILURE: i64 = 10;

/// The keys and when they were asked for.
#[derive(Debug, Default)]
pub(crate) struct KeyCache {
    keys: RefCell<Option<JwkSet>>,
    due: Cell<Option<UnixTime>>,
    asked: Cell<Option<UnixTime>>,
    /// Whether the last question was left without an answer.
    unanswered: Cell<bool>,
}

/// Whether a refresh brought other keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keys {
    Same,
    Changed,
}

impl KeyCache {
    /// Asks for the keys if they are due. If the issuer cannot be reached, the old ones stay; only
    /// without any is that a fault.
    pub(crate) async fn refresh(
        &self,
        source: &impl KeySource,
        now: UnixTime,
    ) -> Result<Keys, Fault> {
        if self.due.get().is_some_and(|due| now < due) {
            return Ok(Keys::Same);
        }
        if self.keys.borrow().is_some() {
            // One request asks; those that come meanwhile use the old keys.
            self.due.set(Some(now.plus(AFTER_FAILURE)));
        }
        match self.ask(source, now).await {
            Ok(keys) => Ok(keys),
            Err(fault) if self.keys.borrow().is_none() => Err(fault),
            Err(_) => Ok(Keys::Same),
        }
    }

    /// Looks once more for a key that is not in the set, unless that was done a moment ago. While the issuer
    /// cannot be reached it is not known whether there is such a key: that is a fault, not a bad token.
    pub(crate) async fn look_again(
        &self,
        source: &impl KeySource,
        now: UnixTime,
    ) -> Result<Keys, Fault> {
        match self.asked.get() {
            Some(asked) if now.since(asked) < self.pause() => {
                if self.unanswered.get() {
                    Err(Fault::new("guard.jwks", "the last look had no answer"))
                } else {
                    Ok(Keys::Same)
                }
            }
            _ => self.ask(source, now).await,
        }
    }

    fn pause(&self) -> i64 {
        if self.unanswered.get() {
            AFTER_FAILURE
        } else {
            LOOK_AGAIN
        }
    }

    /// The key for a token.
    pub(crate) fn find(&self, key_id: Option<&str>, algorithm: Algorithm) -> Option<Jwk> {
        let keys = self.keys.borrow();
        keys.as_ref()?.find(key_id, algorithm).cloned()
    }

    async fn ask(&self, source: &impl KeySource, now: UnixTime) -> Result<Keys, Fault> {
        self.asked.set(Some(now));
        self.unanswered.set(true);
        let json = source.fetch_jwks().await?.answer("guard.jwks")?;
        let fresh = JwkSet::parse(&json).map_err(|error| Fault::new("guard.jwks", error))?;
        if fresh.keys.is_empty() {
            return Err(Fault::new("guard.jwks", "the key set is empty"));
        }
        self.unanswered.set(false);
        self.due.set(Some(now.plus(MAX_AGE)));
        let mut keys = self.keys.borrow_mut();
        if keys.as_ref() == Some(&fresh) {
            return Ok(Keys::Same);
        }
        *keys = Some(fresh);
        Ok(Keys::Changed)
    }
}
