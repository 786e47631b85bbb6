//! Checking signatures, each key imported once.

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;

use js_sys::Uint8Array;
use oauth_core::Fault;
use oauth_core::jose::{Algorithm, Jwk, PublicKey, SignatureVerifier};
use wasm_bindgen::JsValue;

use crate::algorithm::{import_parameters, json, signature_parameters};
use crate::subtle::{import_key, settled, usages, verify};

/// How many imported keys are cached; the oldest goes first.
const MOST_KEYS: usize = 32;

/// Checks signatures by `crypto.subtle`. Clones share the imported keys.
#[derive(Clone, Default)]
pub struct WebCrypto {
    imported: Rc<RefCell<Vec<Imported>>>,
}

#[derive(Clone)]
struct Imported {
    public: PublicKey,
    algorithm: Algorithm,
    key: JsValue,
    parameters: JsValue,
}

impl WebCrypto {
    /// A verifier that has not seen a key yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The imported key, or `None` if the platform finds that it is none (a point off the curve).
    async fn imported(&self, key: &Jwk, algorithm: Algorithm) -> Result<Option<Imported>, Fault> {
        let kept = self.imported.borrow().iter().find_map(|known| {
            (known.algorithm == algorithm && known.public == key.key).then(|| known.clone())
        });
        if kept.is_some() {
            return Ok(kept);
        }
        let data = json(&public_members(key)?)?;
        let parameters = import_parameters(algorithm)?;
        let promise = import_key("jwk", &data, &parameters, false, &usages(&["verify"]));
        let Ok(imported) = settled("webcrypto.import", promise).await else {
            return Ok(None);
        };
        let imported = Imported {
            public: key.key.clone(),
            algorithm,
            key: imported,
            parameters: signature_parameters(algorithm)?,
        };
        let mut known = self.imported.borrow_mut();
        if known.len() >= MOST_KEYS {
            known.remove(0);
        }
        known.push(imported.clone());
        Ok(Some(imported))
    }
}

impl fmt::Debug for WebCrypto {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("WebCrypto").finish_non_exhaustive()
    }
}

impl SignatureVerifier for WebCrypto {
    async fn verify(
        &self,
        key: &Jwk,
        algorithm: Algorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<bool, Fault> {
        if !key.allows(algorithm) {
            return Ok(false);
        }
        let Some(imported) = self.imported(key, algorithm).await? else {
            return Ok(false);
        };
        let promise = verify(
            &imported.parameters,
            &imported.key,
            &Uint8Array::from(signature),
            &Uint8Array::from(message),
        );
        let verified = settled("webcrypto.verify", promise).await?;
        Ok(verified.as_bool() == Some(true))
    }
}

/// The bare key: what its owner says about its use has been checked already, and platforms differ in
/// what they make of it.
fn public_members(key: &Jwk) -> Result<String, Fault> {
    let bare = Jwk {
        key: key.key.clone(),
        key_id: None,
        algorithm: None,
        usage: None,
    };
    serde_json::to_string(&bare).map_err(|error| Fault::new("webcrypto.jwk", error))
}
