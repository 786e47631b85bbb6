//! The vectors of RFC 7515 and the forgeries of RFC 8725, against native signatures.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use p256::ecdsa::signature::{Signer as _, Verifier as _};
use proptest::prelude::*;
use rsa::BigUint;

use super::*;
use crate::UnixTime;
use crate::jose::{Curve, PublicKey, RegisteredClaims, Signer, mint};

/// Native futures here are ready at once.
pub(crate) fn run<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("a native future waits"),
    }
}

pub(crate) struct Native;

impl SignatureVerifier for Native {
    async fn verify(
        &self,
        key: &Jwk,
        algorithm: Algorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<bool, Fault> {
        Ok(match (&key.key, algorithm) {
            (PublicKey::Ec { x, y, .. }, _) => {
                let (x, y) = (base64url::decode(x).unwrap(), base64url::decode(y).unwrap());
                let sec1 = [&[4][..], &x, &y].concat();
                // Not every two coordinates are a point on the curve.
                let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(&sec1);
                key.is_ok_and(|key| {
                    p256::ecdsa::Signature::from_slice(signature)
                        .is_ok_and(|signature| key.verify(message, &signature).is_ok())
                })
            }
            (PublicKey::Rsa { n, e }, Algorithm::Rs256) => {
                let number = |text| BigUint::from_bytes_be(&base64url::decode(text).unwrap());
                let key = rsa::RsaPublicKey::new(number(n), number(e)).unwrap();
                let key = rsa::pkcs1v15::VerifyingKey::<sha2::Sha256>::new(key);
                rsa::pkcs1v15::Signature::try_from(signature)
                    .is_ok_and(|signature| key.verify(message, &signature).is_ok())
            }
            _ => false,
        })
    }
}

/// Says yes to everything: what is refused under it is refused by the reader itself.
struct Gullible;

impl SignatureVerifier for Gullible {
    async fn verify(&self, _: &Jwk, _: Algorithm, _: &[u8], _: &[u8]) -> Result<bool, Fault> {
        Ok(true)
    }
}

pub(crate) struct Key(p256::ecdsa::SigningKey);

impl Key {
    pub(crate) fn new() -> Self {
        Self(p256::ecdsa::SigningKey::from_slice(&[7; 32]).unwrap())
    }

    pub(crate) fn public(&self) -> Jwk {
        let point = self.0.verifying_key().to_encoded_point(false);
        let key = PublicKey::Ec {
            curve: Curve::P256,
            x: base64url::encode(point.x().unwrap()),
            y: base64url::encode(point.y().unwrap()),
        };
        Jwk::signing(key, Algorithm::Es256)
    }
}

impl Signer for Key {
    fn algorithm(&self) -> Algorithm {
        Algorithm::Es256
    }

    fn key_id(&self) -> &'static str {
        "k1"
    }

    async fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Fault> {
        let signature: p256::ecdsa::Signature = self.0.sign(message);
        Ok(signature.to_bytes().to_vec())
    }
}

fn minted() -> (String, RegisteredClaims) {
    let claims = RegisteredClaims {
        iss: Some("https://as.example".into()),
        exp: Some(UnixTime(2_000_000_000).into()),
        nbf: Some(UnixTime(5).into()),
        iat: Some(UnixTime(6).into()),
        ..RegisteredClaims::default()
    };
    (run(mint(&Key::new(), "at+jwt", &claims)).unwrap(), claims)
}

fn verified(token: &str, key: &Jwk) -> Result<RegisteredClaims, JwtError> {
    let jwt = UntrustedJwt::parse(token)?;
    match run(jwt.verify(&Native, key)) {
        Ok(jwt) => Ok(jwt.claims),
        Err(JwtRefused::Jwt(error)) => Err(error),
        Err(JwtRefused::Fault(fault)) => panic!("{fault}"),
    }
}

fn token(header: &str, payload: &str, signature: &[u8]) -> String {
    format!(
        "{}.{}.{}",
        base64url::encode(header.as_bytes()),
        base64url::encode(payload.as_bytes()),
        base64url::encode(signature)
    )
}

fn refused(header: &str) -> JwtError {
    UntrustedJwt::parse(&token(header, "{}", &[1; 64])).unwrap_err()
}

const A3_KEY: &str = r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#;
const PAYLOAD: &str = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";

#[test]
fn rfc_7515_appendix_a_3_verifies() {
    let token = format!(
        "eyJhbGciOiJFUzI1NiJ9.{PAYLOAD}.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
    );
    let claims = verified(&token, &Jwk::parse(A3_KEY).unwrap()).unwrap();
    assert_eq!(claims.iss.as_deref(), Some("joe"));
    assert_eq!(claims.exp, Some(UnixTime(1_300_819_380).into()));
}

#[test]
fn rfc_7515_appendix_a_2_verifies() {
    let key = r#"{"kty":"RSA","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ","e":"AQAB"}"#;
    let token = format!(
        "eyJhbGciOiJSUzI1NiJ9.{PAYLOAD}.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"
    );
    let claims = verified(&token, &Jwk::parse(key).unwrap()).unwrap();
    assert_eq!(claims.iss.as_deref(), Some("joe"));
}

#[test]
fn what_was_minted_verifies_and_says_the_same() {
    let (token, claims) = minted();
    let jwt = UntrustedJwt::parse(&token).unwrap();
    assert_eq!(
        (jwt.key_id(), jwt.token_type()),
        (Some("k1"), Some("at+jwt"))
    );
    assert_eq!(verified(&token, &Key::new().public()), Ok(claims));
}

#[test]
fn a_changed_payload_or_another_key_is_a_bad_signature() {
    let (token, _) = minted();
    let other = Jwk::parse(A3_KEY).unwrap();
    assert_eq!(verified(&token, &other), Err(JwtError::BadSignature));
    let (rest, signature) = token.rsplit_once('.').unwrap();
    let (header, _) = rest.split_once('.').unwrap();
    let forged = format!("{header}.{}.{signature}", base64url::encode(b"{}"));
    assert_eq!(
        verified(&forged, &Key::new().public()),
        Err(JwtError::BadSignature)
    );
}

#[test]
fn a_signature_of_zeros_never_verifies() {
    let key = Key::new().public();
    for signature in [
        vec![0; 64],
        [[0; 32], [1; 32]].concat(),
        [[1; 32], [0; 32]].concat(),
    ] {
        let token = token(r#"{"alg":"ES256"}"#, "{}", &signature);
        let jwt = UntrustedJwt::parse(&token).unwrap();
        let answer = run(jwt.verify::<RegisteredClaims>(&Gullible, &key));
        assert!(matches!(
            answer,
            Err(JwtRefused::Jwt(JwtError::BadSignature))
        ));
    }
}

#[test]
fn signatures_of_the_wrong_length_never_verify() {
    let key = Key::new().public();
    for length in [0, 1, 63, 65, 72, 128] {
        let token = token(r#"{"alg":"ES256"}"#, "{}", &vec![1; length]);
        assert_eq!(
            verified(&token, &key),
            Err(JwtError::BadSignature),
            "{length}"
        );
    }
}

#[test]
fn none_and_symmetric_algorithms_are_not_known() {
    for alg in [
        "none", "None", "NONE", "nOnE", "", "HS256", "HS512", "es256", "ES256 ", "ES256K", "RS1",
    ] {
        let error = refused(&format!("{{\"alg\":\"{alg}\"}}"));
        assert_eq!(error, JwtError::UnsupportedAlgorithm, "{alg}");
    }
    for header in [
        "{}",
        r#"{"alg":null}"#,
        r#"{"alg":["ES256"]}"#,
        r#"{"alg":5}"#,
    ] {
        assert_eq!(refused(header), JwtError::Malformed, "{header}");
    }
}

#[test]
fn the_algorithm_must_be_the_keys() {
    let key = Key::new().public();
    for alg in ["RS256", "PS256", "EdDSA"] {
        let token = token(&format!("{{\"alg\":\"{alg}\"}}"), "{}", &[1; 64]);
        assert_eq!(verified(&token, &key), Err(JwtError::AlgorithmMismatch));
    }
}

#[test]
fn headers_that_bring_keys_or_extensions_are_refused() {
    use JwtError::{CriticalExtension, EmbeddedKey};
    for (member, error) in [
        (r#""crit":["exp"]"#, CriticalExtension),
        (r#""crit":[]"#, CriticalExtension),
        (r#""crit":null"#, CriticalExtension),
        (r#""b64":false"#, CriticalExtension),
        (r#""jwk":{"kty":"EC"}"#, EmbeddedKey),
        (r#""jku":"https://evil.example/jwks""#, EmbeddedKey),
        (r#""x5u":"https://evil.example/cert""#, EmbeddedKey),
    ] {
        assert_eq!(
            refused(&format!("{{\"alg\":\"ES256\",{member}}}")),
            error,
            "{member}"
        );
    }
}

/// RFC 7515 §4.1: what is not understood is ignored. MSAL and others name their certificate beside a key that is registered.
#[test]
fn what_a_header_says_besides_is_ignored() {
    for member in [
        r#""x5c":["MII"]"#,
        r#""x5t":"lDpwLQbzRZmu4fjajvn3KWAx1pk""#,
        // As some encode it: the hexadecimal digits of the hash.
        r#""x5t":"NjVBRjY5MDlCMUIwNzU4RTA2QzZFMDQ4QzQ2MDAyQjVDNjk1RTM2Qg""#,
        r#""x5t#S256":"-44FdG6x8-MZ6KmMmLeUchGFPj6xhLM3GqA2-1wVYHk""#,
        r#""cty":"JSON""#,
        r#""nonce":{"a":[1]}"#,
    ] {
        let header = format!("{{\"alg\":\"ES256\",{member}}}");
        let token = token(&header, "{}", &[1; 64]);
        let parsed = UntrustedJwt::parse(&token).map(drop);
        assert_eq!(parsed, Ok(()), "{member}");
    }
}

#[test]
fn odd_key_ids_are_refused_or_simply_unknown() {
    let long = "k".repeat(10_000);
    assert_eq!(
        refused(&format!("{{\"alg\":\"ES256\",\"kid\":\"{long}\"}}")),
        JwtError::KeyId
    );
    assert_eq!(refused(r#"{"alg":"ES256","kid":7}"#), JwtError::Malformed);
    let path = token(
        r#"{"alg":"ES256","kid":"../../dev/null' OR 1=1"}"#,
        "{}",
        &[1; 64],
    );
    let jwt = UntrustedJwt::parse(&path).unwrap();
    assert_eq!(jwt.key_id(), Some("../../dev/null' OR 1=1"));
}

#[test]
fn repeated_members_are_refused() {
    assert_eq!(
        refused(r#"{"alg":"ES256","alg":"ES256"}"#),
        JwtError::Malformed
    );
    assert_eq!(
        refused(r#"{"alg":"ES256","\u0061lg":"none"}"#),
        JwtError::Malformed
    );
    let twice = token(r#"{"alg":"ES256"}"#, r#"{"sub":"a","sub":"b"}"#, &[1; 64]);
    assert_eq!(
        UntrustedJwt::parse(&twice).unwrap_err(),
        JwtError::Malformed
    );
}

#[test]
fn only_three_canonical_segments_are_a_token() {
    let (token, _) = minted();
    let (rest, signature) = token.rsplit_once('.').unwrap();
    for text in [
        String::new(),
        "a".into(),
        "..".into(),
        rest.into(),
        format!("{token}."),
        format!("{token}.{signature}"),
        format!("{token}="),
        format!("{token}\n"),
        format!(" {token}"),
        format!("{rest}.{signature}*"),
        token.replacen('.', "=.", 1),
        token.replace('.', "..").replacen("..", ".", 1),
    ] {
        assert!(UntrustedJwt::parse(&text).is_err(), "{text}");
    }
    // 64 bytes leave four unused bits in the last character: each other value of them is another
    // spelling of the same signature.
    for last in ["R", "h", "x"] {
        let spelt = format!("{}{last}", token.split_at(token.len() - 1).0);
        let same = base64url::decode(spelt.rsplit_once('.').unwrap().1);
        assert_eq!(UntrustedJwt::parse(&spelt).is_ok(), same.is_some());
    }
}

#[test]
fn a_token_beyond_the_bound_is_not_even_decoded() {
    let long = "a".repeat(LONGEST_TOKEN + 1);
    assert_eq!(UntrustedJwt::parse(&long).unwrap_err(), JwtError::TooLong);
}

#[test]
fn dates_that_are_no_dates_are_refused_even_when_signed() {
    for exp in [
        "\"2000000000\"",
        "-1",
        "1e300",
        "9223372036854775807",
        "null",
    ] {
        let header = base64url::encode(br#"{"alg":"ES256"}"#);
        let payload = base64url::encode(format!("{{\"exp\":{exp}}}").as_bytes());
        let input = format!("{header}.{payload}");
        let signature = run(Key::new().sign(input.as_bytes())).unwrap();
        let token = format!("{input}.{}", base64url::encode(&signature));
        assert_eq!(
            verified(&token, &Key::new().public()),
            Err(JwtError::Claims),
            "{exp}"
        );
    }
}

proptest! {
    #[test]
    fn reading_never_panics(text: String) {
        let _ = UntrustedJwt::parse(&text);
    }

    #[test]
    fn reading_json_inside_a_token_never_panics(header: String, payload: String, signature: Vec<u8>) {
        let _ = UntrustedJwt::parse(&token(&header, &payload, &signature));
    }

    #[test]
    fn no_single_change_to_a_token_verifies(position in 0_usize..200, letter in "[A-Za-z0-9_.-]") {
        let (token, _) = minted();
        let position = position % token.len();
        let (before, after) = token.split_at(position);
        let changed = format!("{before}{letter}{}", after.split_at(1).1);
        prop_assert_eq!(verified(&changed, &Key::new().public()).is_ok(), changed == token);
    }
}
