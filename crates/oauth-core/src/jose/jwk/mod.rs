//! Public keys as JSON (RFC 7517, RFC 7518 §6, RFC 8037 §2) and their thumbprints (RFC 7638).

use std::fmt;

use from_json::{FromJson, Json, Mismatch};
use serde::Serialize;
use serde::de::IgnoredAny;
use sha2::{Digest as _, Sha256};

use super::algorithm::{Algorithm, Curve};
use crate::base64url;

/// The most keys that are read from one set.
const MOST_KEYS: usize = 64;
/// The longest key id that means anything to us.
pub(super) const LONGEST_KEY_ID: usize = 256;

/// Why JSON is not a public key that this crate supports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JwkError {
    /// Not a JSON object with members of the right types.
    Malformed,
    /// A key type, curve or algorithm that we do not know.
    Unsupported,
    /// A private or symmetric member where a public key belongs.
    Private,
    /// Coordinates or numbers of the wrong size; RSA below 2048 bits.
    Size,
}

impl fmt::Display for JwkError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Malformed => "malformed key",
            Self::Unsupported => "unsupported key",
            Self::Private => "a private key where a public one belongs",
            Self::Size => "a key of the wrong size",
        })
    }
}

impl std::error::Error for JwkError {}

/// The key itself, its numbers in base64url.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PublicKey {
    /// A point on a curve of ECDSA.
    Ec {
        /// The curve.
        curve: Curve,
        /// The first coordinate.
        x: String,
        /// The second coordinate.
        y: String,
    },
    /// An RSA key of 2048 bits or more.
    Rsa {
        /// The modulus.
        n: String,
        /// The exponent.
        e: String,
    },
    /// A point on edwards25519.
    Ed25519 {
        /// The encoded point, 32 bytes.
        x: String,
    },
}

/// The types of key, each with its curve if it has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyType {
    /// `EC`, on one of the curves of ECDSA.
    Ec(Curve),
    /// `RSA`.
    Rsa,
    /// `OKP` on `Ed25519`.
    Ed25519,
}

impl PublicKey {
    /// The key's type.
    pub const fn key_type(&self) -> KeyType {
        match self {
            Self::Ec { curve, .. } => KeyType::Ec(*curve),
            Self::Rsa { .. } => KeyType::Rsa,
            Self::Ed25519 { .. } => KeyType::Ed25519,
        }
    }
}

/// A public key with what its owner says about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(try_from = "Members", into = "Members")]
pub struct Jwk {
    /// The key itself.
    pub key: PublicKey,
    /// Its id.
    pub key_id: Option<String>,
    /// The one algorithm that it is for, where its owner names one.
    pub algorithm: Option<Algorithm>,
    /// Its use: `sig` or `enc`.
    pub usage: Option<String>,
}

impl Jwk {
    /// A signing key whose id is its thumbprint.
    pub fn signing(key: PublicKey, algorithm: Algorithm) -> Self {
        let mut jwk = Self {
            key,
            key_id: None,
            algorithm: Some(algorithm),
            usage: Some("sig".into()),
        };
        jwk.key_id = Some(jwk.thumbprint());
        jwk
    }

    /// Reads a public key; private members are refused.
    pub fn parse(json: &str) -> Result<Self, JwkError> {
        from_json::from_str::<Members>(json)
            .map_err(|_| JwkError::Malformed)?
            .try_into()
    }

    /// The public half of a private key, for the one who holds it.
    pub fn public_half(private_json: &str) -> Result<Self, JwkError> {
        let members: Members =
            from_json::from_str(private_json).map_err(|_| JwkError::Malformed)?;
        members.without_private().try_into()
    }

    /// Whether a signature by `algorithm` may be checked with this key.
    pub fn allows(&self, algorithm: Algorithm) -> bool {
        self.key.key_type() == algorithm.key_type()
            && self.algorithm.is_none_or(|only| only == algorithm)
            && self.usage.as_deref().is_none_or(|usage| usage == "sig")
    }

    /// The key's thumbprint: SHA-256 over its required members in order (RFC 7638 §3).
    pub fn thumbprint(&self) -> String {
        // base64url needs no escape in JSON.
        let canonical = match &self.key {
            PublicKey::Ec { curve, x, y } => {
                let curve = curve.name();
                format!(r#"{{"crv":"{curve}","kty":"EC","x":"{x}","y":"{y}"}}"#)
            }
            PublicKey::Rsa { n, e } => format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#),
            PublicKey::Ed25519 { x } => format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#),
        };
        base64url::encode(&Sha256::digest(canonical.as_bytes()))
    }
}

/// A set of public keys. Keys of types, curves or algorithms unknown to us are skipped (RFC 7517 §5).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, FromJson)]
#[serde(from = "Entries")]
pub struct JwkSet {
    /// The keys that we know how to use.
    pub keys: Vec<Jwk>,
}

impl JwkSet {
    /// Reads a key set.
    pub fn parse(json: &[u8]) -> Result<Self, JwkError> {
        from_json::from_slice(json).map_err(|_| JwkError::Malformed)
    }

    /// The key for a token: the one of its id, or without an id the only one that fits its algorithm.
    pub fn find(&self, key_id: Option<&str>, algorithm: Algorithm) -> Option<&Jwk> {
        let mut fitting = self.keys.iter().filter(|key| {
            key.allows(algorithm) && (key_id.is_none() || key.key_id.as_deref() == key_id)
        });
        let first = fitting.next()?;
        (key_id.is_some() || fitting.next().is_none()).then_some(first)
    }

    /// Whether a key with this id may have been published since these were read: none of them has it, and one has an id as
    /// long. So what a stranger invents is a bad token at once, unless they take pains.
    pub fn may_gain(&self, key_id: &str) -> bool {
        let ids = self.keys.iter().filter_map(|key| key.key_id.as_deref());
        let mut ids = ids.peekable();
        let is_alike = ids.peek().is_none() || ids.clone().any(|id| id.len() == key_id.len());
        is_alike && ids.all(|id| id != key_id)
    }
}

#[derive(FromJson)]
struct Entries {
    keys: Vec<Entry>,
}

enum Entry {
    Known(Jwk),
    Unknown,
}

impl FromJson for Entry {
    fn from_json(value: Json<'_>) -> Result<Self, Mismatch> {
        Ok(Jwk::from_json(value).map_or(Self::Unknown, Self::Known))
    }
}

impl From<Entries> for JwkSet {
    fn from(entries: Entries) -> Self {
        let known = entries.keys.into_iter().filter_map(|entry| match entry {
            Entry::Known(key) => Some(key),
            Entry::Unknown => None,
        });
        Self {
            keys: known.take(MOST_KEYS).collect(),
        }
    }
}

/// The keys of a stranger: a set in which each is public and of the right size, as far as it is of a type that we know.
#[derive(Clone, Debug, FromJson)]
#[serde(try_from = "StrangersEntries")]
pub struct PublicKeys(pub JwkSet);

#[derive(FromJson)]
struct StrangersEntries {
    keys: Vec<Members>,
}

impl TryFrom<StrangersEntries> for PublicKeys {
    type Error = JwkError;

    fn try_from(entries: StrangersEntries) -> Result<Self, JwkError> {
        if entries.keys.len() > MOST_KEYS {
            return Err(JwkError::Size);
        }
        let mut keys = Vec::new();
        for members in entries.keys {
            match Jwk::try_from(members) {
                Ok(key) => keys.push(key),
                Err(JwkError::Unsupported) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Self(JwkSet { keys }))
    }
}

/// A key's members as in JSON. The private ones are only detected, never stored.
#[derive(Default, Serialize, FromJson)]
struct Members {
    kty: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    crv: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    x: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    y: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    n: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    e: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kid: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    alg: Option<String>,
    #[serde(default, rename = "use", skip_serializing_if = "Option::is_none")]
    usage: Option<String>,
    #[serde(default, skip_serializing)]
    d: Option<IgnoredAny>,
    #[serde(default, skip_serializing)]
    p: Option<IgnoredAny>,
    #[serde(default, skip_serializing)]
    q: Option<IgnoredAny>,
    #[serde(default, skip_serializing)]
    k: Option<IgnoredAny>,
}

impl Members {
    const fn is_private(&self) -> bool {
        self.d.is_some() || self.p.is_some() || self.q.is_some() || self.k.is_some()
    }

    fn without_private(self) -> Self {
        Self {
            d: None,
            p: None,
            q: None,
            ..self
        }
    }
}

impl TryFrom<Members> for Jwk {
    type Error = JwkError;

    fn try_from(members: Members) -> Result<Self, JwkError> {
        if members.is_private() {
            return Err(JwkError::Private);
        }
        let algorithm = match &members.alg {
            None => None,
            // Platforms export such keys under the newer of the two names (RFC 9864 §2.2).
            Some(name) if name == "Ed25519" => Some(Algorithm::EdDsa),
            Some(name) => Some(Algorithm::parse(name).ok_or(JwkError::Unsupported)?),
        };
        if members
            .kid
            .as_ref()
            .is_some_and(|id| id.len() > LONGEST_KEY_ID)
        {
            return Err(JwkError::Size);
        }
        let key = match (members.kty.as_str(), members.crv.as_deref()) {
            ("EC", Some(curve)) => {
                let curve = Curve::parse(curve).ok_or(JwkError::Unsupported)?;
                PublicKey::Ec {
                    curve,
                    x: sized(members.x, curve.coordinate())?,
                    y: sized(members.y, curve.coordinate())?,
                }
            }
            ("OKP", Some("Ed25519")) => PublicKey::Ed25519 {
                x: sized(members.x, 32)?,
            },
            ("RSA", _) => rsa(members.n, members.e)?,
            _ => return Err(JwkError::Unsupported),
        };
        Ok(Self {
            key,
            key_id: members.kid,
            algorithm,
            usage: members.usage,
        })
    }
}

impl From<Jwk> for Members {
    fn from(jwk: Jwk) -> Self {
        let common = Self {
            kid: jwk.key_id,
            alg: jwk.algorithm.map(|algorithm| algorithm.name().to_owned()),
            usage: jwk.usage,
            ..Self::default()
        };
        match jwk.key {
            PublicKey::Ec { curve, x, y } => Self {
                kty: "EC".into(),
                crv: Some(curve.name().into()),
                x: Some(x),
                y: Some(y),
                ..common
            },
            PublicKey::Rsa { n, e } => Self {
                kty: "RSA".into(),
                n: Some(n),
                e: Some(e),
                ..common
            },
            PublicKey::Ed25519 { x } => Self {
                kty: "OKP".into(),
                crv: Some("Ed25519".into()),
                x: Some(x),
                ..common
            },
        }
    }
}

fn sized(text: Option<String>, length: usize) -> Result<String, JwkError> {
    let text = text.ok_or(JwkError::Malformed)?;
    let bytes = base64url::decode(&text).ok_or(JwkError::Malformed)?;
    (bytes.len() == length)
        .then_some(text)
        .ok_or(JwkError::Size)
}

/// 2048 to 8192 bits, without leading zeros; an odd exponent of at most 32 bits.
fn rsa(modulus: Option<String>, exponent: Option<String>) -> Result<PublicKey, JwkError> {
    let (n, e) = modulus.zip(exponent).ok_or(JwkError::Malformed)?;
    let modulus = base64url::decode(&n).ok_or(JwkError::Malformed)?;
    let exponent = base64url::decode(&e).ok_or(JwkError::Malformed)?;
    let enough = match modulus.as_slice() {
        [0, ..] | [] => false,
        [first, ..] => {
            (257..=1024).contains(&modulus.len()) || (modulus.len() == 256 && *first >= 0x80)
        }
    };
    let odd = exponent.last().is_some_and(|last| last % 2 == 1);
    let useful = odd && exponent != [1] && exponent.len() <= 4;
    (enough && useful)
        .then_some(PublicKey::Rsa { n, e })
        .ok_or(JwkError::Size)
}

#[cfg(test)]
mod tests;
