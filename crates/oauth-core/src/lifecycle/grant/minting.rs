//! Tokens are issued in two steps: first the grant says what to mint, then it takes in what was minted for that.

use super::{Active, Issue, Issued, Minted, REMEMBERED, Reply};
use crate::UnixTime;

/// The minted tokens, if they are what is to be issued now; else they must be minted again.
pub(super) fn minted_for(issue: Issue, minted: Option<Minted>) -> Result<Minted, Reply> {
    minted
        .filter(|minted| minted.issue == issue)
        .ok_or_else(|| Reply::Mint(Box::new(issue)))
}

/// The reply with the minted tokens, once they are committed.
pub(super) fn deliver(minted: Minted) -> Reply {
    Reply::Issued(Box::new(Issued {
        answer: minted.answer,
        details: minted.issue.details,
        token: minted.token,
    }))
}

impl Active {
    /// Takes in the access token of an answer that is being committed.
    pub(super) fn issued(&mut self, minted: &Minted, now: UnixTime) {
        // An object that starts again may have a slower clock than before.
        self.issued_at = self.issued_at.max(Some(now));
        self.access_until = self.access_until.max(minted.expires_at);
        self.tokens.retain(|token| token.expires_at > now);
        if let Some(token) = &minted.token {
            if self.tokens.len() >= REMEMBERED {
                self.tokens.remove(0);
            }
            self.tokens.push(token.clone());
        }
    }
}
