//! Tokens whose signature was checked, remembered by hash: a client sends one token many times, and
//! a look-up costs a hundredth of a signature.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use oauth_core::UnixTime;
use oauth_core::jose::AccessTokenClaims;
use sha2::{Digest as _, Sha256};

/// How many tokens are remembered.
const MOST_TOKENS: usize = 1_000;

type Hash = [u8; 32];

/// Verified tokens by the hash of the whole token, signature included.
#[derive(Debug, Default)]
pub(crate) struct TokenCache {
    tokens: RefCell<BTreeMap<Hash, Rc<AccessTokenClaims>>>,
    epoch: Cell<u64>,
}

impl TokenCache {
    pub(crate) fn hash(token: &str) -> Hash {
        Sha256::digest(token.as_bytes()).into()
    }

    pub(crate) fn find(&self, hash: &Hash) -> Option<Rc<AccessTokenClaims>> {
        self.tokens.borrow().get(hash).cloned()
    }

    /// How often everything was forgotten.
    pub(crate) fn epoch(&self) -> u64 {
        self.epoch.get()
    }

    /// Remembers a token whose signature was checked in `epoch`: if all was forgotten while that took, its key
    /// may have been withdrawn. When there is no room, those that have ended go first, then all: memory is
    /// bounded, and forgetting costs one signature.
    pub(crate) fn keep(
        &self,
        hash: Hash,
        claims: Rc<AccessTokenClaims>,
        epoch: u64,
        now: UnixTime,
    ) {
        if epoch != self.epoch() {
            return;
        }
        let mut tokens = self.tokens.borrow_mut();
        if tokens.len() >= MOST_TOKENS {
            tokens.retain(|_, kept| kept.exp.0 > now);
        }
        if tokens.len() >= MOST_TOKENS {
            tokens.clear();
        }
        tokens.insert(hash, claims);
    }

    /// Forgets one token that has ended.
    pub(crate) fn forget(&self, hash: &Hash) {
        self.tokens.borrow_mut().remove(hash);
    }

    /// Forgets all, because a key may have been withdrawn.
    pub(crate) fn flush(&self) {
        self.tokens.borrow_mut().clear();
        self.epoch.set(self.epoch() + 1);
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.tokens.borrow().len()
    }
}
