//! How WebCrypto names the algorithms of JWS (RFC 7518 §3.1, RFC 8037).

use js_sys::{JSON, Object, Reflect, Uint8Array};
use oauth_core::Fault;
use oauth_core::jose::{Algorithm, Jwk, PublicKey};
use wasm_bindgen::JsValue;

use crate::subtle::describe;

/// The table entry of one algorithm, its parameters as JSON.
struct Profile {
    import: &'static str,
    signature: &'static str,
    is_rsa: bool,
}

/// The table of algorithms, as WebCrypto names them.
const fn profile(algorithm: Algorithm) -> Profile {
    match algorithm {
        Algorithm::Es256 => Profile {
            import: r#"{"name":"ECDSA","namedCurve":"P-256"}"#,
            signature: r#"{"name":"ECDSA","hash":"SHA-256"}"#,
            is_rsa: false,
        },
        Algorithm::Rs256 => Profile {
            import: r#"{"name":"RSASSA-PKCS1-v1_5","hash":"SHA-256"}"#,
            signature: r#"{"name":"RSASSA-PKCS1-v1_5"}"#,
            is_rsa: true,
        },
        // The salt is as long as the hash (RFC 7518 §3.5).
        Algorithm::Ps256 => Profile {
            import: r#"{"name":"RSA-PSS","hash":"SHA-256"}"#,
            signature: r#"{"name":"RSA-PSS","saltLength":32}"#,
            is_rsa: true,
        },
        Algorithm::EdDsa => Profile {
            import: r#"{"name":"Ed25519"}"#,
            signature: r#"{"name":"Ed25519"}"#,
            is_rsa: false,
        },
    }
}

/// The parameters of `importKey`.
pub(crate) fn import_parameters(algorithm: Algorithm) -> Result<JsValue, Fault> {
    json(profile(algorithm).import)
}

/// The parameters of `sign` and `verify`.
pub(crate) fn signature_parameters(algorithm: Algorithm) -> Result<JsValue, Fault> {
    json(profile(algorithm).signature)
}

/// The parameters of `generateKey`: RSA keys have 2048 bits and the exponent 65537.
pub(crate) fn generation_parameters(algorithm: Algorithm) -> Result<JsValue, Fault> {
    let parameters = import_parameters(algorithm)?;
    if profile(algorithm).is_rsa {
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
