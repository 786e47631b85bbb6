//! Sealing with AES-256-GCM (NIST SP 800-38D): a random 96-bit nonce, then ciphertext and tag.

use js_sys::Uint8Array;
use oauth_core::{Fault, Secret};
use wasm_bindgen::JsValue;

use crate::algorithm::{named, set};
use crate::subtle::{
    bytes, decrypt, describe, encrypt, import_key, random_values, settled, usages,
};

const NONCE: usize = 12;

/// Seals `plaintext`; `context` says what it is and where it belongs, and must be the same again to
/// open it.
pub async fn seal(key: &[u8; 32], plaintext: &[u8], context: &[u8]) -> Result<Vec<u8>, Fault> {
    let nonce = Uint8Array::new_with_length(12);
    random_values(&nonce).map_err(|error| Fault::new("webcrypto.random", describe(&error)))?;
    let key = imported(key, "encrypt").await?;
    let promise = encrypt(
        &parameters(&nonce, context)?,
        &key,
        &Uint8Array::from(plaintext),
    );
    let ciphertext = settled("webcrypto.seal", promise).await?;
    let mut sealed = nonce.to_vec();
    sealed.extend(bytes(&ciphertext));
    Ok(sealed)
}

/// Opens what [`seal`] made under the same key and context.
pub async fn open(key: &[u8; 32], sealed: &[u8], context: &[u8]) -> Result<Secret<Vec<u8>>, Fault> {
    let (nonce, ciphertext) = sealed
        .split_at_checked(NONCE)
        .ok_or_else(|| Fault::new("webcrypto.open", "too short to be sealed"))?;
    let key = imported(key, "decrypt").await?;
    let promise = decrypt(
        &parameters(&Uint8Array::from(nonce), context)?,
        &key,
        &Uint8Array::from(ciphertext),
    );
    let plaintext = settled("webcrypto.open", promise).await?;
    Ok(Secret::new(bytes(&plaintext)))
}

async fn imported(key: &[u8; 32], usage: &str) -> Result<JsValue, Fault> {
    let promise = import_key(
        "raw",
        &Uint8Array::from(key.as_slice()),
        &named("AES-GCM")?,
        false,
        &usages(&[usage]),
    );
    settled("webcrypto.import", promise).await
}

fn parameters(nonce: &Uint8Array, context: &[u8]) -> Result<JsValue, Fault> {
    let parameters = named("AES-GCM")?;
    set(&parameters, "iv", nonce)?;
    set(&parameters, "additionalData", &Uint8Array::from(context))?;
    Ok(parameters)
}
