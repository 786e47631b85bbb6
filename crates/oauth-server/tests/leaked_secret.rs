//! `OSTIARY_SECRET` has leaked, and an access token lies in a log: what can be made of both opens nothing and ends
//! nothing (F7 of the security review).
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use oauth_core::{
    UnixTime, base64url,
    client::AuthMethod,
    credential::{AuthorizationCode, OpaqueToken, RefreshToken},
    http::Answer,
    id::GrantId,
    jose::{AccessTokenClaims, UntrustedJwt},
    keyring::Keyring,
    lifecycle::grant::GrantSecret,
};
use oauth_server::{introspect::introspect, revoke::revoke};
use testkit::{
    answer,
    crypto::run,
    fixture::{Fixture, SECRET, basic, client, member, parameter, request, text},
};

const API: &str = "https://api.example";

fn leaked() -> Keyring {
    Keyring::from_secret(&base64url::encode(&[8; 32])).unwrap()
}

/// The grant that a JWT names in its `jti`.
fn grant_of(tokens: &Answer) -> GrantId {
    let token = member(tokens, "access_token");
    let claims: AccessTokenClaims = UntrustedJwt::parse(&token)
        .unwrap()
        .unverified_claims()
        .unwrap();
    GrantId::parse(claims.jti.split_once('.').unwrap().0).unwrap()
}

/// Every credential of the grant that the published algorithms can make.
fn forged(grant: &GrantId, now: UnixTime) -> Vec<String> {
    let keyring = leaked();
    let guessed = GrantSecret::from_random([0; 16]);
    let mut made = Vec::new();
    for part in [None, Some(guessed.code()), Some(String::new())] {
        let grant = grant.clone();
        made.push(AuthorizationCode { grant, part }.issue(&keyring));
    }
    for generation in 0..3 {
        for part in [None, Some(guessed.refresh_token(generation))] {
            let token = RefreshToken {
                grant: grant.clone(),
                generation,
                part,
            };
            made.push(token.issue(&keyring));
        }
    }
    for id in [guessed.access_token([0; 12]), "AAAAAAAAAAAAAAAA".to_owned()] {
        let token = OpaqueToken {
            grant: grant.clone(),
            expires_at: now.plus(300),
            id,
        };
        made.push(token.issue(&keyring));
    }
    made.into_iter().map(|text| text.expose().clone()).collect()
}

fn assert_worthless(fixture: &Fixture, token: &str) {
    for answer in [fixture.redeem(token), fixture.refresh(token)] {
        assert_eq!(
            (answer.status, member(&answer, "error").as_str()),
            (400, "invalid_grant")
        );
    }
    let revocation = fixture.post(
        "/oauth/revoke",
        None,
        &[("client_id", "spa"), ("token", token)],
    );
    run(answer!(Json, revoke, fixture.context(), &revocation));
    let introspection = fixture.post(
        "/oauth/introspect",
        Some(&basic("api", SECRET)),
        &[("token", token)],
    );
    let answer = run(answer!(Json, introspect, fixture.context(), &introspection));
    assert_eq!(text(&answer), r#"{"active":false}"#);
    assert_eq!(fixture.userinfo(token).status, 401);
}

fn fixture() -> Fixture {
    let fixture = Fixture::new();
    let mut api = client("api", vec![AuthMethod::ClientSecretBasic]);
    api.secret_hashes = vec![leaked().client_secret_hash(&api.client_id, SECRET)];
    api.resource_server_for = vec![API.to_owned()];
    fixture.register(api);
    fixture
}

/// The tokens of a grant go on after everything was tried with what can be made for it.
fn attack(mut fixture: Fixture) {
    let unredeemed = parameter(&fixture.grant(&request(&[])), "code");
    let first = fixture.tokens();
    let second = fixture.refresh(&member(&first, "refresh_token"));
    assert_eq!(second.status, 200, "{}", text(&second));
    let grant = grant_of(&second);
    let pending = GrantId::parse(unredeemed.split('.').nth(1).unwrap()).unwrap();
    for grant in [&grant, &pending] {
        for token in forged(grant, fixture.world.now.get()) {
            assert_worthless(&fixture, &token);
        }
    }
    let next = fixture.refresh(&member(&second, "refresh_token"));
    assert_eq!(next.status, 200, "{}", text(&next));
    assert_eq!(fixture.userinfo(&member(&next, "access_token")).status, 200);
    assert_eq!(fixture.redeem(&unredeemed).status, 200);
}

#[test]
fn nothing_that_the_current_secret_can_make_is_accepted() {
    attack(fixture());
}

#[test]
fn nothing_that_the_previous_secret_can_make_is_accepted() {
    let mut fixture = fixture();
    let new = Keyring::from_secret(&base64url::encode(&[42; 32])).unwrap();
    fixture.world.keyring = new.with_previous(&base64url::encode(&[8; 32])).unwrap();
    attack(fixture);
}
