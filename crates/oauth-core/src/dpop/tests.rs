//! The vectors of RFC 9449 and each of the ways in which a proof can be wrong.

use proptest::prelude::*;

use super::*;
use crate::jose::PublicKey;
use crate::jose::jwt::tests::{Key, Native, run};

const NOW: UnixTime = UnixTime(1_562_262_616);
const URL: &str = "https://server.example.com/token";
const TOKEN: &str = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU";

fn expected() -> Expected<'static> {
    Expected {
        method: "POST",
        url: URL,
        access_token: None,
        now: NOW,
    }
}

fn with_token() -> Expected<'static> {
    Expected {
        access_token: Some(TOKEN),
        ..expected()
    }
}

fn verified(header: &str, expected: &Expected<'_>) -> Result<Proof, DpopError> {
    run(verify(&Native, header, expected)).map_err(|refused| match refused {
        DpopRefused::Proof(error) => error,
        DpopRefused::Fault(fault) => panic!("{fault}"),
    })
}

fn request() -> ProofOf<'static> {
    ProofOf {
        method: "POST",
        url: URL,
        access_token: None,
        nonce: None,
        jti: "-BwC3ESc6acc2lTc",
        now: NOW,
    }
}

fn proved(request: &ProofOf<'_>) -> String {
    run(prove(&Key::new(), &Key::new().public(), request)).unwrap()
}

/// A proof of any form, signed as it should be.
fn signed(header: &str, claims: &str) -> String {
    let part = |json: &str| base64url::encode(json.as_bytes());
    let input = format!("{}.{}", part(header), part(claims));
    let signature = run(Key::new().sign(input.as_bytes())).unwrap();
    format!("{input}.{}", base64url::encode(&signature))
}

fn header_of(members: &str) -> String {
    format!(r#"{{"typ":"dpop+jwt","alg":"ES256",{members}}}"#)
}

fn public_members() -> String {
    let PublicKey::Ec { x, y, .. } = Key::new().public().key else {
        panic!("a P-256 key");
    };
    format!(r#""kty":"EC","crv":"P-256","x":"{x}","y":"{y}""#)
}

fn own_key() -> String {
    format!(r#""jwk":{{{}}}"#, public_members())
}

const CLAIMS: &str =
    r#"{"jti":"j","htm":"POST","htu":"https://server.example.com/token","iat":1562262616}"#;

#[test]
fn rfc_9449_figure_2_verifies_at_its_token_endpoint() {
    let proof = "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg";
    let proof = verified(proof, &expected()).unwrap();
    assert_eq!(proof.jkt, "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");
    assert_eq!(proof.jti, "-BwC3ESc6acc2lTc");
    // The clock that ends its memory may be ahead.
    assert_eq!(proof.remembered_until(), NOW.plus(331));
    assert_eq!(proof.nonce, None);
}

#[test]
fn rfc_9449_figure_12_verifies_at_its_resource_with_its_token() {
    let proof = "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiJlMWozVl9iS2ljOC1MQUVCIiwiaHRtIjoiR0VUIiwiaHR1IjoiaHR0cHM6Ly9yZXNvdXJjZS5leGFtcGxlLm9yZy9wcm90ZWN0ZWRyZXNvdXJjZSIsImlhdCI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNTNFc05yV0JiMHhXWG9hTnk1OUlpS0NBcWtzbVFFbyJ9.2oW9RP35yRqzhrtNP86L-Ey71EOptxRimPPToA1plemAgR6pxHF8y6-yqyVnmcw6Fy1dqd-jfxSYoMxhAJpLjA";
    let here = Expected {
        method: "GET",
        url: "https://resource.example.org/protectedresource",
        ..with_token()
    };
    assert!(verified(proof, &here).is_ok());
    let other = Expected {
        access_token: Some("another"),
        ..here
    };
    assert_eq!(verified(proof, &other), Err(DpopError::AccessToken));
}

#[test]
fn what_was_proved_verifies_and_says_the_same() {
    let proof = proved(&ProofOf {
        access_token: Some(TOKEN),
        nonce: Some("n-1"),
        url: "https://server.example.com/token?a=b#c",
        ..request()
    });
    let proof = verified(&proof, &with_token()).unwrap();
    assert_eq!(proof.jkt, Key::new().public().thumbprint());
    assert_eq!(proof.nonce.as_deref(), Some("n-1"));
    assert_eq!((proof.jti.as_str(), proof.iat), (request().jti, NOW));
}

#[test]
fn a_proof_is_not_made_with_a_key_that_is_not_the_signers() {
    let rsa = r#"{"kty":"RSA","e":"AQAB","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"}"#;
    let public = Jwk::parse(rsa).unwrap();
    assert!(run(prove(&Key::new(), &public, &request())).is_err());
    // Nor accepted when its header names a key of another algorithm.
    let header = header_of(&format!(r#""jwk":{rsa}"#));
    assert_eq!(
        verified(&signed(&header, CLAIMS), &expected()),
        Err(DpopError::Key)
    );
}

#[test]
fn the_type_must_be_that_of_a_proof() {
    for name in ["dpop+jwt", "DPoP+JWT", "application/dpop+jwt"] {
        let header = format!(r#"{{"typ":"{name}","alg":"ES256",{}}}"#, own_key());
        assert!(verified(&signed(&header, CLAIMS), &expected()).is_ok());
    }
    for start in [
        "",
        r#""typ":"JWT","#,
        r#""typ":"at+jwt","#,
        r#""typ":"dpop","#,
    ] {
        let header = format!(r#"{{{start}"alg":"ES256",{}}}"#, own_key());
        let answer = verified(&signed(&header, CLAIMS), &expected());
        assert_eq!(answer, Err(DpopError::Type), "{start}");
    }
}

#[test]
fn an_algorithm_without_a_public_key_is_none() {
    for alg in ["none", "None", "HS256", "HS512", "", "ES256K"] {
        let header = format!(r#"{{"typ":"dpop+jwt","alg":"{alg}",{}}}"#, own_key());
        let answer = verified(&signed(&header, CLAIMS), &expected());
        assert_eq!(answer, Err(DpopError::Algorithm), "{alg}");
    }
    let unsigned = signed(&header_of(&own_key()), CLAIMS);
    let unsigned = unsigned.rsplit_once('.').unwrap().0;
    let answer = verified(&format!("{unsigned}."), &expected());
    assert_eq!(answer, Err(DpopError::Signature));
}

#[test]
fn the_key_must_be_there_public_and_for_the_algorithm() {
    let public = public_members();
    for jwk in [
        format!(r#""jwk":{{{public},"d":"AAAA"}}"#),
        format!(r#""jwk":{{{public},"alg":"RS256"}}"#),
        format!(r#""jwk":{{{public},"use":"enc"}}"#),
        r#""jwk":{"kty":"oct","k":"AAAA"}"#.into(),
        r#""jwk":{"kty":"EC","crv":"P-256","x":"AAAA","y":"AAAA"}"#.into(),
        r#""jwk":null"#.into(),
        r#""jwk":"key""#.into(),
        r#""kid":"k1""#.into(),
        r#""jku":"https://evil.example/jwks""#.into(),
        format!(r#"{},"x5u":"https://evil.example/cert""#, own_key()),
    ] {
        let answer = verified(&signed(&header_of(&jwk), CLAIMS), &expected());
        assert_eq!(answer, Err(DpopError::Key), "{jwk}");
    }
}

#[test]
fn another_key_has_not_signed_it() {
    let header = header_of(
        r#""jwk":{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#,
    );
    let answer = verified(&signed(&header, CLAIMS), &expected());
    assert_eq!(answer, Err(DpopError::Signature));
}

#[test]
fn members_that_repeat_and_headers_that_extend_are_refused() {
    let key = own_key();
    for header in [
        header_of(&format!("{key},{key}")),
        header_of(&format!(r#"{key},"\u0061lg":"ES256""#)),
        header_of(&format!(r#"{key},"crit":["exp"],"exp":1"#)),
        header_of(&format!(r#""jwk":{{{},"kty":"EC"}}"#, public_members())),
    ] {
        let answer = verified(&signed(&header, CLAIMS), &expected());
        assert_eq!(answer, Err(DpopError::Malformed), "{header}");
    }
    let twice = CLAIMS.replace("\"jti\"", "\"jti\":\"i\",\"jti\"");
    let answer = verified(&signed(&header_of(&key), &twice), &expected());
    assert_eq!(answer, Err(DpopError::Malformed));
}

#[test]
fn a_claim_that_is_missing_or_of_another_kind_is_refused() {
    let header = header_of(&own_key());
    for name in ["jti", "htm", "htu", "iat"] {
        let without = CLAIMS.replace(&format!("\"{name}\""), "\"x\"");
        let answer = verified(&signed(&header, &without), &expected());
        assert_eq!(answer, Err(DpopError::Claims), "{name}");
    }
    for (from, to) in [
        (r#""jti":"j""#, r#""jti":"""#.to_owned()),
        (r#""jti":"j""#, format!(r#""jti":"{}""#, "j".repeat(257))),
        (r#""jti":"j""#, r#""jti":5"#.to_owned()),
        (r#""iat":1562262616"#, r#""iat":"1562262616""#.to_owned()),
        (r#""iat":1562262616"#, r#""iat":-1"#.to_owned()),
        (r#""iat":1562262616"#, r#""iat":1e300"#.to_owned()),
        (r#""jti":"j""#, r#""jti":"j","ath":7"#.to_owned()),
    ] {
        let claims = CLAIMS.replace(from, &to);
        let answer = verified(&signed(&header, &claims), &expected());
        assert_eq!(answer, Err(DpopError::Claims), "{to}");
    }
}

#[test]
fn a_proof_is_for_one_method_character_by_character() {
    let proof = proved(&request());
    for method in ["GET", "post", "PUT", ""] {
        let other = Expected {
            method,
            ..expected()
        };
        assert_eq!(verified(&proof, &other), Err(DpopError::Method), "{method}");
    }
}

#[test]
fn a_url_counts_in_every_spelling_that_means_the_same() {
    for url in [
        "https://server.example.com/token",
        "HTTPS://Server.Example.COM/token",
        "https://server.example.com:443/token",
        "https://server.example.com/token?a=b",
        "https://server.example.com/token#f",
        "https://server.example.com/tok%65n",
    ] {
        let proof = proved(&ProofOf { url, ..request() });
        assert!(verified(&proof, &expected()).is_ok(), "{url}");
    }
    let root = Expected {
        url: "http://localhost:80/",
        ..expected()
    };
    let proof = proved(&ProofOf {
        url: "http://localhost",
        ..request()
    });
    assert!(verified(&proof, &root).is_ok());
    assert_eq!(normal("https://a/%c3%a9%7e%2F"), "https://a/%C3%A9~%2F");
}

#[test]
fn another_url_is_another_request() {
    for url in [
        "http://server.example.com/token",
        "https://server.example.com/token/",
        "https://server.example.com/Token",
        "https://server.example.com/",
        "https://server.example.com:8443/token",
        "https://server.example.com:80/token",
        "https://server.example.com.evil.example/token",
        "https://user@server.example.com/token",
        "https://other.example.com/token",
        "https://server.example.com/x/../token",
        "https://server.example.com%2Ftoken",
        "//server.example.com/token",
        "/token",
        "token",
        "",
    ] {
        let proof = proved(&ProofOf { url, ..request() });
        assert_eq!(verified(&proof, &expected()), Err(DpopError::Url), "{url}");
    }
}

#[test]
fn five_minutes_either_way_and_no_second_more() {
    let proof = proved(&request());
    for (seconds, accepted) in [
        (0, true),
        (300, true),
        (-300, true),
        (301, false),
        (-301, false),
        (3_600, false),
        (-3_600, false),
    ] {
        let now = NOW.plus(seconds);
        let answer = verified(&proof, &Expected { now, ..expected() });
        assert_eq!(answer.is_ok(), accepted, "{seconds}");
        if let Ok(proof) = answer {
            assert!(proof.remembered_until() > now);
        } else {
            assert_eq!(answer, Err(DpopError::Time));
        }
    }
}

#[test]
fn a_proof_for_a_token_is_for_that_token() {
    assert_eq!(
        verified(&proved(&request()), &with_token()),
        Err(DpopError::AccessToken)
    );
    let other = proved(&ProofOf {
        access_token: Some("another"),
        ..request()
    });
    assert_eq!(verified(&other, &with_token()), Err(DpopError::AccessToken));
}

#[test]
fn two_proofs_in_one_header_are_none() {
    let proof = proved(&request());
    for header in [
        format!("{proof}, {proof}"),
        format!("{proof},{proof}"),
        format!("{proof} "),
        format!("DPoP {proof}"),
        String::new(),
        ",".into(),
    ] {
        let answer = verified(&header, &expected());
        assert_eq!(answer, Err(DpopError::Malformed), "{header}");
    }
}

#[test]
fn a_proof_beyond_the_bound_is_not_even_decoded() {
    let long = "a".repeat(LONGEST_PROOF + 1);
    assert_eq!(verified(&long, &expected()), Err(DpopError::TooLong));
}

proptest! {
    #[test]
    fn verifying_never_panics(text: String, url: String) {
        let here = Expected { url: &url, ..with_token() };
        let _ = verified(&text, &here);
    }

    #[test]
    fn verifying_what_is_signed_never_panics(header: String, claims: String, htu: String) {
        let _ = verified(&signed(&header, &claims), &expected());
        let proof = proved(&ProofOf { url: &htu, ..request() });
        prop_assert_eq!(verified(&proof, &expected()).is_ok(), normal(&htu) == URL);
    }

    #[test]
    fn no_single_change_to_a_proof_verifies(position in 0_usize..500, letter in "[A-Za-z0-9_.-]") {
        let proof = proved(&request());
        let position = position % proof.len();
        let (before, after) = proof.split_at(position);
        let changed = format!("{before}{letter}{}", after.split_at(1).1);
        prop_assert_eq!(verified(&changed, &expected()).is_ok(), changed == proof);
    }
}
