//! How WebCrypto names the algorithms of JWS (RFC 7518 §3.1, RFC 8037).

use js_sys::{JSON, Object, Reflect, Uint8Array};
use oauth_core::Fault;
use oauth_core::jose::{Algorithm, Jwk, KeyType, Scheme};
use wasm_bindgen::JsValue;

use crate::subtle::describe;

/// The parameters of `importKey`.
pub(crate) fn import_parameters(algorithm: Algorithm) -> Result<JsValue, Fault> {
    match algorithm.scheme() {
        Scheme::Ecdsa(curve) => json(&ecdsa("namedCurve", curve.name())),
        Scheme::RsaPkcs1 => json(r#"{"name":"RSASSA-PKCS1-v1_5","hash":"SHA-256"}"#),
        Scheme::RsaPss => json(r#"{"name":"RSA-PSS","hash":"SHA-256"}"#),
        Scheme::Ed25519 => json(r#"{"name":"Ed25519"}"#),
    }
}

/// The parameters of `sign` and `verify`.
pub(crate) fn signature_parameters(algorithm: Algorithm) -> Result<JsValue, Fault> {
    match algorithm.scheme() {
        Scheme::Ecdsa(curve) => json(&ecdsa("hash", curve.hash())),
        Scheme::RsaPkcs1 => json(r#"{"name":"RSASSA-PKCS1-v1_5"}"#),
        Scheme::RsaPss => json(r#"{"name":"RSA-PSS","saltLength":32}"#),
        Scheme::Ed25519 => json(r#"{"name":"Ed25519"}"#),
    }
}

fn ecdsa(member: &str, value: &str) -> String {
    [r#"{"name":"ECDSA",""#, member, r#"":""#, value, r#""}"#].concat()
}

/// The parameters of `generateKey`: RSA keys have 2048 bits and the exponent 65537.
pub(crate) fn generation_parameters(algorithm: Algorithm) -> Result<JsValue, Fault> {
    let parameters = import_parameters(algorithm)?;
    if algorithm.key_type() == KeyType::Rsa {
        set(&parameters, "modulusLength", &JsValue::from(2048))?;
        let exponent = Uint8Array::from([1, 0, 1].as_slice());
        set(&parameters, "publicExponent", &exponent)?;
    }
    Ok(parameters)
}

/// The algorithm that a key is for, where its owner does not say.
pub(crate) fn algorithm_of(key: &Jwk) -> Algorithm {
    key.algorithm
        .unwrap_or_else(|| Algorithm::usual_for(key.key.key_type()))
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
