//! Signatures by RustCrypto, behind the same traits as the platform's.

use std::cell::Cell;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use oauth_core::jose::{
    Algorithm, Curve, Jwk, PublicKey, RegisteredClaims, SignatureVerifier, Signer,
};
use oauth_core::{Fault, base64url};
use p256::ecdsa::signature::{SignatureEncoding as _, Signer as _, Verifier as _};
use rsa::BigUint;
use rsa::pkcs1v15;
use rsa::sha2::Sha256;
use rsa::traits::PublicKeyParts as _;

/// Runs a future whose ports answer at once.
///
/// # Panics
///
/// If the future waits: nothing in memory does.
#[expect(clippy::panic, reason = "for tests only")]
pub fn run<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("a port in memory waits"),
    }
}

/// Checks ES256 and RS256 natively.
#[derive(Clone, Copy, Debug, Default)]
pub struct NativeVerifier;

thread_local! {
    static VERIFICATIONS: Cell<usize> = const { Cell::new(0) };
}

impl NativeVerifier {
    /// How many signatures this thread has checked.
    pub fn verifications() -> usize {
        VERIFICATIONS.get()
    }
}

impl SignatureVerifier for NativeVerifier {
    async fn verify(
        &self,
        key: &Jwk,
        algorithm: Algorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<bool, Fault> {
        VERIFICATIONS.set(VERIFICATIONS.get() + 1);
        if !key.allows(algorithm) {
            return Ok(false);
        }
        Ok(match (&key.key, algorithm) {
            (
                PublicKey::Ec {
                    curve: Curve::P256,
                    x,
                    y,
                },
                _,
            ) => p256_verifies(&[x, y], message, signature),
            (PublicKey::Rsa { n, e }, Algorithm::Rs256) => rsa_verifies([n, e], message, signature),
            _ => {
                return Err(Fault::new("testkit.verify", "not natively"));
            }
        })
    }
}

/// An ES256 key made of a seed: the same seed gives the same key.
#[derive(Clone, Debug)]
pub struct P256Key {
    key: p256::ecdsa::SigningKey,
    key_id: String,
}

impl P256Key {
    /// The key of this seed; its id is its thumbprint.
    ///
    /// # Panics
    ///
    /// For a seed of zero, which is no key.
    pub fn from_seed(seed: u8) -> Self {
        let key = p256::ecdsa::SigningKey::from_slice(&[seed; 32]).expect("a seed above zero");
        let mut made = Self {
            key,
            key_id: String::new(),
        };
        made.key_id = made.public().thumbprint();
        made
    }

    /// The same key under another id.
    #[must_use]
    pub fn with_key_id(mut self, key_id: &str) -> Self {
        key_id.clone_into(&mut self.key_id);
        self
    }

    /// The public key with its id.
    pub fn public(&self) -> Jwk {
        let point = self.key.verifying_key().to_encoded_point(false);
        let coordinate = |bytes: Option<&p256::FieldBytes>| {
            base64url::encode(bytes.map(|bytes| &**bytes).unwrap_or_default())
        };
        let key = PublicKey::Ec {
            curve: Curve::P256,
            x: coordinate(point.x()),
            y: coordinate(point.y()),
        };
        let mut public = Jwk::signing(key, Algorithm::Es256);
        if !self.key_id.is_empty() {
            public.key_id = Some(self.key_id.clone());
        }
        public
    }
}

impl Signer for P256Key {
    fn algorithm(&self) -> Algorithm {
        Algorithm::Es256
    }

    fn key_id(&self) -> &str {
        &self.key_id
    }

    async fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Fault> {
        let signature: p256::ecdsa::Signature = self.key.sign(message);
        Ok(signature.to_bytes().to_vec())
    }
}

/// The RS256 key of RFC 7515 appendix A.2.
#[derive(Clone, Debug)]
pub struct Rs256Key {
    key: pkcs1v15::SigningKey<Sha256>,
    public: Jwk,
    key_id: String,
}

/// The primes of RFC 7515 appendix A.2.1.
const P: &str = "4BzEEOtIpmVdVEZNCqS7baC4crd0pqnRH_5IB3jw3bcxGn6QLvnEtfdUdiYrqBdss1l58BQ3KhooKeQTa9AB0Hw_Py5PJdTJNPY8cQn7ouZ2KKDcmnPGBY5t7yLc1QlQ5xHdwW1VhvKn-nXqhJTBgIPgtldC-KDV5z-y2XDwGUc";
const Q: &str = "uQPEfgmVtjL0Uyyx88GZFF1fOunH3-7cepKmtH4pxhtCoHqpWmT8YAmZxaewHgHAjLYsp1ZSe7zFYHj7C6ul7TjeLQeZD_YwD66t62wDmpe_HlB-TnBA-njbglfIsRLtXlnDzQkv5dTltRJ11BKBBypeeF6689rjcJIDEz9RWdc";

impl Rs256Key {
    /// The key of RFC 7515 appendix A.2; its id is its thumbprint.
    ///
    /// # Panics
    ///
    /// Never: the numbers are those of the RFC.
    pub fn of_rfc_7515() -> Self {
        let exponent = BigUint::from(65_537_u32);
        let key = rsa::RsaPrivateKey::from_p_q(number(P), number(Q), exponent).expect("an RSA key");
        let public = Jwk::signing(
            PublicKey::Rsa {
                n: base64url::encode(&key.n().to_bytes_be()),
                e: base64url::encode(&key.e().to_bytes_be()),
            },
            Algorithm::Rs256,
        );
        Self {
            key: pkcs1v15::SigningKey::new(key),
            key_id: public.thumbprint(),
            public,
        }
    }

    /// The public key with its id.
    pub fn public(&self) -> Jwk {
        self.public.clone()
    }
}

impl Signer for Rs256Key {
    fn algorithm(&self) -> Algorithm {
        Algorithm::Rs256
    }

    fn key_id(&self) -> &str {
        &self.key_id
    }

    async fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Fault> {
        Ok(self.key.sign(message).to_vec())
    }
}

fn p256_verifies(point: &[&str; 2], message: &[u8], signature: &[u8]) -> bool {
    let coordinates = point.map(|text| base64url::decode(text).unwrap_or_default());
    let sec1 = [&[4][..], &coordinates.concat()].concat();
    let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(&sec1);
    let signature = p256::ecdsa::Signature::from_slice(signature);
    matches!((key, signature), (Ok(key), Ok(signature)) if key.verify(message, &signature).is_ok())
}

fn rsa_verifies(numbers: [&str; 2], message: &[u8], signature: &[u8]) -> bool {
    let [n, e] = numbers.map(number);
    let key = rsa::RsaPublicKey::new(n, e).map(pkcs1v15::VerifyingKey::<Sha256>::new);
    let signature = pkcs1v15::Signature::try_from(signature);
    matches!((key, signature), (Ok(key), Ok(signature)) if key.verify(message, &signature).is_ok())
}

fn number(text: &str) -> BigUint {
    BigUint::from_bytes_be(&base64url::decode(text).unwrap_or_default())
}

/// A compact JWS of `claims`, authenticated by HS256 with `secret`.
///
/// # Panics
///
/// If the claims cannot be written.
pub fn mint_by_secret(claims: &RegisteredClaims, secret: &[u8]) -> String {
    use hmac::Mac as _;
    use oauth_core::base64url::encode;

    let claims = serde_json::to_vec(claims).expect("claims");
    let input = [encode(br#"{"alg":"HS256","typ":"JWT"}"#), encode(&claims)].join(".");
    let mut mac = <hmac::Hmac<sha2::Sha256> as hmac::Mac>::new_from_slice(secret).expect("a key");
    mac.update(input.as_bytes());
    [input, encode(&mac.finalize().into_bytes())].join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_keys_verify_what_they_sign_and_nothing_else() {
        let (ec, rsa) = (P256Key::from_seed(1), Rs256Key::of_rfc_7515());
        for (public, signature, algorithm) in [
            (
                ec.public(),
                run(ec.sign(b"message")).unwrap(),
                Algorithm::Es256,
            ),
            (
                rsa.public(),
                run(rsa.sign(b"message")).unwrap(),
                Algorithm::Rs256,
            ),
        ] {
            let verify = |message: &[u8]| {
                run(NativeVerifier.verify(&public, algorithm, message, &signature)).unwrap()
            };
            assert!(verify(b"message"));
            assert!(!verify(b"massage"));
        }
    }

    #[test]
    fn the_rsa_key_is_that_of_the_rfc() {
        let PublicKey::Rsa { n, .. } = Rs256Key::of_rfc_7515().public().key else {
            panic!("not RSA");
        };
        assert!(n.starts_with("ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHm"));
    }
}
