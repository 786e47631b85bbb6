//! A key pair, a verifier and an executor for the tests of this crate.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use oauth_core::jose::{Algorithm, Jwk, JwkSet, PublicKey, SignatureVerifier, Signer};
use oauth_core::{Fault, base64url};
use p256::ecdsa::signature::{Signer as _, Verifier as _};
use p256::ecdsa::{Signature, SigningKey, VerifyingKey};

/// An ES256 key that is made of one repeated byte.
pub(crate) struct TestKey {
    key: SigningKey,
    id: &'static str,
}

impl TestKey {
    pub(crate) fn new(byte: u8, id: &'static str) -> Self {
        let key = SigningKey::from_slice(&[byte; 32]).unwrap();
        Self { key, id }
    }

    pub(crate) fn jwks(&self) -> JwkSet {
        let point = self.key.verifying_key().to_encoded_point(false);
        let json = format!(
            r#"{{"keys":[{{"kty":"EC","crv":"P-256","alg":"ES256","use":"sig","kid":"{}","x":"{}","y":"{}"}}]}}"#,
            self.id,
            base64url::encode(point.x().unwrap()),
            base64url::encode(point.y().unwrap()),
        );
        JwkSet::parse(json.as_bytes()).unwrap()
    }
}

impl Signer for TestKey {
    fn algorithm(&self) -> Algorithm {
        Algorithm::Es256
    }

    fn key_id(&self) -> &str {
        self.id
    }

    async fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Fault> {
        let signature: Signature = self.key.sign(message);
        Ok(signature.to_bytes().to_vec())
    }
}

/// Checks ES256 only.
pub(crate) struct TestVerifier;

impl SignatureVerifier for TestVerifier {
    async fn verify(
        &self,
        key: &Jwk,
        _: Algorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<bool, Fault> {
        let PublicKey::Ec { x, y, .. } = &key.key else {
            return Ok(false);
        };
        let point = [
            vec![4],
            base64url::decode(x).unwrap(),
            base64url::decode(y).unwrap(),
        ]
        .concat();
        let key = VerifyingKey::from_sec1_bytes(&point).unwrap();
        let signature = Signature::from_slice(signature).unwrap();
        Ok(key.verify(message, &signature).is_ok())
    }
}

/// Runs a future to its end on this thread.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
        {
            return output;
        }
    }
}
