//! The check of a JWT access token (RFC 9068 §4), and the memory of those that have passed it.

use std::cell::Cell;
use std::rc::Rc;

use oauth_core::UnixTime;
use oauth_core::clock_skew::OF_JWT_ISSUERS;
use oauth_core::jose::access_token::is_access_token_type;
use oauth_core::jose::{AccessTokenClaims, Jwk, JwtRefused, SignatureVerifier, UntrustedJwt};

use crate::access::NonFatal;
use crate::config::Config;
use crate::denied::{Denied, TokenProblem};
use crate::key_cache::KeyCache;
use crate::ports::{JwtPorts, Tombstones};
use crate::token_memory::{Hash, Known, TokenMemory, hash};
use crate::tombstones::{RevocationStatus, revocation_status};

/// Checks JWTs. A token that has passed is remembered, so that its signature is verified once in an isolate.
#[derive(Debug)]
pub(crate) struct JwtTokens<V> {
    verifier: V,
    /// The issuer's, whatever the resource: the guards of one server share them.
    keys: Rc<KeyCache>,
    tokens: TokenMemory,
    /// The era of the keys that the remembered tokens were checked with.
    era: Cell<u64>,
}

impl<V: SignatureVerifier> JwtTokens<V> {
    /// A check that knows no key yet.
    pub(crate) fn new(verifier: V) -> Self {
        Self {
            verifier,
            keys: Rc::default(),
            tokens: TokenMemory::default(),
            era: Cell::default(),
        }
    }

    /// A check for another resource, with the same keys. A token that passed here has not passed there: its memory is its
    /// own.
    pub(crate) fn beside(&self) -> Self
    where
        V: Clone,
    {
        Self {
            keys: Rc::clone(&self.keys),
            ..Self::new(self.verifier.clone())
        }
    }

    /// The verifier of signatures.
    pub(crate) const fn verifier(&self) -> &V {
        &self.verifier
    }

    /// Checks a token: its claims, its hash, and the failure of a fetch of keys that were good enough without it.
    pub(crate) async fn check(
        &self,
        ports: &impl JwtPorts,
        config: &Config,
        token: &str,
        now: UnixTime,
    ) -> Result<(Rc<AccessTokenClaims>, Hash, NonFatal), Denied> {
        let hash = hash(token);
        let mut stale = None;
        // What does not look like a token costs the issuer nothing: keys are asked for after a look.
        let mut known = self.known(&hash, now);
        if known.is_some() && !self.keys.are_fresh(now) {
            stale = self.keys.refresh(ports, config, now).await?;
            known = self.known(&hash, now);
        }
        let claims = if let Some(known) = known {
            known.claims()?
        } else {
            let verified = self.verified(ports, config, token, now).await?;
            stale = verified.stale.or(stale);
            let claims = Rc::new(verified.claims);
            // If the keys changed while the signature was checked, its key may have been withdrawn.
            if verified.era == self.keys.era() {
                self.follow_keys();
                self.remember(hash, Known::Good(Rc::clone(&claims)), &claims, now);
            }
            claims
        };
        claims
            .check_times(now, OF_JWT_ISSUERS)
            .map_err(TokenProblem::Time)?;
        Ok((claims, hash, stale))
    }

    /// Refuses a token whose grant has a tombstone. Tombstones are looked up for every request; one that was found is
    /// never forgotten. A lookup that failed is tolerated.
    pub(crate) async fn unless_revoked(
        &self,
        tombstones: &impl Tombstones,
        hash: Hash,
        claims: &AccessTokenClaims,
        now: UnixTime,
    ) -> Result<NonFatal, Denied> {
        let failed = match revocation_status(tombstones, claims).await {
            RevocationStatus::Alive => None,
            RevocationStatus::Revoked => {
                let revoked = TokenProblem::Revoked;
                self.remember(hash, Known::Bad(revoked), claims, now);
                return Err(revoked.into());
            }
            // An honest caller is not refused for a store that is down: the token ends soon by itself.
            RevocationStatus::Unknown(fault) => Some(fault),
        };
        // Another request may have found one meanwhile.
        match self.tokens.find(&hash, now) {
            Some(Known::Bad(problem)) => Err(problem.into()),
            Some(Known::Good(_)) | None => Ok(failed),
        }
    }

    /// The memory of verified JWTs.
    fn known(&self, hash: &Hash, now: UnixTime) -> Option<Known> {
        self.follow_keys();
        self.tokens.find(hash, now)
    }

    /// When the keys have changed, one of them may have been withdrawn, and with it what it signed.
    fn follow_keys(&self) {
        if self.era.replace(self.keys.era()) != self.keys.era() {
            self.tokens.forget_good();
        }
    }

    /// How many tokens are remembered.
    #[cfg(test)]
    pub(crate) fn remembered(&self) -> usize {
        self.tokens.len()
    }

    /// Remembers a token for as long as it could be used.
    pub(crate) fn remember(
        &self,
        hash: Hash,
        known: Known,
        claims: &AccessTokenClaims,
        now: UnixTime,
    ) {
        let until = claims.exp.0.plus(OF_JWT_ISSUERS.expired + 1);
        self.tokens.keep(hash, known, until, now);
    }

    /// The steps of RFC 9068 §4, except for the times.
    async fn verified(
        &self,
        ports: &impl JwtPorts,
        config: &Config,
        token: &str,
        now: UnixTime,
    ) -> Result<Verified, Denied> {
        let jwt = UntrustedJwt::parse(token)?;
        if !is_access_token_type(jwt.token_type()) {
            return Err(TokenProblem::WrongType.into());
        }
        let looks = self.keys.looks();
        let stale = self.keys.refresh(ports, config, now).await?;
        let key = self.key(ports, config, &jwt, (now, looks)).await?;
        let era = self.keys.era();
        let claims: AccessTokenClaims = match jwt.verify(&self.verifier, &key).await {
            Ok(jwt) => jwt.claims,
            Err(JwtRefused::Jwt(error)) => return Err(error.into()),
            Err(JwtRefused::Fault(fault)) => return Err(fault.into()),
        };
        claims
            .check_parties(&config.issuer, Some(&config.resource))
            .map_err(TokenProblem::from)?;
        Ok(Verified { claims, era, stale })
    }

    async fn key(
        &self,
        ports: &impl JwtPorts,
        config: &Config,
        jwt: &UntrustedJwt<'_>,
        at: (UnixTime, u64),
    ) -> Result<Jwk, Denied> {
        let (key_id, algorithm) = (jwt.key_id(), jwt.algorithm());
        if let Some(key) = self.keys.find(key_id, algorithm) {
            return Ok(key);
        }
        let look = self.keys.look_again(ports, config, (key_id, algorithm), at);
        look.await?;
        let found = self.keys.find(key_id, algorithm);
        found.ok_or_else(|| TokenProblem::UnknownKey.into())
    }
}

/// A token whose signature, issuer and audience are right.
struct Verified {
    claims: AccessTokenClaims,
    /// The era of the keys that it was verified with.
    era: u64,
    /// The failure of a fetch of keys.
    stale: NonFatal,
}
