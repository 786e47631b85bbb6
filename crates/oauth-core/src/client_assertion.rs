//! `private_key_jwt` and `client_secret_jwt`: a client proves itself by an assertion (RFC 7523 §3, RFC 7521 §5.2).

use crate::{
    Refusal, Secret, UnixTime,
    client::Client,
    clock_skew::OF_JWT_ISSUERS,
    endpoint,
    id::ClientId,
    jose::{
        Algorithm, Curve, Jwk, JwkSet, JwtRefused, RegisteredClaims, Scheme, SecretJwt,
        SignatureVerifier, TimeError, UntrustedJwt,
    },
    keyring::{Keyring, Purpose},
    lifecycle::one_time::Present,
    settings::Settings,
};

/// Longest `jti` that we remember.
const LONGEST_JTI: usize = 256;

/// The least bytes of a secret for HS256 (RFC 7518 §3.2).
const LEAST_SECRET: usize = 32;

/// Why an assertion is not accepted, or why that could not be found out.
#[derive(Debug)]
pub enum NotAccepted {
    /// It is wrong.
    Refused(Refusal),
    /// We failed.
    Fault(crate::Fault),
}

impl From<Refusal> for NotAccepted {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// What an assertion is made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A key of the client's own.
    Signed,
    /// The client's secret.
    BySecret,
}

/// The client that an assertion names, before anything about it is verified.
pub fn client_id(assertion: &str) -> Option<(ClientId, Kind)> {
    let (claims, kind): (RegisteredClaims, Kind) = if let Ok(jwt) = UntrustedJwt::parse(assertion) {
        (jwt.unverified_claims().ok()?, Kind::Signed)
    } else {
        let jwt = SecretJwt::parse(assertion).ok()?;
        (jwt.unverified_claims().ok()?, Kind::BySecret)
    };
    Some((ClientId::parse(claims.sub.as_deref()?)?, kind))
}

/// Checks an assertion, except for replay. It returns the values to record as used once everything else has been checked;
/// if any of them was used before, the assertion is a replay.
///
/// Without a client, or with one that has no such key, a signature is checked all the same: the time that a refusal takes
/// does not tell whether the client exists.
pub async fn check(
    assertion: &str,
    (client, keys): (Option<&Client>, Option<&JwkSet>),
    settings: &Settings,
    keyring: &Keyring,
    verifier: &impl SignatureVerifier,
    now: UnixTime,
) -> Result<Vec<Present>, NotAccepted> {
    // 1. It can be read, and its header names an algorithm that one of the client's keys is for.
    let untrusted = UntrustedJwt::parse(assertion).map_err(|_| Refusal::AssertionMalformed)?;
    let own = client.and_then(|client| Some((client, key(keys?, &untrusted)?.clone())));
    let Some((client, key)) = own else {
        if let Some(key) = nobodys_key(untrusted.algorithm()) {
            // Anyone may sign with it: the outcome must not matter.
            let _never_accepted = untrusted.verify::<RegisteredClaims>(verifier, &key).await;
        }
        return Err(Refusal::AssertionSignature.into());
    };
    // 2. The client's own key signed it.
    let claims: RegisteredClaims = untrusted
        .verify(verifier, &key)
        .await
        .map_err(|refused| match refused {
            JwtRefused::Jwt(_) => NotAccepted::Refused(Refusal::AssertionSignature),
            JwtRefused::Fault(fault) => NotAccepted::Fault(fault),
        })?
        .claims;
    // 3. It speaks of this client, to us, now.
    check_claims(&claims, client, settings, now)?;
    // 4. It has an id of its own.
    present(&claims, client, keyring).map_err(NotAccepted::Refused)
}

/// The same for an assertion that is authenticated with one of the client's `secrets`. Without a client or a secret, the
/// work is done all the same, with a secret of nobody.
pub fn check_by_secret(
    assertion: &str,
    client: Option<&Client>,
    secrets: &[&Secret<Vec<u8>>],
    settings: &Settings,
    keyring: &Keyring,
    now: UnixTime,
) -> Result<Vec<Present>, Refusal> {
    let untrusted = SecretJwt::parse(assertion).map_err(|_| Refusal::AssertionMalformed)?;
    let long = |secret: &&&Secret<Vec<u8>>| secret.expose().len() >= LEAST_SECRET;
    let mut is_own = false;
    for secret in secrets.iter().filter(long) {
        is_own |= untrusted.is_of(secret.expose());
    }
    if secrets.is_empty() {
        // Anyone may make one: the outcome must not matter.
        let _never_accepted = untrusted.is_of(&[0; LEAST_SECRET]);
    }
    let client = client.filter(|_| is_own);
    let client = client.ok_or(Refusal::AssertionSignature)?;
    let claims = untrusted
        .unverified_claims()
        .map_err(|_| Refusal::AssertionMalformed)?;
    check_claims(&claims, client, settings, now)?;
    present(&claims, client, keyring)
}

fn key<'a>(keys: &'a JwkSet, untrusted: &UntrustedJwt<'_>) -> Option<&'a Jwk> {
    keys.find(untrusted.key_id(), untrusted.algorithm())
}

/// The id of the key that an assertion claims to be signed with.
pub fn key_id(assertion: &str) -> Option<String> {
    let untrusted = UntrustedJwt::parse(assertion).ok()?;
    untrusted.key_id().map(str::to_owned)
}

/// A key of the kind that signs with an algorithm, and no client's: the examples of RFC 7515 (appendices A.2 and A.3) and of
/// RFC 8037 (appendix A.2).
fn nobodys_key(algorithm: Algorithm) -> Option<Jwk> {
    Jwk::parse(match algorithm.scheme() {
        Scheme::Ecdsa(Curve::P256) => {
            r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#
        }
        Scheme::RsaPkcs1 | Scheme::RsaPss => {
            r#"{"kty":"RSA","e":"AQAB","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"}"#
        }
        Scheme::Ed25519 => {
            r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#
        }
    })
    .ok()
}

fn check_claims(
    claims: &RegisteredClaims,
    client: &Client,
    settings: &Settings,
    now: UnixTime,
) -> Result<(), Refusal> {
    let own = Some(client.client_id.as_str());
    if claims.iss.as_deref() != own || claims.sub.as_deref() != own {
        return Err(Refusal::AssertionSubject);
    }
    if !is_for_us(claims, client, settings) {
        return Err(Refusal::AssertionAudience);
    }
    claims
        .check_times(now, OF_JWT_ISSUERS)
        .map_err(|_: TimeError| Refusal::AssertionTime)?;
    let life = claims.exp.map_or(i64::MAX, |exp| exp.0.since(now));
    if life > client.assertion_policy.longest_life + OF_JWT_ISSUERS.ahead {
        return Err(Refusal::AssertionTime);
    }
    Ok(())
}

fn is_for_us(claims: &RegisteredClaims, client: &Client, settings: &Settings) -> bool {
    claims.aud.as_ref().is_some_and(|audience| {
        if client.assertion_policy.token_endpoint_audience {
            audience.contains(&settings.issuer)
                || audience.contains(&settings.endpoint(endpoint::TOKEN))
        } else {
            audience.single() == Some(settings.issuer.as_str())
        }
    })
}

/// One for each accepted secret, so that a replay is noticed across a rotation too.
fn present(
    claims: &RegisteredClaims,
    client: &Client,
    keyring: &Keyring,
) -> Result<Vec<Present>, Refusal> {
    let jti = claims
        .jti
        .as_deref()
        .filter(|jti| !jti.is_empty() && jti.len() <= LONGEST_JTI)
        .ok_or(Refusal::AssertionReplayed)?;
    let until = claims.exp.ok_or(Refusal::AssertionTime)?.0;
    let until = until.plus(OF_JWT_ISSUERS.expired + 1);
    let hashes = keyring.mac_texts(Purpose::Name, &["jti", client.client_id.as_str(), jti]);
    let presents = hashes.into_iter().map(|hash| Present { hash, until });
    Ok(presents.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f9_there_is_a_key_of_nobody_for_every_algorithm() {
        for algorithm in Algorithm::ALL {
            let key = nobodys_key(algorithm).unwrap();
            assert!(key.allows(algorithm), "{}", algorithm.name());
        }
    }
}
