//! Reading a token: untrusted first, verified after (RFC 7515 §5.2, RFC 7519 §7.2, RFC 8725 §3).

use std::borrow::Cow;

use from_json::{FromJson, Json, Mismatch};
use jwt_compact::{AlgorithmExt as _, AlgorithmSignature, Empty, UntrustedToken};

use super::algorithm::{Algorithm, SignatureVerifier};
use super::jwk::{Jwk, LONGEST_KEY_ID};
use super::strict_json::is_object_without_repeats;
use crate::{Fault, base64url};

/// Far longer than any token that this server issues.
pub const LONGEST_TOKEN: usize = 16 * 1024;

/// Why a token is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JwtError {
    /// Longer than [`LONGEST_TOKEN`].
    TooLong,
    /// Not three segments of canonical base64url, or a segment that is not what it should be.
    Malformed,
    /// An algorithm that is not one of [`Algorithm`], `none` among them.
    UnsupportedAlgorithm,
    /// A critical extension; we know none (RFC 7515 §4.1.11).
    CriticalExtension,
    /// A header that brings its own key or points to one (RFC 8725 §3.10).
    EmbeddedKey,
    /// A key id too long to be one.
    KeyId,
    /// The key is not for the token's algorithm (RFC 8725 §3.1).
    AlgorithmMismatch,
    /// The signature is not that of the key.
    BadSignature,
    /// Claims that lack something required or have a wrong type.
    Claims,
}

/// Why a token could not be verified: because of what it is, or because of us.
#[derive(Clone, Debug)]
pub enum JwtRefused {
    /// The token is wrong.
    Jwt(JwtError),
    /// We could not find out.
    Fault(Fault),
}

impl From<JwtError> for JwtRefused {
    fn from(error: JwtError) -> Self {
        Self::Jwt(error)
    }
}

impl From<Fault> for JwtRefused {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// A token that is well-formed; nothing that it says is known to be true.
#[derive(Debug)]
pub struct UntrustedJwt<'a> {
    token: UntrustedToken<'a>,
    signing_input: &'a str,
    payload: Vec<u8>,
    algorithm: Algorithm,
}

impl<'a> UntrustedJwt<'a> {
    /// Reads a compact JWS.
    pub fn parse(text: &'a str) -> Result<Self, JwtError> {
        let (jwt, header) = Self::read(text)?;
        if header.jwk.0 {
            return Err(JwtError::EmbeddedKey);
        }
        Ok(jwt)
    }

    /// Reads a compact JWS that brings the key which it is signed with, as a proof of possession does
    /// (RFC 9449 §4.2). Such a key proves that its sender has it, and nothing about who that is.
    pub fn parse_with_key(text: &'a str) -> Result<(Self, Jwk), JwtError> {
        #[derive(FromJson)]
        struct Bringing {
            jwk: Jwk,
        }

        let (jwt, header) = Self::read(text)?;
        let json = String::from_utf8(header.json).map_err(|_| JwtError::Malformed)?;
        let Bringing { jwk: key } =
            from_json::from_str(&json).map_err(|_| JwtError::EmbeddedKey)?;
        Ok((jwt, key))
    }

    fn read(text: &'a str) -> Result<(Self, Header), JwtError> {
        let Segments {
            signing_input,
            header: json,
            payload,
            ..
        } = Segments::read(text)?;
        let protected = Protected::read(&json)?;
        let algorithm = Algorithm::parse(&protected.alg).ok_or(JwtError::UnsupportedAlgorithm)?;
        let jwk = protected.check()?;
        let token = UntrustedToken::new(text).map_err(|_| JwtError::Malformed)?;
        let jwt = Self {
            token,
            signing_input,
            payload,
            algorithm,
        };
        Ok((jwt, Header { json, jwk }))
    }

    /// The algorithm that the token claims: it chooses among keys, never how a key is used.
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The id of the key that it claims to be signed with.
    pub fn key_id(&self) -> Option<&str> {
        self.token.header().key_id.as_deref()
    }

    /// The type that it claims to have.
    pub fn token_type(&self) -> Option<&str> {
        self.token.header().token_type.as_deref()
    }

    /// The token's claims, unverified: for finding the key that may verify them, and for display.
    pub fn unverified_claims<C: FromJson>(&self) -> Result<C, JwtError> {
        from_json::from_slice(&self.payload).map_err(|_| JwtError::Claims)
    }

    /// Checks the signature with a key that the caller trusts, then reads the claims.
    pub async fn verify<C: FromJson>(
        self,
        verifier: &impl SignatureVerifier,
        key: &Jwk,
    ) -> Result<VerifiedJwt<C>, JwtRefused> {
        if !key.allows(self.algorithm) {
            return Err(JwtError::AlgorithmMismatch.into());
        }
        let signature = self.token.signature_bytes();
        if !self.algorithm.is_plausible(signature) {
            return Err(JwtError::BadSignature.into());
        }
        let message = self.signing_input.as_bytes();
        if !verifier
            .verify(key, self.algorithm, message, signature)
            .await?
        {
            return Err(JwtError::BadSignature.into());
        }
        // The library yields a token only to an algorithm that accepts it; this one accepts what was
        // just verified and nothing else.
        let only_this = JustVerified {
            algorithm: self.algorithm,
            message,
        };
        let token = only_this
            .validator::<Empty>(&())
            .validate(&self.token)
            .map_err(|_| JwtError::Claims)?;
        let (header, _) = token.into_parts();
        Ok(VerifiedJwt {
            claims: self.unverified_claims()?,
            token_type: header.token_type,
            key_id: header.key_id,
        })
    }
}

/// A token whose signature was checked. Whether it is for us, and for now, its claims must show.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct VerifiedJwt<C> {
    /// The token's claims.
    pub claims: C,
    /// Its type.
    pub token_type: Option<String>,
    /// The id of the key that signed it.
    pub key_id: Option<String>,
}

/// The segments of a compact JWS, decoded.
pub(super) struct Segments<'a> {
    /// What is signed.
    pub(super) signing_input: &'a str,
    /// A JSON object.
    pub(super) header: Vec<u8>,
    /// A JSON object.
    pub(super) payload: Vec<u8>,
    /// The signature's bytes.
    pub(super) signature: Vec<u8>,
}

impl<'a> Segments<'a> {
    pub(super) fn read(text: &'a str) -> Result<Self, JwtError> {
        if text.len() > LONGEST_TOKEN {
            return Err(JwtError::TooLong);
        }
        let (signing_input, signature) = text.rsplit_once('.').ok_or(JwtError::Malformed)?;
        let (header, payload) = signing_input.split_once('.').ok_or(JwtError::Malformed)?;
        Ok(Self {
            signing_input,
            // A fourth segment leaves a dot in the payload, which is not base64url.
            header: object(header)?,
            payload: object(payload)?,
            signature: base64url::decode(signature).ok_or(JwtError::Malformed)?,
        })
    }
}

/// A header that was read, for those who must know more of it.
struct Header {
    json: Vec<u8>,
    /// Whether it brings a key.
    jwk: Present,
}

/// The header members that matter; the rest of the header is ignored.
#[derive(FromJson)]
pub(super) struct Protected {
    pub(super) alg: String,
    #[serde(default)]
    kid: Option<String>,
    #[serde(default)]
    crit: Present,
    #[serde(default)]
    b64: Present,
    #[serde(default)]
    jwk: Present,
    #[serde(default)]
    jku: Present,
    #[serde(default)]
    x5u: Present,
}

impl Protected {
    pub(super) fn read(header: &[u8]) -> Result<Self, JwtError> {
        from_json::from_slice(header).map_err(|_| JwtError::Malformed)
    }

    /// Checks everything but the algorithm; says whether it brings a key.
    pub(super) fn check(self) -> Result<Present, JwtError> {
        let header = self;
        if header.crit.0 || header.b64.0 {
            Err(JwtError::CriticalExtension)
        } else if header.jku.0 || header.x5u.0 {
            Err(JwtError::EmbeddedKey)
        } else if header.kid.is_some_and(|id| id.len() > LONGEST_KEY_ID) {
            Err(JwtError::KeyId)
        } else {
            Ok(header.jwk)
        }
    }
}

/// Whether the member is present at all, even as `null`.
#[derive(Default)]
pub(super) struct Present(pub(super) bool);

impl FromJson for Present {
    fn from_json(_: Json<'_>) -> Result<Self, Mismatch> {
        Ok(Self(true))
    }
}

fn object(segment: &str) -> Result<Vec<u8>, JwtError> {
    base64url::decode(segment)
        .filter(|json| is_object_without_repeats(json))
        .ok_or(JwtError::Malformed)
}

struct JustVerified<'a> {
    algorithm: Algorithm,
    message: &'a [u8],
}

struct AlreadyChecked;

impl AlgorithmSignature for AlreadyChecked {
    fn try_from_slice(_: &[u8]) -> anyhow::Result<Self> {
        Ok(Self)
    }

    fn as_bytes(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(&[])
    }
}

impl jwt_compact::Algorithm for JustVerified<'_> {
    type SigningKey = ();
    type VerifyingKey = ();
    type Signature = AlreadyChecked;

    fn name(&self) -> Cow<'static, str> {
        Cow::Borrowed(self.algorithm.name())
    }

    fn sign(&self, (): &(), _: &[u8]) -> AlreadyChecked {
        AlreadyChecked
    }

    fn verify_signature(&self, _: &AlreadyChecked, (): &(), message: &[u8]) -> bool {
        message == self.message
    }
}

#[cfg(test)]
pub(crate) mod tests;
