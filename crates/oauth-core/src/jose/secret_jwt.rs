//! A token that is authenticated with a secret which both sides know (HS256, RFC 7518 §3.2): a client's assertion, and
//! nothing else. No token of this server, and no proof, is ever read as one.

use from_json::FromJson;

use super::jwt::{JwtError, Protected, Segments};
use crate::{keyring::hmac_sha256, secret::secrets_equal};

/// A token that is well-formed; nothing that it says is known to be true.
#[derive(Debug)]
pub struct SecretJwt<'a> {
    signing_input: &'a str,
    payload: Vec<u8>,
    mac: Vec<u8>,
}

impl<'a> SecretJwt<'a> {
    /// The name of the algorithm.
    pub const ALGORITHM: &'static str = "HS256";

    /// Reads a compact JWS whose algorithm is HS256.
    pub fn parse(text: &'a str) -> Result<Self, JwtError> {
        let segments = Segments::read(text)?;
        let protected = Protected::read(&segments.header)?;
        if protected.alg != Self::ALGORITHM {
            return Err(JwtError::UnsupportedAlgorithm);
        }
        if protected.check()?.0 {
            return Err(JwtError::EmbeddedKey);
        }
        Ok(Self {
            signing_input: segments.signing_input,
            payload: segments.payload,
            mac: segments.signature,
        })
    }

    /// The token's claims, unverified.
    pub fn unverified_claims<C: FromJson>(&self) -> Result<C, JwtError> {
        from_json::from_slice(&self.payload).map_err(|_| JwtError::Claims)
    }

    /// Whether it was made with this secret.
    pub fn is_of(&self, secret: &[u8]) -> bool {
        let computed = hmac_sha256(secret, &[self.signing_input.as_bytes()]);
        secrets_equal(&computed, &self.mac)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base64url;

    #[test]
    fn the_example_of_rfc_7515_is_of_its_secret_and_of_no_other() {
        // Appendix A.1.
        let text = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        let secret = base64url::decode("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow").unwrap();
        let jwt = SecretJwt::parse(text).unwrap();
        assert!(jwt.is_of(&secret));
        assert!(!jwt.is_of(&secret[1..]) && !jwt.is_of(b""));
    }

    #[test]
    fn row_41_only_hs256_is_read_and_no_key_is_taken_from_the_header() {
        let of = |header: &str| [&base64url::encode(header.as_bytes()), ".e30.AAAA"].concat();
        assert!(SecretJwt::parse(&of(r#"{"alg":"HS256"}"#)).is_ok());
        for header in [
            r#"{"alg":"none"}"#,
            r#"{"alg":"hs256"}"#,
            r#"{"alg":"HS384"}"#,
            r#"{"alg":"ES256"}"#,
            r#"{"typ":"JWT"}"#,
            r#"{"alg":"HS256","alg":"none"}"#,
            r#"{"alg":"HS256","crit":["x"]}"#,
            r#"{"alg":"HS256","b64":false}"#,
            r#"{"alg":"HS256","jwk":{"kty":"oct","k":"AAAA"}}"#,
            r#"{"alg":"HS256","jku":"https://a.example"}"#,
        ] {
            assert!(SecretJwt::parse(&of(header)).is_err(), "{header}");
        }
        for text in ["", "a.b", "a.b.c", "e30.e30.e30.e30"] {
            assert!(SecretJwt::parse(text).is_err(), "{text}");
        }
    }
}
