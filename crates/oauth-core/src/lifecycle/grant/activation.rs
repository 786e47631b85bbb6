//! The first tokens of a grant. They are issued by two ways alone: a redeemed code, which takes the proof that PKCE is
//! satisfied, and the start of a grant that never has a code.

use super::{
    Active, Family, Grant, GrantDetails, GrantSecret, Issue, Minted, Reply, Start,
    minting::{deliver, minted_for},
};
use crate::{
    Refusal, UnixTime,
    pkce::{CodeChallenge, PkceSatisfied},
};

/// The first tokens.
pub(super) struct FirstTokens {
    /// The details of the grant.
    pub(super) details: GrantDetails,
    /// The refresh tokens, where there are any.
    pub(super) family: Option<Family>,
    /// The `nonce` of the ID token.
    pub(super) nonce: Option<String>,
    /// The thumbprint of the key that the tokens are bound to.
    pub(super) jkt: Option<String>,
    /// The grant's random bytes.
    pub(super) secret: Option<GrantSecret>,
    /// The challenge of the code, where it is a public client's.
    pub(super) code_challenge: Option<CodeChallenge>,
}

/// Issues the first tokens for a code.
pub(super) fn redeemed(
    grant: Grant,
    _: PkceSatisfied,
    first: FirstTokens,
    minted: Option<Minted>,
    now: UnixTime,
) -> (Option<Grant>, Reply) {
    activate(Some(grant), first, minted, now)
}

/// Starts a grant without a code: client credentials, or a password sent by a first-party application.
pub(super) fn start(
    grant: Option<Grant>,
    start: &Start,
    minted: Option<Minted>,
    now: UnixTime,
) -> (Option<Grant>, Reply) {
    let refusal = match &grant {
        None => None,
        // The index has ended it before it began.
        Some(Grant::Ended { .. }) => Some(Refusal::EndedMeanwhile),
        Some(Grant::Pushed { .. } | Grant::CodeIssued { .. } | Grant::Active(_)) => {
            Some(Refusal::GrantExists)
        }
    };
    if let Some(refusal) = refusal {
        return (grant, Reply::Refused(refusal));
    }
    let first = FirstTokens {
        details: (*start.details).clone(),
        family: Family::begun(start.refresh_policy.within(&start.details.scope), None, now),
        nonce: None,
        jkt: start.jkt.clone(),
        secret: start.secret.clone(),
        code_challenge: None,
    };
    activate(None, first, minted, now)
}

fn activate(
    grant: Option<Grant>,
    first: FirstTokens,
    minted: Option<Minted>,
    now: UnixTime,
) -> (Option<Grant>, Reply) {
    let FirstTokens {
        details,
        family,
        nonce,
        jkt,
        secret,
        code_challenge,
    } = first;
    let issue = Issue {
        scope: details.scope.clone(),
        generation: family.as_ref().map(|family| family.current),
        nonce,
        answer_key: None,
        details: details.clone(),
        jkt,
        secret: secret.clone(),
    };
    match minted_for(issue, minted) {
        Err(mint) => (grant, mint),
        Ok(minted) => {
            let mut active = Active {
                details,
                family,
                tokens: Vec::new(),
                access_until: minted.expires_at,
                issued_at: None,
                secret,
                code_challenge,
            };
            active.issued(&minted, now);
            (Some(Grant::Active(active)), deliver(minted))
        }
    }
}
