//! The client's certificate, as the platform received it when the connection was opened (RFC 8705 §3).

use oauth_core::base64url;
use oauth_guard::Certificate;
use worker::js_sys::Reflect;
use worker::wasm_bindgen::JsValue;

use crate::ports::Ports;

impl Certificate for Ports<'_> {
    /// Only that of a certificate that the platform has verified.
    fn thumbprint(&self) -> Option<String> {
        let cf = member(&self.request, "cf")?;
        let client = member(&cf, "tlsClientAuth")?;
        let text = |name| member(&client, name)?.as_string();
        if text("certPresented")? != "1" || text("certVerified")? != "SUCCESS" {
            return None;
        }
        in_base64url(&text("certFingerprintSHA256")?)
    }
}

/// A member that may be missing: the bindings of the crate `worker` panic where it is.
fn member(object: &JsValue, name: &str) -> Option<JsValue> {
    let found = Reflect::get(object, &JsValue::from_str(name)).ok()?;
    (!found.is_undefined() && !found.is_null()).then_some(found)
}

/// The platform writes the SHA-256 in hexadecimal; a token has it in base64url.
fn in_base64url(hexadecimal: &str) -> Option<String> {
    let digits: Vec<u8> = hexadecimal
        .chars()
        .map(|digit| {
            digit
                .to_digit(16)
                .and_then(|digit| u8::try_from(digit).ok())
        })
        .collect::<Option<_>>()?;
    let bytes: Vec<u8> = digits
        .chunks_exact(2)
        .filter_map(|pair| match pair {
            [high, low] => Some(high << 4 | low),
            _ => None,
        })
        .collect();
    (digits.len() == 64).then(|| base64url::encode(&bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_written_as_tokens_have_it() {
        let hexadecimal = "00ff".repeat(16);
        let text = in_base64url(&hexadecimal).unwrap();
        assert_eq!(text.len(), 43);
        assert_eq!(base64url::decode(&text).unwrap(), [0, 255].repeat(16));
        assert_eq!(in_base64url(&hexadecimal.to_uppercase()).unwrap(), text);
    }

    #[test]
    fn what_is_no_fingerprint_is_none() {
        for text in [
            "",
            "00",
            "zz",
            &"0".repeat(63),
            &"0".repeat(65),
            &"é".repeat(64),
        ] {
            assert_eq!(in_base64url(text), None, "{text}");
        }
    }
}
