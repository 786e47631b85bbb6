//! Signature algorithms and the two traits behind which they run (RFC 7518 §3, RFC 8037 §3.1).

use std::fmt;

use serde::{Deserialize, Serialize};

use super::jwk::Jwk;
use crate::Fault;

/// The algorithms that a token may be signed with. All are asymmetric: neither `none` nor `HS256`
/// can be named, so neither can be accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub enum Algorithm {
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// RSASSA-PSS with SHA-256.
    Ps256,
    /// Ed25519.
    EdDsa,
}

impl Algorithm {
    /// Every algorithm, in the order in which metadata lists them.
    pub const ALL: [Self; 4] = [Self::Es256, Self::Rs256, Self::Ps256, Self::EdDsa];

    /// The registered name, as in `alg`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::Rs256 => "RS256",
            Self::Ps256 => "PS256",
            Self::EdDsa => "EdDSA",
        }
    }

    /// Reads a registered name; names are case-sensitive.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl TryFrom<String> for Algorithm {
    type Error = &'static str;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        Self::parse(&name).ok_or("unsupported algorithm")
    }
}

impl From<Algorithm> for &'static str {
    fn from(algorithm: Algorithm) -> Self {
        algorithm.name()
    }
}

/// Checks signatures: WebCrypto in workers and browsers, RustCrypto in native tests.
pub trait SignatureVerifier {
    /// Whether `signature` is that of `message` under `key`. A malformed signature is `false`;
    /// a fault means that it could not be found out.
    async fn verify(
        &self,
        key: &Jwk,
        algorithm: Algorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<bool, Fault>;
}

/// Holds one private key and signs with it.
pub trait Signer {
    /// The algorithm of the key.
    fn algorithm(&self) -> Algorithm;
    /// The key's id, as published in the key set.
    fn key_id(&self) -> &str;
    /// Signs a message in the form that JWS wants (RFC 7518 §3.4: `r || s` for ES256).
    async fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Fault>;
}
