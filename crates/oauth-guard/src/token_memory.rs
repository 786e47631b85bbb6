//! Verified tokens, remembered by hash: a client sends one token many times, and a
//! look-up costs a hundredth of a signature, and less of a question to another server.

use std::cell::RefCell;
use std::rc::Rc;

use oauth_core::UnixTime;
use oauth_core::jose::AccessTokenClaims;
use sha2::{Digest as _, Sha256};

use crate::denied::TokenProblem;

/// How many tokens are remembered.
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

/// Tokens in the order of their hashes, each with the time until which it is remembered. A tree's code would be
/// larger than what it saves.
#[derive(Debug, Default)]
pub(crate) struct TokenMemory {
    tokens: RefCell<Vec<Entry>>,
}

impl TokenMemory {
    /// A verified token that has not expired.
    pub(crate) fn find(&self, hash: &Hash, now: UnixTime) -> Option<Known> {
        let tokens = self.tokens.borrow();
        let entry = tokens.get(place(&tokens, hash).ok()?)?;
        (now < entry.until).then(|| entry.known.clone())
    }

    /// Remembers a token. What is known to be bad stays so, whatever a slower request found out earlier.
    ///
    /// When there is no room, those that have ended go first, then all: memory is bounded, and forgetting
    /// costs one signature or one question.
    pub(crate) fn keep(&self, hash: Hash, known: Known, until: UnixTime, now: UnixTime) {
        if until <= now || matches!(self.find(&hash, now), Some(Known::Bad(_))) {
            return;
        }
        let mut tokens = self.tokens.borrow_mut();
        if tokens.len() >= MOST_TOKENS {
            tokens.retain(|entry| now < entry.until);
        }
        if tokens.len() >= MOST_TOKENS {
            tokens.clear();
        }
        let entry = Entry { hash, known, until };
        match place(&tokens, &hash) {
            Ok(place) => {
                if let Some(former) = tokens.get_mut(place) {
                    *former = entry;
                }
            }
            Err(place) => tokens.insert(place, entry),
        }
    }

    /// Forgets the good ones, because a key may have been withdrawn.
    pub(crate) fn forget_good(&self) {
        self.tokens
            .borrow_mut()
            .retain(|entry| matches!(entry.known, Known::Bad(_)));
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.tokens.borrow().len()
    }
}

/// Where a token is, or where it belongs.
fn place(tokens: &[Entry], hash: &Hash) -> Result<usize, usize> {
    tokens.binary_search_by(|entry| entry.hash.cmp(hash))
}
