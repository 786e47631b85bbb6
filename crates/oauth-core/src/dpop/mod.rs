//! Demonstrating Proof of Possession: a JWT that a client signs for one request with the key to which its tokens
//! are bound (RFC 9449).
//!
//! Whether a proof was seen before is not decided here: the endpoint that accepts one remembers its `jti` until
//! [`Proof::remembered_until`].

use std::fmt;

use from_json::FromJson;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::{
    Fault, UnixTime, base64url,
    clock_skew::OF_PROOF_STORES,
    jose::{
        Jwk, JwtError, JwtRefused, NumericDate, SignatureVerifier, Signer, UntrustedJwt,
        claims::is_type,
    },
    secret::secrets_equal,
    uri,
};

/// The name of the header that carries a proof.
pub const HEADER: &str = "dpop";
/// The `typ` of a proof (RFC 9449 §4.2).
pub const TOKEN_TYPE: &str = "dpop+jwt";
/// How far a proof's `iat` may lie from our clock, in seconds, before or after.
pub const WINDOW: i64 = 300;
/// The longest proof that is read: an RSA key of 8192 bits, its signature and a long URL.
const LONGEST_PROOF: usize = 8 * 1024;
/// The longest `jti` that anyone remembers.
const LONGEST_JTI: usize = 256;

/// The request that a proof must match.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// Its method.
    pub method: &'a str,
    /// Its URL, as clients name it; query and fragment do not count.
    pub url: &'a str,
    /// The access token that it carries.
    pub access_token: Option<&'a str>,
    /// When it arrived.
    pub now: UnixTime,
}

/// A proof that was made for this request with a key that its sender has.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Proof {
    /// The thumbprint of the key (RFC 7638, RFC 9449 §6.1).
    pub jkt: String,
    /// The id that makes the proof unique, for 5 minutes.
    pub jti: String,
    /// When it was made.
    pub iat: UnixTime,
    /// The nonce that a server had given its sender (RFC 9449 §8, §9).
    pub nonce: Option<String>,
}

impl Proof {
    /// Until then its `jti` must be remembered: after that no clock accepts the proof.
    pub const fn remembered_until(&self) -> UnixTime {
        self.iat.plus(WINDOW + 1 + OF_PROOF_STORES)
    }
}

/// Why a proof is not accepted (RFC 9449 §4.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DpopError {
    /// Longer than any honest one.
    TooLong,
    /// No JWT, or two in one header.
    Malformed,
    /// Its `typ` is not [`TOKEN_TYPE`].
    Type,
    /// Not an asymmetric algorithm that we know.
    Algorithm,
    /// No public key, a private or a symmetric one, or one for another algorithm.
    Key,
    /// The key did not sign it.
    Signature,
    /// A claim is missing or of the wrong kind.
    Claims,
    /// For another method.
    Method,
    /// For another URL.
    Url,
    /// Too old, or from the future.
    Time,
    /// Not for this access token.
    AccessToken,
}

impl DpopError {
    /// The error, for the client that made the proof.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TooLong => "too long",
            Self::Malformed => "not one JWT",
            Self::Type => "the typ is not dpop+jwt",
            Self::Algorithm => "the alg is not supported",
            Self::Key => "the jwk is not a public key for the alg",
            Self::Signature => "the jwk did not sign it",
            Self::Claims => "jti, htm, htu or iat is missing or malformed",
            Self::Method => "the htm is another method",
            Self::Url => "the htu is another URL",
            Self::Time => "the iat is more than 5 minutes off",
            Self::AccessToken => "the ath is not that of the access token",
        }
    }
}

impl fmt::Display for DpopError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl std::error::Error for DpopError {}

/// Why a proof could not be accepted: because of what it is, or because of us.
#[derive(Clone, Debug)]
pub enum DpopRefused {
    /// The proof is wrong.
    Proof(DpopError),
    /// We could not find out.
    Fault(Fault),
}

impl From<DpopError> for DpopRefused {
    fn from(error: DpopError) -> Self {
        Self::Proof(error)
    }
}

/// The claims of a proof (RFC 9449 §4.2).
#[derive(Serialize, FromJson)]
struct Claims {
    jti: String,
    htm: String,
    htu: String,
    iat: NumericDate,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ath: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nonce: Option<String>,
}

/// Checks what came in the `DPoP` header, in the order of RFC 9449 §4.3.
pub async fn verify(
    verifier: &impl SignatureVerifier,
    header: &str,
    expected: &Expected<'_>,
) -> Result<Proof, DpopRefused> {
    // 1, 2. One header with one well-formed JWT: two headers arrive joined by a comma, which none contains.
    if header.len() > LONGEST_PROOF {
        return Err(DpopError::TooLong.into());
    }
    let (jwt, key) = UntrustedJwt::parse_with_key(header).map_err(malformed)?;
    // 4. Its type; 5 and 7, algorithm and public key, were read above.
    if !is_type(jwt.token_type(), TOKEN_TYPE) {
        return Err(DpopError::Type.into());
    }
    // 6. The key signed it, with the algorithm that it is for.
    let jkt = key.thumbprint();
    let claims: Claims = match jwt.verify(verifier, &key).await {
        Ok(jwt) => jwt.claims,
        Err(JwtRefused::Jwt(error)) => return Err(malformed(error).into()),
        Err(JwtRefused::Fault(fault)) => return Err(DpopRefused::Fault(fault)),
    };
    // 3, 8 to 12. It speaks of this request, now.
    claims.check(expected)?;
    Ok(Proof {
        jkt,
        jti: claims.jti,
        iat: claims.iat.0,
        nonce: claims.nonce,
    })
}

const fn malformed(error: JwtError) -> DpopError {
    match error {
        JwtError::TooLong => DpopError::TooLong,
        JwtError::Malformed | JwtError::CriticalExtension | JwtError::KeyId => DpopError::Malformed,
        JwtError::UnsupportedAlgorithm => DpopError::Algorithm,
        JwtError::EmbeddedKey | JwtError::AlgorithmMismatch => DpopError::Key,
        JwtError::BadSignature => DpopError::Signature,
        JwtError::Claims => DpopError::Claims,
    }
}

impl Claims {
    fn check(&self, expected: &Expected<'_>) -> Result<(), DpopError> {
        let distance = expected.now.since(self.iat.0);
        if self.jti.is_empty() || self.jti.len() > LONGEST_JTI {
            Err(DpopError::Claims)
        } else if self.htm != expected.method {
            Err(DpopError::Method)
        } else if normal(&self.htu) != normal(expected.url) {
            Err(DpopError::Url)
        } else if !(-WINDOW..=WINDOW).contains(&distance) {
            Err(DpopError::Time)
        } else if expected
            .access_token
            .is_some_and(|token| !self.is_for_token(token))
        {
            Err(DpopError::AccessToken)
        } else {
            Ok(())
        }
    }

    fn is_for_token(&self, access_token: &str) -> bool {
        self.ath
            .as_ref()
            .is_some_and(|ath| secrets_equal(ath.as_bytes(), hash(access_token).as_bytes()))
    }
}

/// The `ath` of an access token (RFC 9449 §4.2).
fn hash(access_token: &str) -> String {
    base64url::encode(&Sha256::digest(access_token.as_bytes()))
}

/// A URL as it is compared: without query and fragment (RFC 9449 §4.3).
fn normal(url: &str) -> String {
    uri::normalized(without_query(url))
}

fn without_query(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or(url)
}

/// The request that a proof is made for.
#[derive(Clone, Copy, Debug)]
pub struct ProofOf<'a> {
    /// Its method.
    pub method: &'a str,
    /// Its URL; query and fragment are left out of the proof.
    pub url: &'a str,
    /// The access token that it carries.
    pub access_token: Option<&'a str>,
    /// The nonce that the server gave last (RFC 9449 §8, §9).
    pub nonce: Option<&'a str>,
    /// The proof's unique id: 96 random bits or more.
    pub jti: &'a str,
    /// When it is made.
    pub now: UnixTime,
}

#[derive(Serialize)]
struct Header<'a> {
    typ: &'a str,
    alg: &'a str,
    jwk: Jwk,
}

/// Makes a proof for one request with the key whose public half is `public`.
pub async fn prove(
    signer: &impl Signer,
    public: &Jwk,
    request: &ProofOf<'_>,
) -> Result<String, Fault> {
    let algorithm = signer.algorithm();
    if !public.allows(algorithm) {
        return Err(Fault::new("dpop.prove", "the key is not the signer's"));
    }
    let header = Header {
        typ: TOKEN_TYPE,
        alg: algorithm.name(),
        // Only the key: its other members are not for us to read.
        jwk: Jwk {
            key: public.key.clone(),
            key_id: None,
            algorithm: None,
            usage: None,
        },
    };
    let claims = Claims {
        jti: request.jti.to_owned(),
        htm: request.method.to_owned(),
        htu: without_query(request.url).to_owned(),
        iat: request.now.into(),
        ath: request.access_token.map(hash),
        nonce: request.nonce.map(str::to_owned),
    };
    let mut proof = format!("{}.{}", segment(&header)?, segment(&claims)?);
    let signature = signer.sign(proof.as_bytes()).await?;
    proof.push('.');
    proof.push_str(&base64url::encode(&signature));
    Ok(proof)
}

fn segment(part: &impl Serialize) -> Result<String, Fault> {
    serde_json::to_vec(part)
        .map(|json| base64url::encode(&json))
        .map_err(|error| Fault::new("dpop.write", error))
}

#[cfg(test)]
mod tests;
