//! The few functions of `crypto` and `crypto.subtle` that are used, as the platform has them.

use js_sys::{Array, Promise, Uint8Array};
use oauth_core::Fault;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_namespace = crypto, js_name = getRandomValues)]
    pub(crate) fn random_values(buffer: &Uint8Array) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(catch, js_namespace = ["crypto", "subtle"], js_name = generateKey)]
    pub(crate) fn generate_key(
        algorithm: &JsValue,
        extractable: bool,
        usages: &Array,
    ) -> Result<Promise, JsValue>;

    #[wasm_bindgen(catch, js_namespace = ["crypto", "subtle"], js_name = importKey)]
    pub(crate) fn import_key(
        format: &str,
        data: &JsValue,
        algorithm: &JsValue,
        extractable: bool,
        usages: &Array,
    ) -> Result<Promise, JsValue>;

    #[wasm_bindgen(catch, js_namespace = ["crypto", "subtle"], js_name = exportKey)]
    pub(crate) fn export_key(format: &str, key: &JsValue) -> Result<Promise, JsValue>;

    #[wasm_bindgen(catch, js_namespace = ["crypto", "subtle"])]
    pub(crate) fn sign(
        algorithm: &JsValue,
        key: &JsValue,
        message: &Uint8Array,
    ) -> Result<Promise, JsValue>;

    #[wasm_bindgen(catch, js_namespace = ["crypto", "subtle"])]
    pub(crate) fn verify(
        algorithm: &JsValue,
        key: &JsValue,
        signature: &Uint8Array,
        message: &Uint8Array,
    ) -> Result<Promise, JsValue>;

    #[wasm_bindgen(catch, js_namespace = ["crypto", "subtle"])]
    pub(crate) fn encrypt(
        algorithm: &JsValue,
        key: &JsValue,
        plaintext: &Uint8Array,
    ) -> Result<Promise, JsValue>;

    #[wasm_bindgen(catch, js_namespace = ["crypto", "subtle"])]
    pub(crate) fn decrypt(
        algorithm: &JsValue,
        key: &JsValue,
        ciphertext: &Uint8Array,
    ) -> Result<Promise, JsValue>;
}

/// Waits for the platform.
pub(crate) async fn settled(
    what: &'static str,
    promise: Result<Promise, JsValue>,
) -> Result<JsValue, Fault> {
    let failed = |error: JsValue| Fault::new(what, describe(&error));
    JsFuture::from(promise.map_err(failed)?)
        .await
        .map_err(failed)
}

/// The bytes of an `ArrayBuffer`.
pub(crate) fn bytes(buffer: &JsValue) -> Vec<u8> {
    Uint8Array::new(buffer).to_vec()
}

/// Whether the operation may be done with the key.
pub(crate) fn usages(names: &[&str]) -> Array {
    names.iter().map(|name| JsValue::from_str(name)).collect()
}

/// The platform's own words; they never hold key material.
pub(crate) fn describe(error: &JsValue) -> String {
    error.dyn_ref::<js_sys::Error>().map_or_else(
        || "the platform gave no reason".to_owned(),
        |error| String::from(error.message()),
    )
}
