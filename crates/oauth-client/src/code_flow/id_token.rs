//! ID token validation, in the numbered steps of OIDC Core §3.1.3.7.
//!
//! The steps that need nothing but the header come first (1, 7, 8), then the signature (6); only then
//! are the claims read (2 to 5, 9 to 13). It is always
//! the code flow of a public client, so some steps are stricter than they read.

use std::fmt;

use oauth_core::UnixTime;
use oauth_core::clock_skew::OF_BROWSERS;
use oauth_core::fault::Fault;
use oauth_core::jose::{
    Algorithm, IdTokenClaims, JwkSet, JwtRefused, SignatureVerifier, UntrustedJwt, at_hash,
};
use oauth_core::secret::Secret;

use super::check::{ABSENT, Check, CheckName};
use super::metadata::ProviderMetadata;
use super::pending::Pending;

/// The greatest age of an ID token of this flow, in seconds.
const LONGEST_SINCE_ISSUED: i64 = 3600;

/// The expected values of an ID token.
#[derive(Clone, Debug)]
pub struct Expectations<'a> {
    /// The provider.
    pub metadata: &'a ProviderMetadata,
    /// This client.
    pub client_id: &'a str,
    /// The nonce that was sent; `None` after a refresh, whose ID token need not carry one.
    pub nonce: Option<&'a str>,
    /// The access token that came with it.
    pub access_token: &'a Secret<String>,
    /// The requested `max_age`.
    pub max_age: Option<i64>,
    /// The time.
    pub now: UnixTime,
}

impl<'a> Expectations<'a> {
    /// The expected values for the flow that `pending` records.
    pub fn of(
        pending: &'a Pending,
        metadata: &'a ProviderMetadata,
        access_token: &'a Secret<String>,
        now: UnixTime,
    ) -> Self {
        Self {
            metadata,
            client_id: &pending.client_id,
            nonce: Some(&pending.nonce),
            access_token,
            max_age: None,
            now,
        }
    }
}

/// An ID token that has passed every step.
#[derive(Clone, Debug)]
pub struct IdTokenAccepted {
    /// Its claims.
    pub claims: IdTokenClaims,
    /// The steps, in the order in which they were taken.
    pub checks: Vec<Check>,
}

/// A refused ID token: the user is not signed in.
#[derive(Clone, Debug)]
pub struct IdTokenRefused {
    /// Why.
    pub reason: IdTokenRefusal,
    /// The steps that were taken, the one that failed among them.
    pub checks: Vec<Check>,
}

/// Why an ID token was refused.
#[derive(Clone, Debug)]
pub enum IdTokenRefusal {
    /// A step failed.
    Check(CheckName),
    /// The signature could not be checked: this browser's fault, not the token's.
    Fault(Fault),
}

impl fmt::Display for IdTokenRefused {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.reason {
            IdTokenRefusal::Check(name) => write!(formatter, "{}: {}", name.slug(), name.rule()),
            IdTokenRefusal::Fault(fault) => fault.fmt(formatter),
        }
    }
}

impl std::error::Error for IdTokenRefused {}

/// The checks so far; ends at the first one that fails.
struct Steps(Vec<Check>);

impl Steps {
    fn take(&mut self, check: Check) -> Result<(), IdTokenRefusal> {
        let (name, passed) = (check.name, check.passed);
        self.0.push(check);
        if passed {
            Ok(())
        } else {
            Err(IdTokenRefusal::Check(name))
        }
    }
}

/// Checks an ID token against the provider's keys.
pub async fn check_id_token(
    id_token: &Secret<String>,
    keys: &JwkSet,
    verifier: &impl SignatureVerifier,
    expected: &Expectations<'_>,
) -> Result<IdTokenAccepted, IdTokenRefused> {
    let mut steps = Steps(Vec::new());
    let outcome = check_all(id_token.expose(), keys, verifier, expected, &mut steps).await;
    let checks = steps.0;
    match outcome {
        Ok(claims) => Ok(IdTokenAccepted { claims, checks }),
        Err(reason) => Err(IdTokenRefused { reason, checks }),
    }
}

async fn check_all(
    id_token: &str,
    keys: &JwkSet,
    verifier: &impl SignatureVerifier,
    expected: &Expectations<'_>,
    steps: &mut Steps,
) -> Result<IdTokenClaims, IdTokenRefusal> {
    let untrusted = UntrustedJwt::parse(id_token).ok();
    steps.take(check_form(untrusted.is_some()))?;
    let Some(untrusted) = untrusted else {
        return Err(IdTokenRefusal::Check(CheckName::TokenForm));
    };
    let algorithm = untrusted.algorithm();
    steps.take(check_algorithm(algorithm, expected.metadata))?;
    steps.take(check_asymmetric(algorithm))?;
    let claims = check_signature(untrusted, keys, verifier, steps).await?;
    for check in check_claims(&claims, algorithm, expected) {
        steps.take(check)?;
    }
    Ok(claims)
}

/// Step 1: this client has registered no encryption, so the token is a JWS, not a JWE.
fn check_form(readable: bool) -> Check {
    let received = if readable {
        "a signed JWT"
    } else {
        "something else"
    };
    Check::new(CheckName::TokenForm, "a signed JWT", received, readable)
}

/// Step 7: an announced algorithm. A provider that announces none signs with RS256, the default.
fn check_algorithm(algorithm: Algorithm, metadata: &ProviderMetadata) -> Check {
    let announced = &metadata.id_token_signing_alg_values_supported;
    let name = algorithm.name();
    if announced.is_empty() {
        return Check::new(CheckName::Algorithm, "RS256", name, name == "RS256");
    }
    let passed = announced.iter().any(|known| known == name);
    Check::new(CheckName::Algorithm, announced.join(", "), name, passed)
}

/// Step 8: a MAC needs a client secret, and a public client has none. Such a token does not even
/// parse: [`Algorithm`] has no name for it.
fn check_asymmetric(algorithm: Algorithm) -> Check {
    Check::new(
        CheckName::NotSymmetric,
        "a signature",
        algorithm.name(),
        true,
    )
}

/// Step 6: the signature, under the key that the header names (or the only one that fits).
async fn check_signature(
    untrusted: UntrustedJwt<'_>,
    keys: &JwkSet,
    verifier: &impl SignatureVerifier,
    steps: &mut Steps,
) -> Result<IdTokenClaims, IdTokenRefusal> {
    let wanted = untrusted.key_id().map_or_else(
        || "a signature by the only fitting key".to_owned(),
        |key_id| format!("a signature by key {key_id}"),
    );
    let Some(key) = keys.find(untrusted.key_id(), untrusted.algorithm()) else {
        steps.take(Check::new(
            CheckName::Signature,
            wanted,
            "no such key",
            false,
        ))?;
        return Err(IdTokenRefusal::Check(CheckName::Signature));
    };
    match untrusted.verify::<IdTokenClaims>(verifier, key).await {
        Ok(trusted) => {
            steps.take(Check::new(CheckName::Signature, wanted, "valid", true))?;
            Ok(trusted.claims)
        }
        Err(JwtRefused::Fault(fault)) => Err(IdTokenRefusal::Fault(fault)),
        Err(JwtRefused::Jwt(_)) => {
            steps.take(Check::new(CheckName::Signature, wanted, "not valid", false))?;
            Err(IdTokenRefusal::Check(CheckName::Signature))
        }
    }
}

fn check_claims(
    claims: &IdTokenClaims,
    algorithm: Algorithm,
    expected: &Expectations<'_>,
) -> impl Iterator<Item = Check> {
    [
        Some(check_issuer(claims, expected)),
        Some(check_audience(claims, expected)),
        Some(check_party_present(claims)),
        Some(check_party(claims, expected)),
        Some(check_expiry(claims, expected.now)),
        Some(check_issued_at(claims, expected.now)),
        expected.nonce.map(|nonce| check_nonce(claims, nonce)),
        expected
            .max_age
            .map(|age| check_auth_time(claims, age, expected.now)),
        check_access_token_hash(claims, algorithm, expected),
    ]
    .into_iter()
    .flatten()
}

/// Step 2.
fn check_issuer(claims: &IdTokenClaims, expected: &Expectations<'_>) -> Check {
    let issuer = &expected.metadata.issuer;
    Check::new(
        CheckName::TokenIssuer,
        issuer,
        &claims.iss,
        claims.iss == *issuer,
    )
}

/// Step 3: this client is an audience, and there is none that it does not know.
fn check_audience(claims: &IdTokenClaims, expected: &Expectations<'_>) -> Check {
    let audiences: Vec<&str> = claims.aud.iter().collect();
    let passed = audiences == [expected.client_id];
    Check::new(
        CheckName::TokenAudience,
        expected.client_id,
        audiences.join(", "),
        passed,
    )
}

/// Step 4. Step 3 allows only one audience, so this step never refuses.
fn check_party_present(claims: &IdTokenClaims) -> Check {
    let several = claims.aud.iter().count() > 1;
    Check::new(
        CheckName::AuthorizedPartyPresent,
        if several {
            "present"
        } else {
            "not needed: one audience"
        },
        claims.azp.as_deref().unwrap_or(ABSENT),
        !several || claims.azp.is_some(),
    )
}

/// Step 5.
fn check_party(claims: &IdTokenClaims, expected: &Expectations<'_>) -> Check {
    let received = claims.azp.as_deref();
    Check::new(
        CheckName::AuthorizedParty,
        format!("{} or {ABSENT}", expected.client_id),
        received.unwrap_or(ABSENT),
        received.is_none_or(|party| party == expected.client_id),
    )
}

/// Step 9.
fn check_expiry(claims: &IdTokenClaims, now: UnixTime) -> Check {
    let expires = claims.exp.0;
    Check::new(
        CheckName::Expiry,
        format!("after {}", now.0),
        expires.0.to_string(),
        now < expires.plus(OF_BROWSERS),
    )
}

/// Step 10.
fn check_issued_at(claims: &IdTokenClaims, now: UnixTime) -> Check {
    let issued = claims.iat.0;
    Check::new(
        CheckName::IssuedAt,
        format!("within {LONGEST_SINCE_ISSUED} s before {}", now.0),
        issued.0.to_string(),
        (-OF_BROWSERS..=LONGEST_SINCE_ISSUED).contains(&now.since(issued)),
    )
}

/// Step 11.
fn check_nonce(claims: &IdTokenClaims, nonce: &str) -> Check {
    let received = claims.nonce.as_deref();
    Check::new(
        CheckName::Nonce,
        nonce,
        received.unwrap_or(ABSENT),
        received == Some(nonce) && !nonce.is_empty(),
    )
}

/// Step 13.
fn check_auth_time(claims: &IdTokenClaims, max_age: i64, now: UnixTime) -> Check {
    let signed_in = claims.auth_time.map(|time| time.0);
    Check::new(
        CheckName::AuthenticationTime,
        format!("at most {max_age} s before {}", now.0),
        signed_in.map_or_else(|| ABSENT.to_owned(), |time| time.0.to_string()),
        signed_in.is_some_and(|time| now.since(time) <= max_age.saturating_add(OF_BROWSERS)),
    )
}

/// OIDC Core §3.1.3.8: optional in the code flow, but where it is present it must fit.
/// Skipped for an algorithm whose hash providers do not agree on.
fn check_access_token_hash(
    claims: &IdTokenClaims,
    algorithm: Algorithm,
    expected: &Expectations<'_>,
) -> Option<Check> {
    let received = claims.at_hash.as_deref()?;
    let half = at_hash(algorithm, expected.access_token.expose())?;
    let passed = received == half;
    Some(Check::new(
        CheckName::AccessTokenHash,
        half,
        received,
        passed,
    ))
}
