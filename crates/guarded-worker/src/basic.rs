//! HTTP Basic credentials of a client (RFC 7617, RFC 6749 §2.3.1).

use oauth_core::{Secret, base64url, form};

/// The value of `Authorization` for a client: both parts are form-urlencoded before they are joined.
pub(crate) fn authorization(id: &str, secret: &str) -> Secret<String> {
    let credentials = form::encode([(id, secret)]).replacen('=', ":", 1);
    Secret::new(format!("Basic {}", base64(&credentials)))
}

/// base64 in the alphabet that `Basic` wants (RFC 7617 §2), with padding.
fn base64(text: &str) -> String {
    let mut encoded = base64url::encode(text.as_bytes());
    encoded = encoded.replace('-', "+").replace('_', "/");
    while !encoded.len().is_multiple_of(4) {
        encoded.push('=');
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_encoded_before_they_are_joined() {
        let credentials = "the%20api%3A%3D%C3%A9:a%2Bb%3Dc%25%3A";
        assert_eq!(
            authorization("the api:=é", "a+b=c%:").expose(),
            &format!("Basic {}", base64(credentials))
        );
    }

    #[test]
    fn basic_has_its_own_alphabet_and_padding() {
        for (plain, encoded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("ab~", "YWJ+"),
            ("ab?", "YWI/"),
            (
                "api:api-secret-0123456789abcdef01234567",
                "YXBpOmFwaS1zZWNyZXQtMDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3",
            ),
        ] {
            assert_eq!(base64(plain), encoded);
        }
    }
}
