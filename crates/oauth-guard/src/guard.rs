//! Admission: from a request to an [`Access`], or to the reason why not (RFC 9068 §4, RFC 7662).

use std::rc::Rc;

use oauth_core::http::{Answer, Incoming};
use oauth_core::jose::access_token::is_access_token_type;
use oauth_core::jose::jwt::LONGEST_TOKEN;
use oauth_core::jose::{
    AccessTokenClaims, Jwk, JwtError, JwtRefused, Leeway, SignatureVerifier, UntrustedJwt,
};
use oauth_core::{UnixTime, base64url};

use crate::access::Access;
use crate::config::{Config, JwtRevocation, OpaqueTokens};
use crate::credentials::{Credentials, Scheme, credentials};
use crate::denied::{Denied, TokenProblem};
use crate::key_cache::{KeyCache, Keys};
use crate::metadata::metadata_url;
use crate::opaque::Inquiry;
use crate::ports::{KeySource, Sources, Tombstones};
use crate::refused::Challenger;
use crate::token_memory::{Hash, Known, TokenMemory, hash};
use crate::tombstones::{Standing, standing};

/// How far our clock and the issuer's may disagree.
pub(crate) const LEEWAY: Leeway = Leeway {
    expired: 30,
    ahead: 60,
};

/// Admits requests. One lives as long as its isolate and keeps what it has learnt.
#[derive(Debug)]
pub struct Guard<V> {
    config: Config,
    metadata_url: String,
    verifier: V,
    keys: KeyCache,
    tokens: TokenMemory,
    inquiry: Inquiry,
}

impl<V: SignatureVerifier> Guard<V> {
    /// A guard that knows no key yet.
    pub fn new(config: Config, verifier: V) -> Self {
        Self {
            metadata_url: metadata_url(&config.resource),
            config,
            verifier,
            keys: KeyCache::default(),
            tokens: TokenMemory::default(),
            inquiry: Inquiry::default(),
        }
    }

    /// Admits a request by its access token, of whichever kind.
    pub async fn admit(
        &self,
        sources: &impl Sources,
        request: &Incoming,
        now: UnixTime,
    ) -> Result<Access, Denied> {
        let Credentials { scheme: _, token } = credentials(request)?;
        match self.config.opaque {
            OpaqueTokens::Introspected { cache } if !claims_to_be_jwt(token) => {
                if token.len() > LONGEST_TOKEN {
                    return Err(JwtError::TooLong.into());
                }
                let how = (&self.config, cache);
                let claims = self.inquiry.admit(sources, token, how, now).await?;
                Ok(Access::of(claims, None))
            }
            OpaqueTokens::Introspected { .. } | OpaqueTokens::Refused => {
                let hash = hash(token);
                let claims = self.jwt(sources, token, hash, now).await?;
                self.unless_revoked(sources, hash, claims, now).await
            }
        }
    }

    /// The answer to a request that was not admitted.
    pub fn refusal(&self, denied: &Denied, request: &Incoming) -> Answer {
        denied.answer(&Challenger {
            realm: &self.config.resource,
            metadata: &self.metadata_url,
            dpop: self.config.dpop,
            scheme: Scheme::of(request),
        })
    }

    async fn jwt(
        &self,
        source: &impl KeySource,
        token: &str,
        hash: Hash,
        now: UnixTime,
    ) -> Result<Rc<AccessTokenClaims>, Denied> {
        // What does not look like a token costs the issuer nothing: keys are asked for after a look.
        if self.tokens.find(&hash, now).is_some() {
            self.noticing(self.keys.refresh(source, now).await?);
        }
        let claims = match self.tokens.find(&hash, now) {
            Some(known) => known.claims()?,
            None => self.checked(source, token, hash, now).await?,
        };
        check_time(&claims, now)?;
        Ok(claims)
    }

    /// Checks a token that is not remembered, and remembers it.
    async fn checked(
        &self,
        source: &impl KeySource,
        token: &str,
        hash: Hash,
        now: UnixTime,
    ) -> Result<Rc<AccessTokenClaims>, Denied> {
        let (claims, epoch) = self.verified(source, token, now).await?;
        let claims = Rc::new(claims);
        // If all was forgotten while the signature was checked, its key may have been withdrawn.
        if epoch == self.tokens.epoch() {
            self.remember(hash, Known::Good(Rc::clone(&claims)), &claims, now);
        }
        Ok(claims)
    }

    /// Remembers a token for as long as it could be used.
    fn remember(&self, hash: Hash, known: Known, claims: &AccessTokenClaims, now: UnixTime) {
        let until = claims.exp.0.plus(LEEWAY.expired + 1);
        self.tokens.keep(hash, known, until, now);
    }

    /// Looks at the tombstones, where we are to. That there is none is asked anew for every request; one that was found
    /// is never forgotten.
    async fn unless_revoked(
        &self,
        source: &impl Tombstones,
        hash: Hash,
        claims: Rc<AccessTokenClaims>,
        now: UnixTime,
    ) -> Result<Access, Denied> {
        let mut doubt = None;
        if self.config.revocation == JwtRevocation::ByTombstone {
            match standing(source, &claims).await {
                Standing::Alive => {}
                Standing::Revoked => {
                    let revoked = TokenProblem::Revoked;
                    self.remember(hash, Known::Bad(revoked), &claims, now);
                    return Err(revoked.into());
                }
                // An honest caller is not refused for a store that is down: the token ends soon by itself.
                Standing::Unknown(fault) => doubt = Some(fault),
            }
        }
        // Another request may have found one meanwhile.
        match self.tokens.find(&hash, now) {
            Some(Known::Bad(problem)) => Err(problem.into()),
            Some(Known::Good(_)) | None => Ok(Access::of(claims, doubt)),
        }
    }

    /// The steps of RFC 9068 §4, but for the time; with the epoch that the key is of.
    async fn verified(
        &self,
        source: &impl KeySource,
        token: &str,
        now: UnixTime,
    ) -> Result<(AccessTokenClaims, u64), Denied> {
        let jwt = UntrustedJwt::parse(token)?;
        if !is_access_token_type(jwt.token_type()) {
            return Err(TokenProblem::WrongType.into());
        }
        let key = self.key(source, &jwt, now).await?;
        let epoch = self.tokens.epoch();
        let claims: AccessTokenClaims = match jwt.verify(&self.verifier, &key).await {
            Ok(jwt) => jwt.claims,
            Err(JwtRefused::Jwt(error)) => return Err(error.into()),
            Err(JwtRefused::Fault(fault)) => return Err(fault.into()),
        };
        if claims.iss != self.config.issuer {
            Err(TokenProblem::WrongIssuer.into())
        } else if !claims.aud.contains(&self.config.resource) {
            Err(TokenProblem::WrongAudience.into())
        } else {
            Ok((claims, epoch))
        }
    }

    async fn key(
        &self,
        source: &impl KeySource,
        jwt: &UntrustedJwt<'_>,
        now: UnixTime,
    ) -> Result<Jwk, Denied> {
        self.noticing(self.keys.refresh(source, now).await?);
        if let Some(key) = self.keys.find(jwt.key_id(), jwt.algorithm()) {
            return Ok(key);
        }
        self.noticing(self.keys.look_again(source, now).await?);
        self.keys
            .find(jwt.key_id(), jwt.algorithm())
            .ok_or_else(|| TokenProblem::UnknownKey.into())
    }

    /// A key may have been withdrawn, and with it what it signed.
    fn noticing(&self, keys: Keys) {
        if keys == Keys::Changed {
            self.tokens.flush();
        }
    }
}

/// Whether a token's first part begins as a JSON object does. It is judged as a JWT then, and never as anything else:
/// a forged one costs the authorization server no question.
fn claims_to_be_jwt(token: &str) -> bool {
    token.split_once('.').is_some_and(|(header, _)| {
        let beginning = header.get(..4).unwrap_or(header);
        base64url::decode(beginning).is_some_and(|bytes| bytes.first() == Some(&b'{'))
    })
}

fn check_time(claims: &AccessTokenClaims, now: UnixTime) -> Result<(), TokenProblem> {
    claims.check_times(now, LEEWAY).map_err(TokenProblem::Time)
}

#[cfg(test)]
#[path = "guard_tests/mod.rs"]
mod tests;
