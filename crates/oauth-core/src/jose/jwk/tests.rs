//! The thumbprints of the RFCs, and keys that are none.

use super::*;

/// RFC 7638 §3.1.
const RFC_7638: &str = r#"{"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB","alg":"RS256","kid":"2011-04-29"}"#;
/// RFC 8037 appendix A.2 and A.3.
const RFC_8037: &str =
    r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
/// RFC 7515 appendix A.3.1.
const RFC_7515_A3: &str = r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#;

#[test]
fn the_thumbprints_of_the_rfcs() {
    let thumbprint = |json| Jwk::parse(json).unwrap().thumbprint();
    assert_eq!(
        thumbprint(RFC_7638),
        "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
    );
    assert_eq!(
        thumbprint(RFC_8037),
        "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
    );
}

#[test]
fn what_is_read_is_written_again() {
    for json in [RFC_7638, RFC_8037, RFC_7515_A3] {
        let jwk = Jwk::parse(json).unwrap();
        let written = serde_json::to_string(&jwk).unwrap();
        assert_eq!(Jwk::parse(&written), Ok(jwk));
    }
}

#[test]
fn an_ed25519_key_may_go_by_either_name() {
    for name in ["EdDSA", "Ed25519"] {
        let json = RFC_8037.replace("\"kty\"", &format!("\"alg\":\"{name}\",\"kty\""));
        assert!(
            Jwk::parse(&json).unwrap().allows(Algorithm::EdDsa),
            "{name}"
        );
    }
}

#[test]
fn private_and_symmetric_keys_are_refused_as_public_ones() {
    let private = RFC_7515_A3.replace("\"kty\"", "\"d\":\"x\",\"kty\"");
    assert_eq!(Jwk::parse(&private), Err(JwkError::Private));
    assert_eq!(
        Jwk::parse(r#"{"kty":"oct","k":"AAAA"}"#),
        Err(JwkError::Private)
    );
    let public = Jwk::public_half(&private).unwrap();
    assert!(!serde_json::to_string(&public).unwrap().contains("\"d\""));
}

#[test]
fn small_and_malformed_keys_are_refused() {
    for (json, error) in [
        (
            r#"{"kty":"RSA","n":"AQAB","e":"AQAB"}"#.to_owned(),
            JwkError::Size,
        ),
        (RFC_7638.replace("\"AQAB\"", "\"AQ\""), JwkError::Size),
        (RFC_7638.replace("\"AQAB\"", "\"AAAA\""), JwkError::Size),
        (RFC_7638.replace("\"0vx7", "\"AAAA0vx7"), JwkError::Size),
        (RFC_7515_A3.replace("x_FE", "x_F"), JwkError::Malformed),
        (RFC_7515_A3.replace("\"y\"", "\"z\""), JwkError::Malformed),
        (RFC_7515_A3.replace("P-256", "P-384"), JwkError::Unsupported),
        (RFC_7638.replace("RS256", "HS256"), JwkError::Unsupported),
        (
            RFC_7638.replace("2011-04-29", &"k".repeat(10_000)),
            JwkError::Size,
        ),
        ("[]".to_owned(), JwkError::Malformed),
    ] {
        assert_eq!(Jwk::parse(&json), Err(error), "{json}");
    }
}

#[test]
fn a_key_is_for_its_own_algorithm_and_use() {
    let rsa = Jwk::parse(RFC_7638).unwrap();
    assert!(rsa.allows(Algorithm::Rs256));
    assert!(!rsa.allows(Algorithm::Ps256) && !rsa.allows(Algorithm::Es256));
    let mut ec = Jwk::parse(RFC_7515_A3).unwrap();
    assert!(ec.allows(Algorithm::Es256) && !ec.allows(Algorithm::EdDsa));
    ec.usage = Some("enc".into());
    assert!(!ec.allows(Algorithm::Es256));
}

#[test]
fn a_set_skips_what_it_does_not_know() {
    let set = format!(
        r#"{{"keys":[{RFC_7638},{{"kty":"oct","k":"AA"}},{{"kty":5}},7,{RFC_7515_A3}],"x":1}}"#
    );
    let set = JwkSet::parse(set.as_bytes()).unwrap();
    assert_eq!(set.keys.len(), 2);
    assert!(JwkSet::parse(br#"{"keys":{}}"#).is_err());
}

#[test]
fn a_token_without_a_key_id_gets_the_only_key_that_fits() {
    let set = format!(r#"{{"keys":[{RFC_7638},{RFC_7515_A3}]}}"#);
    let set = JwkSet::parse(set.as_bytes()).unwrap();
    assert!(set.find(Some("2011-04-29"), Algorithm::Rs256).is_some());
    assert!(set.find(Some("2011-04-29"), Algorithm::Es256).is_none());
    assert!(
        set.find(Some("../../etc/passwd"), Algorithm::Rs256)
            .is_none()
    );
    assert!(set.find(None, Algorithm::Es256).is_some());
    let twice = JwkSet {
        keys: [set.keys.clone(), set.keys].concat(),
    };
    assert!(twice.find(None, Algorithm::Es256).is_none());
}
