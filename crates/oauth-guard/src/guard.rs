//! Admission: from a request to an [`Access`], or to the reason why not (RFC 9068 §4).

use std::rc::Rc;

use oauth_core::UnixTime;
use oauth_core::http::{Answer, Incoming};
use oauth_core::jose::access_token::is_access_token_type;
use oauth_core::jose::{
    AccessTokenClaims, Jwk, JwtRefused, Leeway, SignatureVerifier, UntrustedJwt,
};

use crate::access::Access;
use crate::credentials::bearer;
use crate::denied::{Denied, TokenProblem};
use crate::key_cache::{KeyCache, KeySource, Keys};
use crate::metadata::metadata_url;
use crate::token_cache::TokenCache;

/// How far our clock and the issuer's may disagree.
const LEEWAY: Leeway = Leeway {
    expired: 30,
    ahead: 60,
};

/// Whose tokens are accepted, and as whom.
#[derive(Clone, Debug)]
pub struct Config {
    /// The authorization server, exactly as in `iss`.
    pub issuer: String,
    /// This resource server, exactly as in `aud` (RFC 8707 §2).
    pub resource: String,
}

/// Admits requests. One lives as long as its isolate and keeps what it has learnt.
#[derive(Debug)]
pub struct Guard<V> {
    config: Config,
    metadata_url: String,
    verifier: V,
    keys: KeyCache,
    tokens: TokenCache,
}

impl<V: SignatureVerifier> Guard<V> {
    /// A guard that knows no key yet.
    pub fn new(config: Config, verifier: V) -> Self {
        Self {
            metadata_url: metadata_url(&config.resource),
            config,
            verifier,
            keys: KeyCache::default(),
            tokens: TokenCache::default(),
        }
    }

    /// Admits a request by its access token.
    pub async fn admit(
        &self,
        source: &impl KeySource,
        request: &Incoming,
        now: UnixTime,
    ) -> Result<Access, Denied> {
        let token = bearer(request)?;
        // What does not look like a token costs the issuer nothing.
        let hash = TokenCache::hash(token);
        if let Some(claims) = self.tokens.find(&hash) {
            self.noticing(self.keys.refresh(source, now).await?);
            if self.tokens.find(&hash).is_some() {
                return self.still_valid(&hash, claims, now);
            }
        }
        let (claims, epoch) = self.verified(source, token, now).await?;
        let claims = Rc::new(claims);
        check_time(&claims, now)?;
        self.tokens.keep(hash, Rc::clone(&claims), epoch, now);
        Ok(Access::of(claims))
    }

    /// The answer to a request that was not admitted.
    pub fn refusal(&self, denied: &Denied) -> Answer {
        denied.answer(&self.config.resource, &self.metadata_url)
    }

    fn still_valid(
        &self,
        hash: &[u8; 32],
        claims: Rc<AccessTokenClaims>,
        now: UnixTime,
    ) -> Result<Access, Denied> {
        check_time(&claims, now).inspect_err(|_| self.tokens.forget(hash))?;
        Ok(Access::of(claims))
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

fn check_time(claims: &AccessTokenClaims, now: UnixTime) -> Result<(), TokenProblem> {
    claims.check_times(now, LEEWAY).map_err(TokenProblem::Time)
}

#[cfg(test)]
#[path = "guard_tests.rs"]
mod tests;
