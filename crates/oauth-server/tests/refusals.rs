//! Each reason for a refusal has its own word in the log, however little the caller learns.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

use oauth_core::{
    UnixTime,
    client::AuthMethod,
    client_authentication::JWT_BEARER,
    grant_type::GrantType,
    http::{Answer, Headers, Incoming},
    id::UserId,
    jose::{self, Audience, RegisteredClaims},
    lifecycle::{grant::EndReason, person},
    settings::DirectLogin,
};
use oauth_server::{
    direct_login, ports::People as _, revoke::revoke, token::token, userinfo::userinfo,
};
use testkit::{
    answer,
    crypto::{P256Key, run},
    fixture::{
        Fixture, ISSUER, PASSWORD, SECRET, basic, client, hidden, machine_key, request, text,
    },
    memory::{Part, World},
};

type Parameters<'a> = &'a [(&'a str, &'a str)];

fn slug(answer: &Answer) -> &'static str {
    let refusal = answer.log.refusal;
    refusal.unwrap_or_else(|| panic!("{}: {}", answer.status, text(answer)))
}

/// Ada signs out everywhere.
fn end_all(world: &World) {
    let end = person::Command::EndAll(person::EndAll {
        reason: EndReason::SignedOut,
        act: None,
    });
    run(world.send_to_person(&UserId::parse("u_ada").unwrap(), end)).unwrap();
}

#[test]
fn a_token_request_that_is_no_form() {
    let fixture = Fixture::new();
    let sound = fixture.post("/oauth/token", None, &[]);
    let ask = |request: Incoming| slug(&run(answer!(Json, token, fixture.context(), &request)));
    let json = Headers::new([("content-type".to_owned(), "application/json".to_owned())]);
    let of_json = Incoming {
        headers: json,
        ..sound.clone()
    };
    assert_eq!(ask(of_json), "content_type_wrong");
    let unreadable = Incoming {
        body: b"code=%ff".to_vec(),
        ..sound.clone()
    };
    assert_eq!(ask(unreadable), "form_malformed");
    let in_the_query = Incoming {
        query: "grant_type=client_credentials".to_owned(),
        ..sound
    };
    assert_eq!(ask(in_the_query), "parameters_in_query");
}

#[test]
fn a_client_that_does_not_authenticate() {
    let fixture = Fixture::new();
    let web = basic("web", SECRET);
    let (wrong, unknown) = (basic("web", "wrong"), basic("nobody", "x"));
    let cases: [(Option<&str>, Parameters<'_>, &str); 7] = [
        (None, &[], "client_credentials_missing"),
        (
            Some(&web),
            &[("client_secret", SECRET)],
            "client_two_methods",
        ),
        (Some("Basic !"), &[], "client_basic_malformed"),
        (Some(&web), &[("client_id", "spa")], "client_ids_differ"),
        (Some(&unknown), &[], "client_unknown_at_token"),
        (Some(&wrong), &[], "client_secret_wrong"),
        (
            None,
            &[("client_id", "web")],
            "client_method_not_registered",
        ),
    ];
    for (authorization, parameters, word) in cases {
        assert_eq!(slug(&fixture.token(authorization, parameters)), word);
    }
}

/// The credentials of `machine`.
fn claims(now: UnixTime) -> RegisteredClaims {
    RegisteredClaims {
        iss: Some("machine".into()),
        sub: Some("machine".into()),
        aud: Some(Audience::one(ISSUER)),
        exp: Some(now.plus(60).into()),
        iat: Some(now.into()),
        nbf: None,
        jti: Some("one".into()),
    }
}

#[test]
fn an_assertion_that_is_not_accepted() {
    let fixture = Fixture::new();
    let send = |assertion: &str, kind: &str| {
        let parameters = [
            ("grant_type", "client_credentials"),
            ("client_assertion", assertion),
            ("client_assertion_type", kind),
        ];
        fixture.token(None, &parameters)
    };
    let sound = claims(fixture.world.now.get());
    let signed = |key: &P256Key, claims: &RegisteredClaims| {
        let assertion = run(jose::mint(key, "JWT", claims)).unwrap();
        send(&assertion, JWT_BEARER)
    };
    assert_eq!(slug(&send("x", "another")), "assertion_type_unknown");
    assert_eq!(slug(&send("x", JWT_BEARER)), "assertion_malformed");
    let thief = P256Key::from_seed(10).with_key_id("machine-1");
    assert_eq!(slug(&signed(&thief, &sound)), "assertion_signature");
    let change = |change: fn(&mut RegisteredClaims)| {
        let mut claims = sound.clone();
        change(&mut claims);
        slug(&signed(&machine_key(), &claims))
    };
    assert_eq!(
        change(|claims| claims.iss = Some("web".into())),
        "assertion_subject"
    );
    assert_eq!(change(|claims| claims.aud = None), "assertion_audience");
    assert_eq!(change(|claims| claims.exp = None), "assertion_time");
    assert_eq!(signed(&machine_key(), &sound).status, 200);
    let again = signed(&machine_key(), &sound);
    assert_eq!(slug(&again), "assertion_replayed");
}

#[test]
fn a_grant_that_cannot_be_used() {
    let fixture = Fixture::new();
    let web = basic("web", SECRET);
    let ask = |parameters: &[(&str, &str)]| slug(&fixture.token(Some(&web), parameters));
    assert_eq!(ask(&[]), "grant_type_missing");
    let grant_type = |name| [("grant_type", name)];
    assert_eq!(ask(&grant_type("password")), "grant_type_unsupported");
    assert_eq!(ask(&grant_type("authorization_code")), "code_missing");
    assert_eq!(ask(&grant_type("refresh_token")), "refresh_token_missing");
    let mut reader = client("reader", vec![AuthMethod::None]);
    reader.grant_types = vec![GrantType::AuthorizationCode];
    fixture.register(reader);
    let parameters = [("client_id", "reader"), ("grant_type", "refresh_token")];
    let answer = fixture.token(None, &parameters);
    assert_eq!(slug(&answer), "grant_type_not_allowed");
    let nothing = fixture.post("/oauth/revoke", Some(&web), &[]);
    let answer = run(answer!(Json, revoke, fixture.context(), &nothing));
    assert_eq!(slug(&answer), "token_parameter_missing");
}

#[test]
fn an_authorization_request_that_cannot_go_on() {
    let mut fixture = Fixture::new();
    let mut machine = client("robot", vec![AuthMethod::None]);
    machine.grant_types = vec![GrantType::ClientCredentials];
    fixture.register(machine);
    let too_long = "x".repeat(14_000);
    let cases: [(Parameters<'_>, &str); 3] = [
        (&[("state", &too_long)], "request_too_large"),
        (&[("client_id", "robot")], "code_grant_not_allowed"),
        (&[("id_token_hint", "x")], "id_token_hint_invalid"),
    ];
    for (changes, word) in cases {
        assert_eq!(slug(&fixture.authorize(&request(changes))), word);
    }
}

#[test]
fn a_form_of_ours_that_is_not_accepted() {
    let mut fixture = Fixture::new();
    let page = fixture.authorize(&request(&[]));
    let answer = fixture.log_in(&page, "wrong");
    assert_eq!(slug(&answer), "credentials_wrong");
    assert_eq!(fixture.log_in(&page, PASSWORD).status, 303);

    let page = fixture.authorize(&request(&[]));
    let (asked, csrf) = (hidden(&page, "request"), hidden(&page, "csrf"));
    let answer = fixture.decide_with(&asked, "forged", "allow");
    assert_eq!(slug(&answer), "csrf_mismatch");
    let answer = fixture.decide_with(&asked, &csrf, "perhaps");
    assert_eq!(slug(&answer), "decision_unknown");
    let answer = fixture.decide_with(&asked, &csrf, "deny");
    assert_eq!(slug(&answer), "consent_denied");
}

fn direct(fixture: &Fixture, body: &str) -> Answer {
    let mut request = fixture.post("/login", None, &[]);
    request.headers = Headers::new([("content-type".to_owned(), "application/json".to_owned())]);
    request.body = body.as_bytes().to_vec();
    run(answer!(
        Json,
        direct_login::login,
        fixture.context(),
        &request
    ))
}

#[test]
fn a_direct_login_that_gets_nothing() {
    let mut fixture = Fixture::new();
    assert_eq!(slug(&direct(&fixture, "{}")), "member_invalid");
    let wrong = r#"{"username":"ada","password":"wrong"}"#;
    assert_eq!(slug(&direct(&fixture, wrong)), "password_wrong");
    fixture.world.settings.direct_login = DirectLogin::Off;
    assert_eq!(slug(&direct(&fixture, wrong)), "direct_login_off");
}

#[test]
fn a_direct_login_while_everything_ends_leaves_no_grant() {
    let fixture = Fixture::new();
    let act = Box::new(end_all);
    *fixture.world.meanwhile.borrow_mut() = Some((Part::Sessions, 2, act));
    let right = format!(r#"{{"username":"ada","password":"{PASSWORD}"}}"#);
    let answer = direct(&fixture, &right);
    assert_eq!((answer.status, slug(&answer)), (401, "ended_meanwhile"));
    assert!(fixture.world.grants.borrow().is_empty());
    assert_eq!(direct(&fixture, &right).status, 200);
}

#[test]
fn a_direct_login_whose_grant_was_ended_before_it_began_gets_nothing() {
    let fixture = Fixture::new();
    // It stands in the index already, so that it is ended in its own object too.
    let act = Box::new(|world: &World| {
        end_all(world);
        world.now.set(world.now.get().plus(60));
        world.wake_people();
    });
    *fixture.world.meanwhile.borrow_mut() = Some((Part::Grants, 1, act));
    let right = format!(r#"{{"username":"ada","password":"{PASSWORD}"}}"#);
    let answer = direct(&fixture, &right);
    assert!(fixture.world.meanwhile.borrow().is_none());
    assert_eq!((answer.status, slug(&answer)), (401, "ended_meanwhile"));
    assert_eq!(direct(&fixture, &right).status, 200);
}

#[test]
fn a_request_for_claims_without_its_token() {
    let fixture = Fixture::new();
    let ask = |authorization| {
        let request = fixture.post("/oauth/userinfo", authorization, &[]);
        slug(&run(answer!(
            Challenge,
            userinfo,
            fixture.context(),
            &request
        )))
    };
    assert_eq!(ask(None), "token_missing");
    assert_eq!(ask(Some("Bearer one, Bearer two")), "token_malformed");
}

#[test]
fn row_96_a_login_form_from_long_ago() {
    let mut fixture = Fixture::new();
    let page = fixture.authorize(&request(&[]));
    fixture.wait(12 * 3_600);
    assert_eq!(fixture.log_in(&page, "wrong").status, 200);
    fixture.wait(12 * 3_600);
    let answer = fixture.log_in(&page, PASSWORD);
    assert_eq!((answer.status, slug(&answer)), (403, "csrf_mismatch"));
    let page = fixture.authorize(&request(&[]));
    assert_eq!(fixture.log_in(&page, PASSWORD).status, 303);
}

#[test]
fn a_guess_too_many() {
    let mut fixture = Fixture::new();
    let page = fixture.authorize(&request(&[]));
    for _ in 0..10 {
        fixture.log_in(&page, "wrong");
    }
    let answer = fixture.log_in(&page, PASSWORD);
    assert_eq!(slug(&answer), "login_throttled");
}
