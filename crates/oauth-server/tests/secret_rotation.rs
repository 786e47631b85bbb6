//! `OSTIARY_SECRET` is rotated: what was made under the previous one keeps working, and new things are made under the new one.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use oauth_core::{
    Secret, base64url,
    client::AuthMethod,
    client_authentication::JWT_BEARER,
    http::Answer,
    jose::{self, Audience, RegisteredClaims},
    keyring::Keyring,
};
use oauth_server::client_secret;
use testkit::{
    crypto::{mint_by_secret, run},
    fixture::{
        Fixture, ISSUER, PASSWORD, SECRET, client, machine_key, member, parameter, request, text,
    },
};

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

/// The client `machine` asks for a token with this assertion.
fn by_assertion(fixture: &Fixture, assertion: &str) -> Answer {
    fixture.token(
        None,
        &[
            ("grant_type", "client_credentials"),
            ("client_assertion", assertion),
            ("client_assertion_type", JWT_BEARER),
        ],
    )
}

#[test]
fn an_assertion_counts_once_across_a_rotation() {
    let mut fixture = Fixture::new();
    let now = fixture.world.now.get();
    let claims = |jti: &str| RegisteredClaims {
        iss: Some("machine".into()),
        sub: Some("machine".into()),
        aud: Some(Audience::one(ISSUER)),
        exp: Some(now.plus(60).into()),
        iat: Some(now.into()),
        nbf: None,
        jti: Some(jti.into()),
    };
    let sign = |jti| run(jose::mint(&machine_key(), "JWT", &claims(jti))).unwrap();
    let (before, after) = (sign("before"), sign("after"));
    assert_eq!(by_assertion(&fixture, &before).status, 200);
    rotate(&mut fixture);
    assert_eq!(by_assertion(&fixture, &before).status, 401);
    assert_eq!(by_assertion(&fixture, &after).status, 200);
    assert_eq!(by_assertion(&fixture, &after).status, 401);
}

#[test]
fn a_page_that_was_open_during_a_rotation_goes_on() {
    let mut fixture = Fixture::new();
    let query = request(&[("prompt", "login")]);
    let page = fixture.authorize(&query);
    rotate(&mut fixture);
    let answer = fixture.log_in(&page, PASSWORD);
    assert_eq!(answer.status, 303, "{}", text(&answer));
}

#[test]
fn a_fresh_login_and_a_known_browser_outlive_a_rotation() {
    let mut fixture = Fixture::new();
    let query = request(&[("prompt", "login")]);
    let page = fixture.authorize(&query);
    assert_eq!(fixture.log_in(&page, PASSWORD).status, 303);
    rotate(&mut fixture);
    let consent = fixture.authorize(&query);
    assert!(
        text(&consent).contains("name=\"decision\""),
        "no second login"
    );
    // Strangers use up the account's tries: the owner's browser has its own.
    let owner = std::mem::take(&mut fixture.cookies);
    let page = fixture.authorize(&request(&[]));
    for _ in 0..10 {
        fixture.log_in(&page, "a guess");
    }
    assert_eq!(fixture.log_in(&page, PASSWORD).status, 429);
    fixture.cookies = owner;
    let page = fixture.authorize(&request(&[("prompt", "login"), ("state", "2")]));
    assert_eq!(fixture.log_in(&page, PASSWORD).status, 303);
}

#[test]
fn a_sealed_client_secret_outlives_a_rotation_and_is_sealed_anew() {
    let mut fixture = Fixture::new();
    let mut signing = client("signing", vec![AuthMethod::ClientSecretJwt]);
    let secret = Secret::new(b"a-secret-of-at-least-thirty-two-bytes".to_vec());
    let context = fixture.context();
    let sealed = run(client_secret::sealed(&context, &signing.client_id, &secret)).unwrap();
    signing.sealed_secrets = vec![sealed];
    fixture.register(signing);
    rotate(&mut fixture);
    let now = fixture.world.now.get();
    let claims = RegisteredClaims {
        iss: Some("signing".into()),
        sub: Some("signing".into()),
        aud: Some(Audience::one(ISSUER)),
        exp: Some(now.plus(60).into()),
        iat: Some(now.into()),
        nbf: None,
        jti: Some("one".into()),
    };
    let assertion = mint_by_secret(&claims, secret.expose());
    assert_eq!(by_assertion(&fixture, &assertion).status, 200);
    // The former secret is taken away.
    fixture.world.keyring = Keyring::from_secret(&base64url::encode(&[42; 32])).unwrap();
    let claims = RegisteredClaims {
        jti: Some("two".into()),
        ..claims
    };
    let assertion = mint_by_secret(&claims, secret.expose());
    assert_eq!(by_assertion(&fixture, &assertion).status, 200);
}
