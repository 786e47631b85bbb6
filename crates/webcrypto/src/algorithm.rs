//! How WebCrypto names the algorithms of JWS (RFC 7518 §3.1, RFC 8037).

use js_sys::{JSON, Object, Reflect, Uint8Array};
use oauth_core::Fault;
use oauth_core::jose::{Algorithm, Jwk, PublicKey};
use wasm_bindgen::JsValue;

use crate::subtle::describe;

/// The parameters of `importKey`.
pub(crate) fn import_parameters(algorithm: Algorithm) -> Result<JsValue, Fault> {
    json(match algorithm {
        Algorithm::Es256 => r#"{"name":"ECDSA","namedCurve":"P-256"}"#,
        Algorithm::Rs256 => r#"{"name":"RSASSA-PKCS1-v1_5","hash":"SHA-256"}"#,
        Algorithm::Ps256 => r#"{"name":"RSA-PSS","hash":"SHA-256"}"#,
        Algorithm::EdDsa => r#"{"name":"Ed25519"}"#,
    })
}

/// The parameters of `sign` and `verify`. The salt of PS256 is as long as its hash (RFC 7518 §3.5).
pub(crate) fn signature_parameters(algorithm: Algorithm) -> Result<JsValue, Fault> {
    json(match algorithm {
        Algorithm::Es256 => r#"{"name":"ECDSA","hash":"SHA-256"}"#,
        Algorithm::Rs256 => r#"{"name":"RSASSA-PKCS1-v1_5"}"#,
        Algorithm::Ps256 => r#"{"name":"RSA-PSS","saltLength":32}"#,
        Algorithm::EdDsa => r#"{"name":"Ed25519"}"#,
    })
}

/// The parameters of `generateKey`: RSA keys have 2048 bits and the exponent 65537.
pub(crate) fn generation_parameters(algorithm: Algorithm) -> Result<JsValue, Fault> {
    let parameters = import_parameters(algorithm)?;
    if matches!(algorithm, Algorithm::Rs256 | Algorithm::Ps256) {
        set(&parameters, "modulusLength", &JsValue::from(2048))?;
        let exponent = Uint8Array::from([1, 0, 1].as_slice());
        set(&parameters, "publicExponent", &exponent)?;
    }
    Ok(parameters)
}

/// The algorithm that a key is for, where its owner does not say.
pub(crate) fn algorithm_of(key: &Jwk) -> Algorithm {
    key.algorithm.unwrap_or(match key.key {
        PublicKey::P256 { .. } => Algorithm::Es256,
        PublicKey::Rsa { .. } => Algorithm::Rs256,
        PublicKey::Ed25519 { .. } => Algorithm::EdDsa,
    })
}

pub(crate) fn json(text: &str) -> Result<JsValue, Fault> {
    JSON::parse(text).map_err(|_| Fault::new("webcrypto.json", "not JSON"))
}

pub(crate) fn set(object: &JsValue, name: &str, value: &JsValue) -> Result<(), Fault> {
    Reflect::set(object, &JsValue::from_str(name), value)
        .map(drop)
        .map_err(|error| Fault::new("webcrypto.set", describe(&error)))
}

pub(crate) fn get(object: &JsValue, name: &str) -> Result<JsValue, Fault> {
    Reflect::get(object, &JsValue::from_str(name))
        .map_err(|error| Fault::new("webcrypto.get", describe(&error)))
}

/// An object with one member, `name`.
pub(crate) fn named(name: &str) -> Result<JsValue, Fault> {
    let object = JsValue::from(Object::new());
    set(&object, "name", &JsValue::from_str(name))?;
    Ok(object)
}
