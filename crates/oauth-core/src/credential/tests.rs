//! Credentials: read back, never taken for another, never forged.

use super::*;
use proptest::prelude::*;

fn keyring() -> Keyring {
    Keyring::from_secret(&base64url::encode(&[3; 32])).unwrap()
}

fn grant() -> GrantId {
    GrantId::from_random([5; 16])
}

fn code() -> AuthorizationCode {
    AuthorizationCode {
        grant: grant(),
        part: Some("part".into()),
    }
}

fn refresh_token(generation: u32) -> RefreshToken {
    RefreshToken {
        grant: grant(),
        generation,
        part: Some("part".into()),
    }
}

#[test]
fn what_a_grant_without_random_bytes_has_issued_is_read_back() {
    let keyring = keyring();
    let code = AuthorizationCode {
        part: None,
        ..code()
    };
    let text = code.issue(&keyring);
    assert!(text.expose().starts_with("c1."));
    assert_eq!(AuthorizationCode::read(&keyring, text.expose()), Some(code));
    let token = RefreshToken {
        part: None,
        ..refresh_token(7)
    };
    let text = token.issue(&keyring);
    assert!(text.expose().starts_with("r1."));
    assert_eq!(RefreshToken::read(&keyring, text.expose()), Some(token));
}

#[test]
fn a_part_cannot_be_taken_away_or_changed() {
    let keyring = keyring();
    let (code, token) = (code().issue(&keyring), refresh_token(7).issue(&keyring));
    for text in [code.expose(), token.expose()] {
        for forged in [text.replace(".part", ""), text.replace("part", "trap")] {
            for kind in ["c1", "c2", "r1", "r2"] {
                let (_, rest) = forged.split_once('.').unwrap();
                let forged = [kind, ".", rest].concat();
                assert_eq!(AuthorizationCode::read(&keyring, &forged), None);
                assert_eq!(RefreshToken::read(&keyring, &forged), None);
            }
        }
    }
}

#[test]
fn a_code_is_read_back_and_is_no_refresh_token() {
    let keyring = keyring();
    let code = code();
    let text = code.issue(&keyring);
    assert_eq!(AuthorizationCode::read(&keyring, text.expose()), Some(code));
    assert_eq!(RefreshToken::read(&keyring, text.expose()), None);
}

#[test]
fn a_generation_cannot_be_changed() {
    let keyring = keyring();
    let token = refresh_token(7);
    let text = token.issue(&keyring);
    assert_eq!(RefreshToken::read(&keyring, text.expose()), Some(token));
    let forged = text.expose().replace(".7.", ".8.");
    assert_eq!(RefreshToken::read(&keyring, &forged), None);
}

#[test]
fn an_opaque_token_says_when_it_dies_and_cannot_be_made_to_live_longer() {
    let keyring = keyring();
    let token = OpaqueToken {
        grant: grant(),
        expires_at: UnixTime(1_000),
        id: "id".into(),
    };
    let text = token.issue(&keyring);
    assert!(OpaqueToken::is_like(text.expose()));
    let forged = text.expose().replace(".1000.", ".9000.");
    assert_eq!(OpaqueToken::read(&keyring, &forged), None);
    assert_eq!(OpaqueToken::read(&keyring, text.expose()), Some(token));
}

#[test]
fn a_request_uri_is_read_back_and_is_no_code() {
    let keyring = keyring();
    let pushed = RequestUri { grant: grant() };
    let text = pushed.issue(&keyring);
    assert_eq!(RequestUri::read(&keyring, &text), Some(pushed));
    let inner = text.strip_prefix(RequestUri::PREFIX).unwrap();
    assert_eq!(RequestUri::read(&keyring, inner), None);
    assert_eq!(AuthorizationCode::read(&keyring, inner), None);
}

#[test]
fn a_token_from_before_a_rotation_is_read() {
    let new = Keyring::from_secret(&base64url::encode(&[4; 32])).unwrap();
    let rotated = new.with_previous(&base64url::encode(&[3; 32])).unwrap();
    let code = code();
    let text = code.issue(&keyring());
    assert_eq!(AuthorizationCode::read(&rotated, text.expose()), Some(code));
}

#[test]
fn a_credential_of_another_installation_is_not_ours() {
    let other = Keyring::from_secret(&base64url::encode(&[4; 32])).unwrap();
    let text = code().issue(&other);
    assert_eq!(AuthorizationCode::read(&keyring(), text.expose()), None);
}

#[test]
fn a_fresh_login_counts_for_its_request_and_session_until_it_expires() {
    let keyring = keyring();
    let mark = FreshLogin::new(&keyring, "sess", "a=1", 100);
    let text = mark.issue(&keyring);
    assert!(FreshLogin::answers(
        &keyring,
        text.expose(),
        "sess",
        "a=1",
        99
    ));
    assert!(!FreshLogin::answers(
        &keyring,
        text.expose(),
        "sess",
        "a=1",
        100
    ));
    assert!(!FreshLogin::answers(
        &keyring,
        text.expose(),
        "sess",
        "a=2",
        99
    ));
    assert!(!FreshLogin::answers(
        &keyring,
        text.expose(),
        "other",
        "a=1",
        99
    ));
}

#[test]
fn an_opaque_token_has_its_form_with_and_without_a_grants_part() {
    let secret = crate::lifecycle::grant::GrantSecret::from_random([5; 16]);
    for id in [base64url::encode(&[7; 12]), secret.access_token([7; 12])] {
        let token = OpaqueToken {
            grant: grant(),
            expires_at: UnixTime(9),
            id,
        };
        let text = token.issue(&keyring());
        assert!(OpaqueToken::has_form(text.expose()), "{}", token.id.len());
        assert!(!OpaqueToken::has_form(text.expose().get(1..).unwrap()));
    }
}

proptest! {
    #[test]
    fn reading_arbitrary_text_never_panics(text in ".{0,200}") {
        let keyring = keyring();
        prop_assert!(AuthorizationCode::read(&keyring, &text).is_none());
        prop_assert!(RefreshToken::read(&keyring, &text).is_none());
        prop_assert!(SessionCookie::read(&keyring, &text).is_none());
    }

    #[test]
    fn a_changed_byte_is_noticed(position in 0_usize..60, byte in 0_u8..128) {
        let keyring = keyring();
        let issued = refresh_token(3).issue(&keyring);
        let mut bytes = issued.expose().clone().into_bytes();
        prop_assume!(bytes[position] != byte);
        bytes[position] = byte;
        let text = String::from_utf8(bytes).unwrap();
        prop_assert!(RefreshToken::read(&keyring, &text).is_none());
    }
}

/// Clients and gateways that count the parts of a token take three for a JWT (RFC 7515 §7.1) and five for an encrypted one
/// (RFC 7516 §7.1), whose first part is a JSON object.
#[test]
fn a_token_is_never_taken_for_a_jwt_by_its_parts() {
    let keyring = keyring();
    let opaque = OpaqueToken {
        grant: grant(),
        expires_at: UnixTime(1_700_000_000),
        id: base64url::encode(&[1; 28]),
    };
    let refresh = refresh_token(7).issue(&keyring);
    for text in [opaque.issue(&keyring), refresh] {
        let parts: Vec<&str> = text.expose().split('.').collect();
        assert_ne!(parts.len(), 3);
        assert_eq!(base64url::decode(parts[0]), None, "no header");
    }
}
