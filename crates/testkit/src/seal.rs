//! AES-256-GCM outside a worker, in the form that the platform's has: nonce, ciphertext, tag.

use aes_gcm::{
    Aes256Gcm, KeyInit as _,
    aead::{Aead as _, Payload},
};
use oauth_core::Fault;

const NONCE: usize = 12;

/// Seals `plaintext` with a nonce that was not used before.
pub fn seal(
    key: &[u8; 32],
    nonce: [u8; NONCE],
    plaintext: &[u8],
    about: &[u8],
) -> Result<Vec<u8>, Fault> {
    let payload = Payload {
        msg: plaintext,
        aad: about,
    };
    let ciphertext = Aes256Gcm::new(key.into())
        .encrypt(&nonce.into(), payload)
        .map_err(|_| Fault::new("testkit.seal", "not sealed"))?;
    Ok([nonce.as_slice(), &ciphertext].concat())
}

/// Opens what was sealed.
pub fn open(key: &[u8; 32], sealed: &[u8], about: &[u8]) -> Result<Vec<u8>, Fault> {
    let unreadable = || Fault::new("testkit.open", "not sealed under this key");
    let (nonce, ciphertext) = sealed.split_first_chunk::<NONCE>().ok_or_else(unreadable)?;
    let payload = Payload {
        msg: ciphertext,
        aad: about,
    };
    Aes256Gcm::new(key.into())
        .decrypt(nonce.into(), payload)
        .map_err(|_| unreadable())
}
