//! `OSTIARY_SECRET` is rotated: what was made under the one before goes on, and new things are made under the new.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use oauth_core::{base64url, keyring::Keyring};
use testkit::fixture::{Fixture, SECRET, member, parameter, request, text};

/// The secret before is the fixture's own.
fn rotate(fixture: &mut Fixture) {
    let new = Keyring::from_secret(&base64url::encode(&[42; 32])).unwrap();
    let before = base64url::encode(&[8; 32]);
    fixture.world.keyring = new.with_previous(&before).unwrap();
}

#[test]
fn a_session_a_code_and_a_client_secret_outlive_a_rotation() {
    let mut fixture = Fixture::new();
    let code = parameter(&fixture.grant(&request(&[])), "code");
    rotate(&mut fixture);
    assert_eq!(fixture.redeem(&code).status, 200);
    let silently = fixture.authorize(&request(&[("prompt", "none")]));
    assert!(!parameter(&silently, "code").is_empty(), "still signed in");
    let machine = fixture.token(
        None,
        &[
            ("grant_type", "client_credentials"),
            ("client_id", "web"),
            ("client_secret", SECRET),
            ("scope", "read"),
        ],
    );
    assert_eq!(machine.status, 200, "{}", text(&machine));
}

#[test]
fn a_refresh_token_and_a_lost_answer_outlive_a_rotation() {
    let mut fixture = Fixture::new();
    let first = member(&fixture.tokens(), "refresh_token");
    let answer = fixture.refresh(&first);
    rotate(&mut fixture);
    assert_eq!(
        text(&fixture.refresh(&first)),
        text(&answer),
        "the same again"
    );
    let successor = member(&answer, "refresh_token");
    let next = fixture.refresh(&successor);
    assert_eq!(next.status, 200);
    assert_eq!(fixture.refresh(&member(&next, "refresh_token")).status, 200);
}

#[test]
fn once_the_former_secret_is_taken_away_nothing_of_it_counts() {
    let mut fixture = Fixture::new();
    let token = member(&fixture.tokens(), "refresh_token");
    fixture.world.keyring = Keyring::from_secret(&base64url::encode(&[42; 32])).unwrap();
    assert_eq!(member(&fixture.refresh(&token), "error"), "invalid_grant");
}
