//! Admission: from a request to an [`Access`], or to the reason why not (RFC 9068 §4, RFC 7662).

use std::cell::Cell;
use std::rc::Rc;

use oauth_core::clock_skew::OF_JWT_ISSUERS;
use oauth_core::http::{Answer, Incoming};
use oauth_core::jose::access_token::is_access_token_type;
use oauth_core::jose::jwt::LONGEST_TOKEN;
use oauth_core::jose::{
    AccessTokenClaims, Jwk, JwtError, JwtRefused, SignatureVerifier, UntrustedJwt,
};
use oauth_core::protected_resource::metadata_url;
use oauth_core::{Fault, UnixTime, base64url};

use crate::access::Access;
use crate::binding::{self, Sent};
use crate::config::{ClientRate, Config, Dpop, JwtRevocation, OpaqueTokens};
use crate::credentials::{Credentials, Scheme, credentials};
use crate::denied::{Denied, TokenProblem};
use crate::key_cache::KeyCache;
use crate::opaque::Inquiry;
use crate::ports::{Introspection, KeyCopies, KeySource, Ports, RateLimits, Timer, Tombstones};
use crate::refused::Challenger;
use crate::token_memory::{Hash, Known, TokenMemory, hash};
use crate::tombstones::{RevocationStatus, revocation_status};
use crate::within::within;

/// How long a request waits to hear whether its client comes too often.
const RATE_MS: u32 = 500;

/// The failure of a check without which a request is admitted all the same.
type Tolerated = Option<Fault>;

/// A good token's claims, and the hash of a JWT.
type Good = (Rc<AccessTokenClaims>, Option<Hash>);

/// Admits requests. One lives as long as its isolate and keeps what it has learnt.
#[derive(Debug)]
pub struct Guard<V> {
    config: Config,
    metadata_url: Option<String>,
    verifier: V,
    keys: KeyCache,
    tokens: TokenMemory,
    /// The era of the keys that the remembered tokens were checked with.
    era: Cell<u64>,
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
            era: Cell::default(),
            inquiry: Inquiry::default(),
        }
    }

    /// Admits a request by its access token, of whichever kind: the token itself, what it is bound to, how often its client
    /// comes, whether it was revoked.
    pub async fn admit(
        &self,
        ports: &impl Ports,
        request: &Incoming,
        now: UnixTime,
    ) -> Result<Access, Denied> {
        let credentials = credentials(request)?;
        if credentials.scheme == Scheme::Dpop && self.config.dpop == Dpop::Off {
            return Err(Denied::NoCredentials);
        }
        let mut tolerated = None;
        let (claims, hash) = self.token(ports, credentials, now, &mut tolerated).await?;
        let sent = Sent {
            request,
            credentials,
            claims: &claims,
            now,
        };
        binding::check(&self.config, &self.verifier, ports, sent).await?;
        self.within_rate(ports, &claims, &mut tolerated).await?;
        if let (JwtRevocation::ByTombstone, Some(hash)) = (self.config.revocation, hash) {
            self.unless_revoked(ports, hash, &claims, now, &mut tolerated)
                .await?;
        }
        Ok(Access::of(claims, tolerated))
    }

    /// The answer to a request that was not admitted.
    pub fn refusal(&self, denied: &Denied, request: &Incoming) -> Answer {
        denied.answer(&Challenger {
            realm: &self.config.resource,
            metadata: self.metadata_url.as_deref(),
            dpop: self.config.dpop,
            scheme: Scheme::of(request),
        })
    }

    /// Introspects the token of an admitted request, now: the JSON of the response
    /// (RFC 7662 §2.2). It is asked as for any opaque token, but for what is remembered.
    pub async fn introspection(
        &self,
        ports: &(impl Introspection + Timer),
        request: &Incoming,
        now: UnixTime,
    ) -> Result<Vec<u8>, Denied> {
        let token = credentials(request)?.token;
        Ok(self.inquiry.answer(ports, token, now).await?)
    }

    async fn token(
        &self,
        ports: &impl Ports,
        Credentials { token, .. }: Credentials<'_>,
        now: UnixTime,
        tolerated: &mut Tolerated,
    ) -> Result<Good, Denied> {
        match self.config.opaque {
            OpaqueTokens::Introspected { cache } if !claims_to_be_jwt(token) => {
                if token.len() > LONGEST_TOKEN {
                    return Err(JwtError::TooLong.into());
                }
                let how = (&self.config, cache);
                let claims = self.inquiry.admit(ports, token, how, now).await?;
                Ok((claims, None))
            }
            OpaqueTokens::Introspected { .. } | OpaqueTokens::Refused => {
                let hash = hash(token);
                let claims = self.jwt(ports, token, hash, now, tolerated).await?;
                claims
                    .check_times(now, OF_JWT_ISSUERS)
                    .map_err(TokenProblem::Time)?;
                Ok((claims, Some(hash)))
            }
        }
    }

    async fn jwt(
        &self,
        ports: &(impl KeySource + KeyCopies + Timer),
        token: &str,
        hash: Hash,
        now: UnixTime,
        tolerated: &mut Tolerated,
    ) -> Result<Rc<AccessTokenClaims>, Denied> {
        // What does not look like a token costs the issuer nothing: keys are asked for after a look.
        let mut known = self.known(&hash, now);
        if known.is_some() && !self.keys.are_fresh(now) {
            let stale = self.keys.refresh(ports, &self.config, now).await?;
            *tolerated = stale.or(tolerated.take());
            known = self.known(&hash, now);
        }
        match known {
            Some(known) => Ok(known.claims()?),
            None => self.checked(ports, token, hash, now, tolerated).await,
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

    /// Checks a token that is not remembered, and remembers it.
    async fn checked(
        &self,
        ports: &(impl KeySource + KeyCopies + Timer),
        token: &str,
        hash: Hash,
        now: UnixTime,
        tolerated: &mut Tolerated,
    ) -> Result<Rc<AccessTokenClaims>, Denied> {
        let (claims, era) = self.verified(ports, token, now, tolerated).await?;
        let claims = Rc::new(claims);
        // If the keys changed while the signature was checked, its key may have been withdrawn.
        if era == self.keys.era() {
            self.follow_keys();
            self.remember(hash, Known::Good(Rc::clone(&claims)), &claims, now);
        }
        Ok(claims)
    }

    /// Remembers a token for as long as it could be used.
    fn remember(&self, hash: Hash, known: Known, claims: &AccessTokenClaims, now: UnixTime) {
        let until = claims.exp.0.plus(OF_JWT_ISSUERS.expired + 1);
        self.tokens.keep(hash, known, until, now);
    }

    async fn within_rate(
        &self,
        ports: &(impl RateLimits + Timer),
        claims: &AccessTokenClaims,
        tolerated: &mut Tolerated,
    ) -> Result<(), Denied> {
        let ClientRate::Limited { period } = self.config.rate else {
            return Ok(());
        };
        let counted = ports.within_rate(&claims.client_id);
        match within(ports, RATE_MS, counted).await {
            Some(Ok(true)) => {}
            Some(Ok(false)) => return Err(Denied::TooManyRequests { seconds: period }),
            // An honest client is not refused for a counter that is down.
            Some(Err(fault)) => *tolerated = Some(fault),
            None => *tolerated = Some(Fault::new("guard.rate", "no answer in time")),
        }
        Ok(())
    }

    /// Looks at the tombstones. That there is none is asked anew for every request; one that was found is never
    /// forgotten.
    async fn unless_revoked(
        &self,
        source: &impl Tombstones,
        hash: Hash,
        claims: &AccessTokenClaims,
        now: UnixTime,
        tolerated: &mut Tolerated,
    ) -> Result<(), Denied> {
        match revocation_status(source, claims).await {
            RevocationStatus::Alive => {}
            RevocationStatus::Revoked => {
                let revoked = TokenProblem::Revoked;
                self.remember(hash, Known::Bad(revoked), claims, now);
                return Err(revoked.into());
            }
            // An honest caller is not refused for a store that is down: the token ends soon by itself.
            RevocationStatus::Unknown(fault) => *tolerated = Some(fault),
        }
        // Another request may have found one meanwhile.
        match self.tokens.find(&hash, now) {
            Some(Known::Bad(problem)) => Err(problem.into()),
            Some(Known::Good(_)) | None => Ok(()),
        }
    }

    /// The steps of RFC 9068 §4, but for the time; with the era of the keys.
    async fn verified(
        &self,
        ports: &(impl KeySource + KeyCopies + Timer),
        token: &str,
        now: UnixTime,
        tolerated: &mut Tolerated,
    ) -> Result<(AccessTokenClaims, u64), Denied> {
        let jwt = UntrustedJwt::parse(token)?;
        if !is_access_token_type(jwt.token_type()) {
            return Err(TokenProblem::WrongType.into());
        }
        let key = self.key(ports, &jwt, now, tolerated).await?;
        let era = self.keys.era();
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
            Ok((claims, era))
        }
    }

    async fn key(
        &self,
        ports: &(impl KeySource + KeyCopies + Timer),
        jwt: &UntrustedJwt<'_>,
        now: UnixTime,
        tolerated: &mut Tolerated,
    ) -> Result<Jwk, Denied> {
        let stale = self.keys.refresh(ports, &self.config, now).await?;
        *tolerated = stale.or(tolerated.take());
        let find = || self.keys.find(jwt.key_id(), jwt.algorithm());
        if let Some(key) = find() {
            return Ok(key);
        }
        let is_found = || find().is_some();
        let look = self.keys.look_again(ports, &self.config, is_found, now);
        look.await?;
        find().ok_or_else(|| TokenProblem::UnknownKey.into())
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

#[cfg(test)]
mod tests;
