//! Signature algorithms and the two traits behind which they run (RFC 7518 §3, RFC 8037 §3.1).

use std::fmt;

use from_json::FromJson;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::jwk::{Jwk, KeyType};
use crate::Fault;

/// The algorithms that a token may be signed with. All are asymmetric: neither `none` nor `HS256`
/// can be named, so neither can be accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, FromJson)]
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

/// A hash function.
pub(super) type Hash = fn(&[u8]) -> Vec<u8>;

/// The table entry of one algorithm.
struct Profile {
    name: &'static str,
    scheme: Scheme,
    /// The hash of `at_hash` (OpenID Connect Core 1.0 §3.1.3.6), where providers agree on one.
    token_hash: Option<Hash>,
}

/// How an algorithm signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// ECDSA on a curve, with the hash that belongs to it (RFC 7518 §3.4).
    Ecdsa(Curve),
    /// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518 §3.3).
    RsaPkcs1,
    /// RSASSA-PSS with SHA-256 and a salt of the same length (RFC 7518 §3.5).
    RsaPss,
    /// EdDSA on edwards25519 (RFC 8037 §3.1).
    Ed25519,
}

/// The curves of ECDSA.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Curve {
    /// NIST P-256.
    P256,
}

/// The table entry of one curve.
struct CurveProfile {
    name: &'static str,
    coordinate: usize,
    hash: &'static str,
    algorithm: Algorithm,
}

impl Curve {
    /// The table of curves.
    const fn profile(self) -> CurveProfile {
        match self {
            Self::P256 => CurveProfile {
                name: "P-256",
                coordinate: 32,
                hash: "SHA-256",
                algorithm: Algorithm::Es256,
            },
        }
    }

    const ALL: [Self; 1] = [Self::P256];

    /// The registered name, as in `crv`.
    pub const fn name(self) -> &'static str {
        self.profile().name
    }

    /// The length of a coordinate, in bytes.
    pub const fn coordinate(self) -> usize {
        self.profile().coordinate
    }

    /// The hash of its signatures, as WebCrypto names it.
    pub const fn hash(self) -> &'static str {
        self.profile().hash
    }

    /// Reads a registered name.
    pub(super) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }
}

impl Algorithm {
    /// The table of algorithms. A new one is an arm here and in [`Self::ALL`]; on a new curve, also an arm in the table
    /// of curves.
    const fn profile(self) -> Profile {
        match self {
            Self::Es256 => Profile {
                name: "ES256",
                scheme: Scheme::Ecdsa(Curve::P256),
                token_hash: Some(sha256),
            },
            Self::Rs256 => Profile {
                name: "RS256",
                scheme: Scheme::RsaPkcs1,
                token_hash: Some(sha256),
            },
            Self::Ps256 => Profile {
                name: "PS256",
                scheme: Scheme::RsaPss,
                token_hash: Some(sha256),
            },
            Self::EdDsa => Profile {
                name: "EdDSA",
                scheme: Scheme::Ed25519,
                token_hash: None,
            },
        }
    }

    /// Every algorithm, in the order in which metadata lists them.
    pub const ALL: [Self; 4] = [Self::Es256, Self::Rs256, Self::Ps256, Self::EdDsa];

    /// The registered name, as in `alg`.
    pub const fn name(self) -> &'static str {
        self.profile().name
    }

    /// How it signs.
    pub const fn scheme(self) -> Scheme {
        self.profile().scheme
    }

    /// The type of its keys.
    pub const fn key_type(self) -> KeyType {
        match self.scheme() {
            Scheme::Ecdsa(curve) => KeyType::Ec(curve),
            Scheme::RsaPkcs1 | Scheme::RsaPss => KeyType::Rsa,
            Scheme::Ed25519 => KeyType::Ed25519,
        }
    }

    /// The algorithm that a type of key is for, where its owner names none.
    pub const fn usual_for(keys: KeyType) -> Self {
        match keys {
            KeyType::Ec(curve) => curve.profile().algorithm,
            KeyType::Rsa => Self::Rs256,
            KeyType::Ed25519 => Self::EdDsa,
        }
    }

    /// The hash that `at_hash` is made with; `None` if providers agree on none.
    pub(super) fn token_hash(self) -> Option<Hash> {
        self.profile().token_hash
    }

    /// Whether an honest signer could have made a signature, whatever a library thinks of it: rules out wrong
    /// lengths and an ECDSA signature with a zero half (the "psychic" signature).
    pub(super) fn is_plausible(self, signature: &[u8]) -> bool {
        match self.scheme() {
            // Two numbers, neither of them zero (RFC 7518 §3.4).
            Scheme::Ecdsa(curve) => {
                let (r, s) = signature.split_at(signature.len() / 2);
                let is_zero = |half: &[u8]| half.iter().all(|byte| *byte == 0);
                signature.len() == 2 * curve.coordinate() && !is_zero(r) && !is_zero(s)
            }
            Scheme::RsaPkcs1 | Scheme::RsaPss => (256..=1024).contains(&signature.len()),
            Scheme::Ed25519 => signature.len() == 64,
        }
    }

    /// Reads a registered name; names are case-sensitive.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }
}

fn sha256(bytes: &[u8]) -> Vec<u8> {
    Sha256::digest(bytes).to_vec()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_and_challenges_list_them_in_this_order() {
        let names = Algorithm::ALL.map(Algorithm::name);
        assert_eq!(names, ["ES256", "RS256", "PS256", "EdDSA"]);
    }
}
