//! Direct login: a first-party application sends the password itself. Same check, same grants, other door.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

use oauth_core::{
    client::DIRECT_LOGIN,
    http::{Answer, Headers, Incoming, Method},
    jose::{AccessTokenClaims, UntrustedJwt},
    lifecycle::person,
    settings::{DirectLogin, Roles},
};
use oauth_server::{direct_login, login, ports::People};
use testkit::{
    answer,
    crypto::run,
    fixture::{Fixture, PASSWORD, member, request, text},
    memory::{Asked, Part},
};

fn incoming(method: Method, path: &str, headers: &[(&str, &str)], body: &str) -> Incoming {
    let headers = headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Incoming {
        method,
        path: path.to_owned(),
        query: String::new(),
        headers: Headers::new(headers),
        body: body.as_bytes().to_vec(),
        address: Some("192.0.2.1".to_owned()),
        request_id: "test".to_owned(),
    }
}

const JSON: (&str, &str) = ("content-type", "application/json");

fn login(fixture: &Fixture, body: &str) -> Answer {
    let request = incoming(Method::Post, "/login", &[JSON], body);
    // The path of the login page: the body distinguishes them.
    run(answer!(
        ByContentType,
        login::login,
        fixture.context(),
        &request
    ))
}

fn log_in(fixture: &Fixture, password: &str) -> Answer {
    login(
        fixture,
        &format!(r#"{{"username":"ada","password":"{password}"}}"#),
    )
}

fn with_token(token: &str) -> String {
    format!(r#"{{"refresh_token":"{token}"}}"#)
}

fn refresh(fixture: &Fixture, token: &str) -> Answer {
    let request = incoming(Method::Post, "/token", &[JSON], &with_token(token));
    run(answer!(
        Json,
        direct_login::token,
        fixture.context(),
        &request
    ))
}

fn log_out(fixture: &Fixture, token: &str) -> Answer {
    let request = incoming(Method::Delete, "/logout", &[JSON], &with_token(token));
    run(answer!(
        Json,
        direct_login::logout,
        fixture.context(),
        &request
    ))
}

fn log_out_as_bearer(fixture: &Fixture, token: &str) -> Answer {
    let bearer = format!("Bearer {token}");
    let request = incoming(Method::Delete, "/logout", &[("authorization", &bearer)], "");
    run(answer!(
        Json,
        direct_login::logout,
        fixture.context(),
        &request
    ))
}

fn assert_error(answer: &Answer, status: u16, error: &str) {
    assert_eq!(answer.status, status, "{}", text(answer));
    assert_eq!(member(answer, "error"), error);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
}

/// How many grants are in Ada's index.
fn listed(fixture: &Fixture) -> usize {
    let user_id = oauth_core::id::UserId::parse("u_ada").unwrap();
    let list = person::Command::List(person::ListGrants {
        after: None,
        limit: person::PAGE,
    });
    let reply = run(fixture.world.send_to_person(&user_id, list)).unwrap();
    let person::Reply::Grants { entries, .. } = reply else {
        panic!("{reply:?}");
    };
    entries.len()
}

#[test]
fn name_and_password_give_tokens_and_no_cookie() {
    let fixture = Fixture::new();
    let answer = log_in(&fixture, PASSWORD);
    assert_eq!(answer.status, 200, "{}", text(&answer));
    assert_eq!(answer.header("set-cookie"), None);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(member(&answer, "token_type"), "Bearer");
    assert!(!member(&answer, "refresh_token").is_empty());
    let token = member(&answer, "access_token");
    let claims: AccessTokenClaims = UntrustedJwt::parse(&token)
        .unwrap()
        .unverified_claims()
        .unwrap();
    assert_eq!(
        (claims.sub.as_str(), claims.client_id.as_str()),
        ("u_ada", DIRECT_LOGIN)
    );
    assert!(claims.aud.contains("https://api.example"));
    let scope = claims.scope.unwrap();
    assert!(scope.contains("read:students") && !scope.contains("admin"));
    assert_eq!(
        member(&fixture.userinfo(&token), "email"),
        "ada@example.com"
    );
    assert_eq!(fixture.world.audit.borrow().last(), Some(&"direct_login"));
}

#[test]
fn not_even_an_administrator_gets_a_privileged_scope() {
    let fixture = Fixture::new();
    for (user, _) in fixture.world.users.borrow_mut().values_mut() {
        user.roles = Roles::parse("operator administrator");
    }
    let scope = member(&log_in(&fixture, PASSWORD), "scope");
    assert!(
        !scope.contains("admin") && !scope.contains("m2m:run"),
        "{scope}"
    );
}

#[test]
fn a_wrong_password_is_401_invalid_grant_and_an_unknown_name_the_same() {
    let fixture = Fixture::new();
    let wrong = log_in(&fixture, "wrong");
    assert_error(&wrong, 401, "invalid_grant");
    let unknown = login(&fixture, r#"{"username":"eve","password":"wrong"}"#);
    assert_eq!((unknown.status, &unknown.body), (wrong.status, &wrong.body));
    assert!(fixture.world.grants.borrow().is_empty());
}

#[test]
fn s1_an_unknown_name_asks_every_store_as_often_and_in_the_order_of_a_known_one() {
    let fixture = Fixture::new();
    let asked = |username: &str| {
        fixture.world.asked.take();
        let body = format!(r#"{{"username":"{username}","password":"wrong"}}"#);
        assert_error(&login(&fixture, &body), 401, "invalid_grant");
        fixture.world.asked.take()
    };
    let known = asked("ada");
    assert!(known.contains(&Asked::Part(Part::Sessions)), "{known:?}");
    for unknown in ["eve", "", "ada ada"] {
        assert_eq!(asked(unknown), known, "{unknown}");
    }
}

/// Longer than any password, so that it is wrong without being hashed.
fn too_long() -> String {
    "x".repeat(200)
}

#[test]
fn the_page_and_direct_login_use_up_the_same_tries() {
    let mut fixture = Fixture::new();
    let page = fixture.authorize(&request(&[]));
    for _ in 0..5 {
        assert_eq!(fixture.log_in(&page, &too_long()).status, 200);
        assert_error(&log_in(&fixture, &too_long()), 401, "invalid_grant");
    }
    let answer = log_in(&fixture, PASSWORD);
    assert_error(&answer, 429, "temporarily_unavailable");
    assert_eq!(answer.header("retry-after"), Some("30"));
    assert_eq!(fixture.log_in(&page, PASSWORD).status, 429);
    fixture.wait(901);
    assert_eq!(log_in(&fixture, PASSWORD).status, 200);
}

#[test]
fn what_is_missing_or_no_json_is_invalid_request() {
    let fixture = Fixture::new();
    for body in [
        "",
        "{}",
        "[]",
        r#"{"username":"ada"}"#,
        r#"{"password":"x"}"#,
        r#"{"username":"ada","password":7}"#,
    ] {
        assert_error(&login(&fixture, body), 400, "invalid_request");
    }
    let form = form();
    let refused = run(answer!(Json, direct_login::token, fixture.context(), &form));
    assert_error(&refused, 400, "invalid_request");
    let empty = incoming(Method::Post, "/token", &[JSON], "{}");
    let refused = run(answer!(
        Json,
        direct_login::token,
        fixture.context(),
        &empty
    ));
    assert_error(&refused, 400, "invalid_request");
    let empty = incoming(Method::Delete, "/logout", &[JSON], "{}");
    let refused = run(answer!(
        Json,
        direct_login::logout,
        fixture.context(),
        &empty
    ));
    assert_error(&refused, 400, "invalid_request");
}

fn form() -> Incoming {
    let content_type = ("content-type", "application/x-www-form-urlencoded");
    incoming(Method::Post, "/token", &[content_type], "refresh_token=x")
}

#[test]
fn a_form_at_the_path_of_the_login_page_is_no_direct_login() {
    let fixture = Fixture::new();
    let form = form();
    let page = run(answer!(
        ByContentType,
        login::login,
        fixture.context(),
        &form
    ));
    let content_type = page.header("content-type").unwrap();
    assert!(content_type.starts_with("text/html"), "{content_type}");
}

#[test]
fn a_refresh_token_rotates_and_its_reuse_ends_the_family() {
    let fixture = Fixture::new();
    let first = member(&log_in(&fixture, PASSWORD), "refresh_token");
    let answer = refresh(&fixture, &first);
    assert_eq!(answer.status, 200, "{}", text(&answer));
    let second = member(&answer, "refresh_token");
    assert_ne!(first, second);
    let third = member(&refresh(&fixture, &second), "refresh_token");
    // For two minutes the first gets the very same answer again.
    assert_eq!(refresh(&fixture, &first).body, answer.body);
    fixture.wait(120);
    assert_error(&refresh(&fixture, &first), 400, "invalid_grant");
    assert_error(&refresh(&fixture, &third), 400, "invalid_grant");
    assert!(
        fixture
            .world
            .audit
            .borrow()
            .contains(&"refresh_token_reused")
    );
}

#[test]
fn its_refresh_token_works_only_here_and_others_do_not() {
    let mut fixture = Fixture::new();
    let token = member(&log_in(&fixture, PASSWORD), "refresh_token");
    let parameters = |client_id| {
        [
            ("grant_type", "refresh_token"),
            ("client_id", client_id),
            ("refresh_token", token.as_str()),
        ]
    };
    assert_error(
        &fixture.token(None, &parameters("spa")),
        400,
        "invalid_grant",
    );
    // No client is registered under its id.
    assert_error(
        &fixture.token(None, &parameters(DIRECT_LOGIN)),
        401,
        "invalid_client",
    );
    assert_eq!(refresh(&fixture, &token).status, 200);
    let others = member(&fixture.tokens(), "refresh_token");
    assert_error(&refresh(&fixture, &others), 400, "invalid_grant");
    assert_error(&log_out(&fixture, &others), 400, "invalid_grant");
    assert_eq!(fixture.refresh(&others).status, 200);
}

#[test]
fn logging_out_ends_the_family_its_access_tokens_and_its_place_in_the_index() {
    let fixture = Fixture::new();
    let tokens = log_in(&fixture, PASSWORD);
    let other = log_in(&fixture, PASSWORD);
    assert_eq!(listed(&fixture), 2);
    let token = member(&tokens, "refresh_token");
    let answer = log_out(&fixture, &token);
    assert_eq!((answer.status, answer.body.len()), (204, 0));
    assert_eq!(listed(&fixture), 1);
    assert_error(&refresh(&fixture, &token), 400, "invalid_grant");
    assert_eq!(
        fixture.userinfo(&member(&tokens, "access_token")).status,
        401
    );
    assert_eq!(fixture.world.tombstones.borrow().len(), 1);
    // Again, and with what we never issued: it is over already.
    assert_eq!(log_out(&fixture, &token).status, 204);
    assert_eq!(log_out(&fixture, "r1.nonsense").status, 204);
    assert_eq!(
        refresh(&fixture, &member(&other, "refresh_token")).status,
        200
    );
}

#[test]
fn an_access_token_logs_out_as_well() {
    let fixture = Fixture::new();
    let tokens = log_in(&fixture, PASSWORD);
    assert_eq!(log_out_as_bearer(&fixture, "nonsense").status, 204);
    assert_eq!(
        log_out_as_bearer(&fixture, &member(&tokens, "access_token")).status,
        204
    );
    assert_error(
        &refresh(&fixture, &member(&tokens, "refresh_token")),
        400,
        "invalid_grant",
    );
    // One whose time is over ends nothing, and must not look as if it had.
    let tokens = log_in(&fixture, PASSWORD);
    fixture.wait(400);
    let late = log_out_as_bearer(&fixture, &member(&tokens, "access_token"));
    assert_error(&late, 401, "invalid_token");
    assert!(late.header("www-authenticate").is_some());
    assert_eq!(
        refresh(&fixture, &member(&tokens, "refresh_token")).status,
        200
    );
}

#[test]
fn switched_off_all_of_it_is_403_in_json() {
    let mut fixture = Fixture::new();
    let token = member(&log_in(&fixture, PASSWORD), "refresh_token");
    fixture.world.settings.direct_login = DirectLogin::Off;
    for answer in [
        log_in(&fixture, PASSWORD),
        refresh(&fixture, &token),
        log_out(&fixture, &token),
    ] {
        assert_error(&answer, 403, "access_denied");
        assert!(text(&answer).contains("switched off"), "{}", text(&answer));
    }
    fixture.world.settings.direct_login = DirectLogin::On;
    assert_eq!(refresh(&fixture, &token).status, 200);
}

#[test]
fn a_disabled_person_neither_logs_in_nor_refreshes() {
    let fixture = Fixture::new();
    let token = member(&log_in(&fixture, PASSWORD), "refresh_token");
    let user_id = oauth_core::id::UserId::parse("u_ada").unwrap();
    fixture.world.disabled_users.borrow_mut().insert(user_id);
    assert_error(&log_in(&fixture, PASSWORD), 401, "invalid_grant");
    assert_error(&refresh(&fixture, &token), 400, "invalid_grant");
}

#[test]
fn a_store_that_is_down_is_503_and_ends_nothing() {
    let fixture = Fixture::new();
    let token = member(&log_in(&fixture, PASSWORD), "refresh_token");
    let broken = |part, act: &dyn Fn() -> Answer| {
        fixture.world.broken.borrow_mut().insert(part);
        let answer = act();
        fixture.world.broken.borrow_mut().clear();
        assert_error(&answer, 503, "temporarily_unavailable");
        assert!(answer.header("retry-after").is_some(), "{part:?}");
    };
    for part in [
        Part::Users,
        Part::Sessions,
        Part::ATTEMPTS,
        Part::Grants,
        Part::Keys,
    ] {
        broken(part, &|| log_in(&fixture, PASSWORD));
    }
    for part in [Part::Users, Part::Grants, Part::Keys] {
        broken(part, &|| refresh(&fixture, &token));
    }
    broken(Part::Grants, &|| log_out(&fixture, &token));
    assert_eq!(refresh(&fixture, &token).status, 200);
}

#[test]
fn a_name_that_a_store_could_take_to_end_early_takes_no_try() {
    let fixture = Fixture::new();
    for body in [
        r#"{"username":"ada\u0000","password":"lovelace-1843"}"#,
        r#"{"username":"ada","password":"lovelace-1843\u0000"}"#,
    ] {
        let answer = login(&fixture, body);
        assert_error(&answer, 400, "invalid_request");
        assert_eq!(answer.log.refusal, Some("member_invalid"));
    }
}
