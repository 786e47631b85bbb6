//! Rows 32 to 41 of the table of threats, with real signatures.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use oauth_core::{
    Secret, UnixTime,
    client::AuthMethod,
    client_authentication::JWT_BEARER,
    http::Answer,
    id::ClientId,
    jose::{self, Audience, RegisteredClaims},
};
use oauth_server::client_secret;
use testkit::{
    crypto::{NativeVerifier, P256Key, Rs256Key, mint_by_secret, run},
    fixture::{Fixture, ISSUER, SECRET, basic, client, machine_key, member},
};

fn ask(fixture: &Fixture, authorization: Option<&str>, extra: &[(&str, &str)]) -> Answer {
    let parameters = [&[("grant_type", "client_credentials")], extra].concat();
    fixture.token(authorization, &parameters)
}

fn claims(now: UnixTime, jti: &str) -> RegisteredClaims {
    RegisteredClaims {
        iss: Some("machine".into()),
        sub: Some("machine".into()),
        aud: Some(Audience::one(ISSUER)),
        exp: Some(now.plus(60).into()),
        iat: Some(now.into()),
        nbf: None,
        jti: Some(jti.into()),
    }
}

fn with_assertion(fixture: &Fixture, key: &P256Key, claims: &RegisteredClaims) -> Answer {
    let assertion = run(jose::mint(key, "JWT", claims)).unwrap_or_default();
    ask(
        fixture,
        None,
        &[
            ("client_assertion", &assertion),
            ("client_assertion_type", JWT_BEARER),
        ],
    )
}

fn assert_unauthenticated(answer: &Answer) {
    assert_eq!(
        (answer.status, member(answer, "error").as_str()),
        (401, "invalid_client")
    );
    assert_eq!(
        member(answer, "error_description"),
        "Client authentication failed."
    );
}

#[test]
fn a_secret_in_the_header_or_in_the_body_authenticates() {
    let fixture = Fixture::new();
    assert_eq!(ask(&fixture, Some(&basic("web", SECRET)), &[]).status, 200);
    let body = [("client_id", "web"), ("client_secret", SECRET)];
    assert_eq!(ask(&fixture, None, &body).status, 200);
}

#[test]
fn only_those_who_used_the_header_get_a_challenge() {
    let fixture = Fixture::new();
    let answer = ask(&fixture, Some(&basic("web", "wrong")), &[]);
    assert_unauthenticated(&answer);
    assert!(
        answer
            .header("www-authenticate")
            .unwrap()
            .starts_with("Basic")
    );
    let answer = ask(
        &fixture,
        None,
        &[("client_id", "web"), ("client_secret", "wrong")],
    );
    assert_unauthenticated(&answer);
    assert_eq!(answer.header("www-authenticate"), None);
}

#[test]
fn an_unknown_client_and_a_wrong_secret_look_the_same() {
    let fixture = Fixture::new();
    let unknown = ask(&fixture, Some(&basic("nobody", SECRET)), &[]);
    let wrong = ask(&fixture, Some(&basic("web", "wrong")), &[]);
    assert_eq!((unknown.status, unknown.body), (wrong.status, wrong.body));
    assert_eq!(unknown.headers, wrong.headers);
}

#[test]
fn a_confidential_client_cannot_pass_as_a_public_one() {
    let fixture = Fixture::new();
    assert_unauthenticated(&ask(&fixture, None, &[("client_id", "web")]));
    assert_unauthenticated(&ask(&fixture, Some(&basic("machine", "x")), &[]));
}

#[test]
fn a_public_client_gets_no_token_for_itself() {
    let fixture = Fixture::new();
    let answer = ask(&fixture, None, &[("client_id", "spa")]);
    assert_eq!(member(&answer, "error"), "unauthorized_client");
}

#[test]
fn a_client_that_may_come_without_proof_gets_none_either() {
    let fixture = Fixture::new();
    let methods = vec![AuthMethod::None, AuthMethod::ClientSecretBasic];
    fixture.register(client("both", methods));
    let answer = ask(&fixture, None, &[("client_id", "both")]);
    assert_eq!(member(&answer, "error"), "unauthorized_client");
}

#[test]
fn f9_an_assertion_costs_one_signature_check_whoever_it_names() {
    let fixture = Fixture::new();
    let now = fixture.world.now.get();
    let work = |named: &str, key: &dyn Fn(&RegisteredClaims) -> String| {
        let named = RegisteredClaims {
            iss: Some(named.into()),
            sub: Some(named.into()),
            ..claims(now, "work")
        };
        let before = NativeVerifier::verifications();
        let assertion = key(&named);
        let parameters = [
            ("client_assertion", assertion.as_str()),
            ("client_assertion_type", JWT_BEARER),
        ];
        let answer = ask(&fixture, None, &parameters);
        assert_unauthenticated(&answer);
        NativeVerifier::verifications() - before
    };
    let others = |claims: &_| {
        let key = P256Key::from_seed(77).with_key_id("machine-1");
        run(jose::mint(&key, "JWT", claims)).unwrap()
    };
    let unknown_key = |claims: &_| run(jose::mint(&P256Key::from_seed(78), "JWT", claims)).unwrap();
    let rsa = |claims: &_| run(jose::mint(&Rs256Key::of_rfc_7515(), "JWT", claims)).unwrap();
    // `machine` has a key, `web` authenticates otherwise, `spa` not at all, and `nobody` is unknown. The RSA key is the
    // very one that is checked against where there is none.
    for named in ["machine", "web", "spa", "nobody"] {
        assert_eq!(work(named, &others), 1, "{named}");
        assert_eq!(work(named, &unknown_key), 1, "{named}");
        assert_eq!(work(named, &rsa), 1, "{named}");
    }
}

#[test]
fn a_signed_assertion_authenticates_once() {
    let fixture = Fixture::new();
    let claims = claims(fixture.world.now.get(), "one");
    let answer = with_assertion(&fixture, &machine_key(), &claims);
    assert_eq!(answer.status, 200);
    assert_eq!(member(&answer, "refresh_token"), "");
    assert_unauthenticated(&with_assertion(&fixture, &machine_key(), &claims));
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn an_assertion_with_a_wrong_claim_is_refused_and_spends_nothing() {
    let fixture = Fixture::new();
    let now = fixture.world.now.get();
    let sound = claims(now, "two");
    let wrong = [
        RegisteredClaims {
            iss: Some("web".into()),
            ..sound.clone()
        },
        RegisteredClaims {
            aud: Some(Audience::one("https://other.example")),
            ..sound.clone()
        },
        RegisteredClaims {
            aud: None,
            ..sound.clone()
        },
        RegisteredClaims {
            exp: None,
            ..sound.clone()
        },
        RegisteredClaims {
            exp: Some(now.plus(-300).into()),
            ..sound.clone()
        },
        RegisteredClaims {
            exp: Some(now.plus(3_700).into()),
            ..sound.clone()
        },
        RegisteredClaims {
            nbf: Some(now.plus(61).into()),
            ..sound.clone()
        },
        RegisteredClaims {
            iat: Some(now.plus(61).into()),
            ..sound.clone()
        },
        RegisteredClaims {
            jti: None,
            ..sound.clone()
        },
    ];
    for claims in wrong {
        assert_unauthenticated(&with_assertion(&fixture, &machine_key(), &claims));
    }
    let early = RegisteredClaims {
        nbf: Some(now.plus(8).into()),
        ..sound
    };
    assert_eq!(with_assertion(&fixture, &machine_key(), &early).status, 200);
}

#[test]
fn another_clients_key_is_not_this_clients() {
    let fixture = Fixture::new();
    let claims = claims(fixture.world.now.get(), "three");
    let thief = P256Key::from_seed(10).with_key_id("machine-1");
    assert_unauthenticated(&with_assertion(&fixture, &thief, &claims));
    let odd_kid = machine_key().with_key_id("../../etc/passwd");
    assert_unauthenticated(&with_assertion(&fixture, &odd_kid, &claims));
}

const LONG_SECRET: &str = "a-secret-of-at-least-thirty-two-bytes";

/// A client that signs with its secret.
fn with_sealed_secret(secret: &str) -> Fixture {
    let fixture = Fixture::new();
    let mut signing = client("signing", vec![AuthMethod::ClientSecretJwt]);
    let context = fixture.context();
    let secret = Secret::new(secret.as_bytes().to_vec());
    let sealed = run(client_secret::sealed(&context, &signing.client_id, &secret)).unwrap();
    signing.sealed_secrets = vec![sealed];
    fixture.register(signing);
    fixture
}

fn by_secret(fixture: &Fixture, claims: &RegisteredClaims, secret: &str) -> Answer {
    let assertion = mint_by_secret(claims, secret.as_bytes());
    ask(
        fixture,
        None,
        &[
            ("client_assertion", &assertion),
            ("client_assertion_type", JWT_BEARER),
        ],
    )
}

fn of_signing(fixture: &Fixture, jti: &str) -> RegisteredClaims {
    RegisteredClaims {
        iss: Some("signing".into()),
        sub: Some("signing".into()),
        ..claims(fixture.world.now.get(), jti)
    }
}

#[test]
fn row_39_an_assertion_by_the_secret_authenticates_once() {
    let fixture = with_sealed_secret(LONG_SECRET);
    let good = of_signing(&fixture, "one");
    assert_eq!(by_secret(&fixture, &good, LONG_SECRET).status, 200);
    assert_unauthenticated(&by_secret(&fixture, &good, LONG_SECRET));
    assert_unauthenticated(&by_secret(
        &fixture,
        &of_signing(&fixture, "two"),
        "another",
    ));
    for wrong in [
        RegisteredClaims {
            sub: Some("web".into()),
            ..of_signing(&fixture, "a")
        },
        RegisteredClaims {
            iss: Some("web".into()),
            ..of_signing(&fixture, "b")
        },
        RegisteredClaims {
            exp: None,
            ..of_signing(&fixture, "c")
        },
        RegisteredClaims {
            jti: None,
            ..of_signing(&fixture, "d")
        },
    ] {
        assert_unauthenticated(&by_secret(&fixture, &wrong, LONG_SECRET));
    }
}

#[test]
fn row_41_a_secret_signs_only_for_clients_that_are_registered_for_it_and_if_it_is_long() {
    let fixture = with_sealed_secret("short");
    let claims = of_signing(&fixture, "one");
    assert_unauthenticated(&by_secret(&fixture, &claims, "short"));
    // The key that is used where there is none.
    let fixture = with_sealed_secret(LONG_SECRET);
    let nobodys = String::from_utf8(vec![0; 32]).unwrap();
    for named in ["signing", "web", "machine", "spa", "nobody"] {
        for secret in [SECRET, nobodys.as_str()] {
            let claims = RegisteredClaims {
                iss: Some(named.into()),
                sub: Some(named.into()),
                ..of_signing(&fixture, named)
            };
            assert_unauthenticated(&by_secret(&fixture, &claims, secret));
        }
    }
}

#[test]
fn row_40_the_audience_is_the_issuer_alone_unless_the_registration_says_otherwise() {
    let fixture = Fixture::new();
    let now = fixture.world.now.get();
    let token = [ISSUER, "/oauth/token"].concat();
    let both = Audience::many([ISSUER.to_owned(), "https://other.example".to_owned()]);
    let many = Audience::many([ISSUER.to_owned()]);
    let status = |aud: &Audience, jti: &str| {
        let aud = Some(aud.clone());
        let claims = RegisteredClaims {
            aud,
            ..claims(now, jti)
        };
        with_assertion(&fixture, &machine_key(), &claims).status
    };
    assert_eq!(status(&many, "a"), 200);
    assert_eq!(status(&Audience::one(token.as_str()), "b"), 401);
    assert_eq!(status(&both, "c"), 401);
    let id = ClientId::parse("machine").unwrap();
    let known = fixture.world.clients.borrow().get(&id).cloned();
    let mut machine = (*known.unwrap()).clone();
    machine.assertion_policy.token_endpoint_audience = true;
    fixture.register(machine);
    assert_eq!(status(&Audience::one(token.as_str()), "d"), 200);
    assert_eq!(status(&both, "e"), 200);
}
