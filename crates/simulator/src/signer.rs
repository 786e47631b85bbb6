//! Signatures that cost nothing. What is explored is order and loss, not cryptography: the signature is a
//! short hash of the message, distinct for each algorithm, and the simulation's adversary cannot make one because
//! it does not try. The real algorithms have their vectors elsewhere.

use std::{cell::Cell, rc::Rc};

use oauth_core::{
    Fault, base64url,
    jose::{Algorithm, Curve, Jwk, JwkSet, PublicKey, SignatureVerifier, Signer},
};

use crate::scheduler::Scheduler;

/// A key that signs by hashing. It takes its time, and it can fail.
pub struct HashSigner {
    algorithm: Algorithm,
    key_id: String,
    scheduler: Rc<Scheduler>,
    failed: Rc<Cell<bool>>,
}

impl HashSigner {
    /// A key for an algorithm. It says in `failed` when it does.
    pub fn new(
        (algorithm, key_id): (Algorithm, String),
        scheduler: Rc<Scheduler>,
        failed: Rc<Cell<bool>>,
    ) -> Self {
        Self {
            algorithm,
            key_id,
            scheduler,
            failed,
        }
    }
}

impl Signer for HashSigner {
    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    fn key_id(&self) -> &str {
        &self.key_id
    }

    async fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Fault> {
        // In a search one turn stands for all that minting waits for.
        if self.algorithm == Algorithm::Es256 || !self.scheduler.choices.is_scripted() {
            self.scheduler.turn().await;
        }
        if self.scheduler.strikes(25) {
            self.scheduler.note(|| "the signer fails".to_owned());
            self.failed.set(true);
            return Err(Fault::new("simulator.sign", "the signer failed"));
        }
        Ok(signed(self.algorithm, &self.key_id, message))
    }
}

/// A client's key for proofs of possession, by its number.
pub struct ProofKey(pub u8);

/// The key of the robot.
pub(crate) const ROBOT_KEY: ProofKey = ProofKey(9);

impl ProofKey {
    /// Its public half.
    pub fn public(&self) -> Jwk {
        let number = || base64url::encode(&[self.0; 32]);
        let key = PublicKey::Ec {
            curve: Curve::P256,
            x: number(),
            y: number(),
        };
        Jwk::signing(key, Algorithm::Es256)
    }
}

impl Signer for ProofKey {
    fn algorithm(&self) -> Algorithm {
        Algorithm::Es256
    }

    fn key_id(&self) -> &'static str {
        ""
    }

    async fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Fault> {
        Ok(signature(Algorithm::Es256, message))
    }
}

/// Checks what [`HashSigner`] has signed.
pub struct HashVerifier;

impl SignatureVerifier for HashVerifier {
    async fn verify(
        &self,
        key: &Jwk,
        algorithm: Algorithm,
        message: &[u8],
        presented: &[u8],
    ) -> Result<bool, Fault> {
        let key_id = key.key_id.as_deref().unwrap_or_default();
        Ok(signed(algorithm, key_id, message) == presented)
    }
}

/// The id of a server's key, by its number. All are as long.
pub(crate) fn key_id(algorithm: Algorithm, number: usize) -> String {
    format!("{}.{number:03}", algorithm.name())
}

/// The public half of a server's key: the right shape under the right id, and no key at all.
pub(crate) fn public_key(key_id: &str, algorithm: Algorithm) -> Jwk {
    let number = |bytes: usize| base64url::encode(&vec![0xab; bytes]);
    let key = if algorithm == Algorithm::Rs256 {
        PublicKey::Rsa {
            n: number(256),
            e: "AQAB".to_owned(),
        }
    } else {
        PublicKey::Ec {
            curve: Curve::P256,
            x: number(32),
            y: number(32),
        }
    };
    let mut key = Jwk::signing(key, algorithm);
    key.key_id = Some(key_id.to_owned());
    key
}

/// The public halves of a server's first keys.
pub fn public_keys() -> JwkSet {
    let first = [Algorithm::Es256, Algorithm::Rs256];
    let first = first.map(|algorithm| public_key(&key_id(algorithm, 0), algorithm));
    JwkSet { keys: first.into() }
}

/// The signature of one key.
fn signed(algorithm: Algorithm, key_id: &str, message: &[u8]) -> Vec<u8> {
    hashed(algorithm, &[key_id.as_bytes(), message])
}

fn signature(algorithm: Algorithm, message: &[u8]) -> Vec<u8> {
    hashed(algorithm, &[message])
}

/// FNV-1a, four times over.
fn hashed(algorithm: Algorithm, message: &[&[u8]]) -> Vec<u8> {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64 ^ (algorithm as u64 + 1);
    for byte in message.iter().copied().flatten() {
        hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    }
    let words: Vec<[u8; 8]> = (0..8)
        .map(|n| hash.rotate_left(n * 7).to_be_bytes())
        .collect();
    words.concat()
}

/// Seals as cheaply: what opens it must know the same key and the same place, and nothing is hidden.
pub(crate) fn seal(key: &[u8; 32], plaintext: &[u8], about: &[u8]) -> Vec<u8> {
    let mark = signature(Algorithm::EdDsa, &[key, about].concat());
    [mark.as_slice(), plaintext].concat()
}

/// Opens what was sealed.
pub(crate) fn open(key: &[u8; 32], sealed: &[u8], about: &[u8]) -> Result<Vec<u8>, Fault> {
    let mark = signature(Algorithm::EdDsa, &[key, about].concat());
    let plaintext = sealed.strip_prefix(mark.as_slice()).map(<[u8]>::to_vec);
    plaintext.ok_or_else(|| Fault::new("simulator.open", "not sealed under this key"))
}
