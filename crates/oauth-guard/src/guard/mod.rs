//! Admission: from a request to an [`Access`], or to the reason of a refusal.

use std::rc::Rc;

use oauth_core::http::{Answer, Incoming};
use oauth_core::jose::jwt::LONGEST_TOKEN;
use oauth_core::jose::{AccessTokenClaims, JwtError, SignatureVerifier};
use oauth_core::protected_resource::metadata_url;
use oauth_core::{Fault, UnixTime, base64url};

use crate::access::{Access, NonFatal};
use crate::binding::{self, PresentedToken};
use crate::config::{ClientRate, Config, Dpop, JwtRevocation, OpaqueTokens};
use crate::credentials::{Credentials, Scheme, credentials};
use crate::denied::Denied;
use crate::denied::response::ChallengeContext;
use crate::jwt::JwtTokens;
use crate::opaque::{IntrospectionCache, Rules};
use crate::ports::{OpaquePorts, Ports, RateLimits, Timer};
use crate::timeout::with_timeout;
use crate::token_memory::Hash;

/// How long a request waits for the rate limiter.
const RATE_MS: u32 = 500;

/// The claims of a valid token, and the hash of a JWT.
type Verified = (Rc<AccessTokenClaims>, Option<Hash>);

/// Admits requests. There is one for each isolate, with its caches.
#[derive(Debug)]
pub struct Guard<V> {
    config: Config,
    metadata_url: Option<String>,
    jwt: JwtTokens<V>,
    opaque: IntrospectionCache,
}

impl<V: SignatureVerifier> Guard<V> {
    /// A guard that knows no key yet.
    pub fn new(config: Config, verifier: V) -> Self {
        Self {
            metadata_url: metadata_url(&config.resource),
            config,
            jwt: JwtTokens::new(verifier),
            opaque: IntrospectionCache::default(),
        }
    }

    /// The guard of another resource of the same server: its tokens are no others', and no others' are its (RFC 8707 §2).
    #[must_use]
    pub fn beside(&self, resource: &str) -> Self
    where
        V: Clone,
    {
        Self {
            metadata_url: metadata_url(resource),
            config: self.config.of_resource(resource),
            jwt: self.jwt.beside(),
            opaque: IntrospectionCache::default(),
        }
    }

    /// What it was made with.
    pub const fn config(&self) -> &Config {
        &self.config
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
        let sent = PresentedToken {
            request,
            credentials,
            claims: &claims,
            now,
        };
        binding::check(&self.config, self.jwt.verifier(), ports, sent).await?;
        self.within_rate(ports, &claims, &mut tolerated).await?;
        if let (JwtRevocation::ByTombstone, Some(hash)) = (self.config.revocation, hash) {
            let check = self.jwt.unless_revoked(ports, hash, &claims, now);
            tolerated = check.await?.or(tolerated);
        }
        Ok(Access::of(claims, tolerated))
    }

    /// The answer to a request that was not admitted. `scope` is what the client should ask for: without a valid token it
    /// goes with the challenge, and where the scope is too little it takes the place of the one that is lacking.
    pub fn refusal(&self, denied: &Denied, request: &Incoming, scope: Option<&str>) -> Answer {
        denied.answer(&ChallengeContext {
            realm: &self.config.resource,
            metadata: self.metadata_url.as_deref(),
            dpop: self.config.dpop,
            scheme: Scheme::of(request),
            scope,
        })
    }

    /// Introspects the token of an admitted request, now, without the cache: the JSON of the response (RFC 7662 §2.2).
    pub async fn introspection(
        &self,
        ports: &impl OpaquePorts,
        request: &Incoming,
        now: UnixTime,
    ) -> Result<Vec<u8>, Denied> {
        let token = credentials(request)?.token;
        Ok(self.opaque.answer(ports, token, now).await?)
    }

    async fn token(
        &self,
        ports: &impl Ports,
        Credentials { token, .. }: Credentials<'_>,
        now: UnixTime,
        tolerated: &mut NonFatal,
    ) -> Result<Verified, Denied> {
        match self.config.opaque {
            OpaqueTokens::Introspected { cache } if !claims_to_be_jwt(token) => {
                if token.len() > LONGEST_TOKEN {
                    return Err(JwtError::TooLong.into());
                }
                let rules = Rules {
                    config: &self.config,
                    cache,
                };
                let claims = self.opaque.admit(ports, token, rules, now).await?;
                Ok((claims, None))
            }
            OpaqueTokens::Introspected { .. } | OpaqueTokens::Refused => {
                let check = self.jwt.check(ports, &self.config, token, now);
                let (claims, hash, stale) = check.await?;
                *tolerated = stale;
                Ok((claims, Some(hash)))
            }
        }
    }

    async fn within_rate(
        &self,
        ports: &(impl RateLimits + Timer),
        claims: &AccessTokenClaims,
        tolerated: &mut NonFatal,
    ) -> Result<(), Denied> {
        let ClientRate::Limited { period } = self.config.rate else {
            return Ok(());
        };
        let counted = ports.within_rate(&claims.client_id);
        match with_timeout(ports, RATE_MS, counted).await {
            Some(Ok(true)) => {}
            Some(Ok(false)) => return Err(Denied::TooManyRequests { seconds: period }),
            // An honest client is not refused for a counter that is down.
            Some(Err(fault)) => *tolerated = Some(fault),
            None => *tolerated = Some(Fault::new("guard.rate", "no answer in time")),
        }
        Ok(())
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
