//! Verified tokens, remembered by hash: a client sends one token many times, and a
//! look-up costs a hundredth of a signature, and less of a question to another server.
//!
//! Good and bad ones have a memory each, so that a flood of either does not wash out the other.

use std::cell::RefCell;
use std::rc::Rc;

use oauth_core::UnixTime;
use oauth_core::jose::AccessTokenClaims;
use sha2::{Digest as _, Sha256};

use crate::denied::TokenProblem;

/// How many tokens each memory holds.
const MOST_TOKENS: usize = 1_000;

pub(crate) type Hash = [u8; 32];

/// The hash of a whole token, signature included.
pub(crate) fn hash(token: &str) -> Hash {
    Sha256::digest(token.as_bytes()).into()
}

/// A verified token.
#[derive(Clone, Debug)]
pub(crate) enum Known {
    Good(Rc<AccessTokenClaims>),
    Bad(TokenProblem),
}

impl Known {
    pub(crate) fn claims(self) -> Result<Rc<AccessTokenClaims>, TokenProblem> {
        match self {
            Self::Good(claims) => Ok(claims),
            Self::Bad(problem) => Err(problem),
        }
    }
}

#[derive(Debug)]
struct Entry {
    hash: Hash,
    known: Known,
    until: UnixTime,
}

/// The good tokens and the bad ones.
#[derive(Debug, Default)]
pub(crate) struct TokenMemory {
    good: RefCell<Tokens>,
    bad: RefCell<Tokens>,
}

impl TokenMemory {
    /// A verified token that has not expired.
    pub(crate) fn find(&self, hash: &Hash, now: UnixTime) -> Option<Known> {
        let bad = self.bad.borrow().find(hash, now);
        bad.or_else(|| self.good.borrow().find(hash, now))
    }

    /// Remembers a token. What is known to be bad stays so, whatever a slower request found out earlier.
    pub(crate) fn keep(&self, hash: Hash, known: Known, until: UnixTime, now: UnixTime) {
        if until <= now || matches!(self.find(&hash, now), Some(Known::Bad(_))) {
            return;
        }
        let memory = match known {
            Known::Good(_) => &self.good,
            Known::Bad(_) => &self.bad,
        };
        memory.borrow_mut().keep(Entry { hash, known, until }, now);
    }

    /// Forgets the good ones, because a key may have been withdrawn.
    pub(crate) fn forget_good(&self) {
        self.good.borrow_mut().0.clear();
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.good.borrow().0.len() + self.bad.borrow().0.len()
    }
}

/// Tokens in the order of their hashes, each with the time until which it is remembered. A tree's code would be
/// larger than what it saves.
#[derive(Debug, Default)]
struct Tokens(Vec<Entry>);

impl Tokens {
    fn find(&self, hash: &Hash, now: UnixTime) -> Option<Known> {
        let entry = self.0.get(self.place(hash).ok()?)?;
        (now < entry.until).then(|| entry.known.clone())
    }

    /// When there is no room, those that have ended go, or else the one that ends first: memory is bounded, and
    /// forgetting costs one signature or one question.
    fn keep(&mut self, entry: Entry, now: UnixTime) {
        if let Ok(place) = self.place(&entry.hash) {
            if let Some(former) = self.0.get_mut(place) {
                *former = entry;
            }
            return;
        }
        if self.0.len() >= MOST_TOKENS {
            self.0.retain(|entry| now < entry.until);
        }
        if self.0.len() >= MOST_TOKENS {
            let entries = self.0.iter().enumerate();
            let first = entries.min_by_key(|(_, entry)| entry.until);
            if let Some((place, _)) = first {
                self.0.remove(place);
            }
        }
        let place = self.place(&entry.hash).unwrap_or_else(|place| place);
        self.0.insert(place, entry);
    }

    /// Where a token is, or where it belongs.
    fn place(&self, hash: &Hash) -> Result<usize, usize> {
        self.0.binary_search_by(|entry| entry.hash.cmp(hash))
    }
}
