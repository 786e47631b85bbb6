//! ID token validation.

use oauth_core::jose::{Algorithm, Audience, IdTokenClaims, JwkSet, at_hash, mint};
use oauth_core::secret::Secret;

use super::*;
use crate::test_keys::{TestKey, TestVerifier, block_on};

fn claims() -> IdTokenClaims {
    IdTokenClaims {
        iss: ISSUER.into(),
        sub: "u_ada".into(),
        aud: Audience::one("web-ui"),
        azp: None,
        exp: NOW.plus(600).into(),
        iat: NOW.into(),
        auth_time: Some(NOW.plus(-10).into()),
        nonce: Some(prepared().nonce().into()),
        at_hash: at_hash(Algorithm::Es256, "t0ken"),
        sid: None,
    }
}

fn judge(
    claims: &IdTokenClaims,
    key: &TestKey,
    keys: &JwkSet,
) -> Result<IdTokenAccepted, IdTokenRefused> {
    let metadata = metadata();
    let pending = pending();
    let token = Secret::new(String::from("t0ken"));
    let expected = Expectations {
        max_age: Some(60),
        ..Expectations::of(&pending, &metadata, &token, NOW)
    };
    block_on(async {
        let id_token = Secret::new(mint(key, "JWT", claims).await.unwrap());
        check_id_token(&id_token, keys, &TestVerifier, &expected).await
    })
}

fn failed_step(claims: &IdTokenClaims) -> CheckName {
    let key = TestKey::new(7, "k1");
    let refused = judge(claims, &key, &key.jwks()).unwrap_err();
    match refused.reason {
        IdTokenRefusal::Check(name) => name,
        IdTokenRefusal::Fault(fault) => panic!("{fault}"),
    }
}

#[test]
fn a_right_id_token_passes_every_step() {
    let key = TestKey::new(7, "k1");
    let accepted = judge(&claims(), &key, &key.jwks()).unwrap();
    assert_eq!(accepted.claims.sub, "u_ada");
    assert_eq!(accepted.checks.len(), 13);
    assert!(accepted.checks.iter().all(|check| check.passed));
}

#[test]
fn each_wrong_claim_fails_its_own_step() {
    type Change = fn(&mut IdTokenClaims);
    let wrong: [(CheckName, Change); 12] = [
        (CheckName::TokenIssuer, |claims| claims.iss.push('/')),
        (CheckName::TokenAudience, |claims| {
            claims.aud = Audience::one("other");
        }),
        (CheckName::TokenAudience, |claims| {
            claims.aud = Audience::many(["web-ui".into(), "other".into()]);
        }),
        (CheckName::AuthorizedParty, |claims| {
            claims.azp = Some("other".into());
        }),
        (CheckName::Expiry, |claims| {
            claims.exp = NOW.plus(-60).into();
        }),
        (CheckName::IssuedAt, |claims| {
            claims.iat = NOW.plus(61).into();
        }),
        (CheckName::IssuedAt, |claims| {
            claims.iat = NOW.plus(-3601).into();
        }),
        (CheckName::Nonce, |claims| {
            claims.nonce = Some("other".into());
        }),
        (CheckName::Nonce, |claims| claims.nonce = None),
        (CheckName::AuthenticationTime, |claims| {
            claims.auth_time = None;
        }),
        (CheckName::AuthenticationTime, |claims| {
            claims.auth_time = Some(NOW.plus(-121).into());
        }),
        (CheckName::AccessTokenHash, |claims| {
            claims.at_hash = at_hash(Algorithm::Es256, "other");
        }),
    ];
    for (step, change) in wrong {
        let mut claims = claims();
        change(&mut claims);
        assert_eq!(failed_step(&claims), step, "{claims:?}");
    }
}

#[test]
fn another_key_an_unknown_key_and_an_unannounced_algorithm_are_refused() {
    let (key, same_name, other_name) = (
        TestKey::new(7, "k1"),
        TestKey::new(8, "k1"),
        TestKey::new(7, "k2"),
    );
    for keys in [
        same_name.jwks(),
        other_name.jwks(),
        JwkSet::parse(br#"{"keys":[]}"#).unwrap(),
    ] {
        let refused = judge(&claims(), &key, &keys).unwrap_err();
        assert!(matches!(
            refused.reason,
            IdTokenRefusal::Check(CheckName::Signature)
        ));
    }
    // Metadata that announces nothing means RS256 alone.
    let metadata = ProviderMetadata::parse(ISSUER, document("").as_bytes()).unwrap();
    let (pending, token) = (pending(), Secret::new(String::from("t0ken")));
    let expected = Expectations::of(&pending, &metadata, &token, NOW);
    let refused = block_on(async {
        let id_token = Secret::new(mint(&key, "JWT", &claims()).await.unwrap());
        check_id_token(&id_token, &key.jwks(), &TestVerifier, &expected).await
    });
    assert!(matches!(
        refused.unwrap_err().reason,
        IdTokenRefusal::Check(CheckName::Algorithm)
    ));
}

#[test]
fn what_is_not_a_signed_jwt_is_refused_at_the_first_step() {
    let (metadata, pending, token) = (metadata(), pending(), Secret::new(String::from("t0ken")));
    let expected = Expectations::of(&pending, &metadata, &token, NOW);
    for text in [
        "",
        "a.b",
        "a.b.c.d.e",
        "eyJhbGciOiJub25lIn0.e30.",
        "eyJhbGciOiJIUzI1NiJ9.e30.AAAA",
    ] {
        let id_token = Secret::new(text.to_owned());
        let keys = TestKey::new(7, "k1").jwks();
        let refused =
            block_on(check_id_token(&id_token, &keys, &TestVerifier, &expected)).unwrap_err();
        assert!(
            matches!(refused.reason, IdTokenRefusal::Check(CheckName::TokenForm)),
            "{text}"
        );
    }
}
