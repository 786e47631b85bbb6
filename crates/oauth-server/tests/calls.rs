//! The calls of each request to the objects and to the cache: one call and one write where something is decided, and
//! nothing read that may be old.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::rc::Rc;

use oauth_core::{
    http::{Answer, Method},
    id::ClientId,
};
use oauth_server::{account, introspect::introspect, par::par, revoke::revoke};
use testkit::{
    answer,
    crypto::run,
    fixture::{Fixture, PASSWORD, SECRET, VERIFIER, member, parameter, request, text},
    memory::{Asked, Part},
};

const JWT: &str = "https://api.example";
const OPAQUE: &str = "https://mcp.example";

/// The one call to a grant's object.
const CALL: Asked = Asked::Part(Part::Grants);
/// The one write in it.
const WRITE: Asked = Asked::GrantWritten;
/// A call to a user's object.
const PERSON: Asked = Asked::Part(Part::Sessions);
/// A write to the cache, after the read where there is one.
const CACHE: Asked = Asked::Part(Part::Cache);

/// The calls to the objects and to the cache since the last time, without registrations and keys.
fn asked(fixture: &Fixture) -> Vec<Asked> {
    let all = fixture.world.asked.take();
    let is_elsewhere = |asked: &Asked| match asked {
        Asked::GrantWritten | Asked::PersonWritten | Asked::CacheRead => false,
        Asked::Part(part) => match part {
            Part::Clients | Part::Users | Part::Consents | Part::Keys | Part::Audit => true,
            Part::Grants | Part::Sessions | Part::Object(_) | Part::Cache => false,
        },
    };
    all.into_iter().filter(|one| !is_elsewhere(one)).collect()
}

/// A world in which Ada has signed in and consented, and a code of hers.
fn code(resource: &str) -> (Fixture, String) {
    let mut fixture = Fixture::new();
    let code = parameter(&fixture.grant(&request(&[("resource", resource)])), "code");
    asked(&fixture);
    (fixture, code)
}

fn tokens(resource: &str) -> (Fixture, Answer) {
    let (fixture, code) = code(resource);
    let answer = fixture.redeem(&code);
    assert_eq!(answer.status, 200, "{}", text(&answer));
    asked(&fixture);
    (fixture, answer)
}

/// The client `web`, which may see the tokens of both resources.
fn basic(fixture: &Fixture) -> String {
    let id = ClientId::parse("web").unwrap();
    let mut clients = fixture.world.clients.borrow_mut();
    let web = Rc::make_mut(clients.get_mut(&id).unwrap());
    web.resource_server_for = vec![JWT.to_owned(), OPAQUE.to_owned()];
    testkit::fixture::basic("web", SECRET)
}

fn is_active(fixture: &Fixture, token: &str) -> bool {
    let basic = basic(fixture);
    let request = fixture.post("/oauth/introspect", Some(&basic), &[("token", token)]);
    let answer = run(answer!(Json, introspect, fixture.context(), &request));
    assert_eq!(answer.status, 200, "{}", text(&answer));
    member(&answer, "active") == "true"
}

fn by_machine(fixture: &Fixture, resource: &str) -> Answer {
    let parameters = [("grant_type", "client_credentials"), ("resource", resource)];
    let answer = fixture.token(Some(&basic(fixture)), &parameters);
    assert_eq!(answer.status, 200, "{}", text(&answer));
    answer
}

#[test]
fn a_redemption_is_one_call_and_one_write() {
    let (fixture, code) = code(JWT);
    assert_eq!(fixture.redeem(&code).status, 200);
    assert_eq!(asked(&fixture), [CALL, WRITE]);
}

#[test]
fn nothing_comes_between_the_write_and_the_answer() {
    let (fixture, code) = code(JWT);
    let refresh_token = member(&fixture.redeem(&code), "refresh_token");
    assert_eq!(fixture.world.asked.take().last(), Some(&WRITE));
    assert_eq!(fixture.refresh(&refresh_token).status, 200);
    assert_eq!(fixture.world.asked.take().last(), Some(&WRITE));
}

#[test]
fn a_refresh_is_one_call_and_one_write_and_its_repetition_writes_nothing() {
    let (fixture, answer) = tokens(JWT);
    let refresh_token = member(&answer, "refresh_token");
    assert_eq!(fixture.refresh(&refresh_token).status, 200);
    assert_eq!(asked(&fixture), [CALL, WRITE]);
    assert_eq!(fixture.refresh(&refresh_token).status, 200);
    assert_eq!(asked(&fixture), [CALL]);
}

#[test]
fn what_a_stranger_tries_with_a_code_writes_nothing() {
    let (fixture, code) = code(JWT);
    let redeem = |client_id: &str, verifier: &str| {
        let parameters = [
            ("grant_type", "authorization_code"),
            ("client_id", client_id),
            ("code", &code),
            ("redirect_uri", "https://app.example/cb"),
            ("code_verifier", verifier),
        ];
        assert_eq!(fixture.token(None, &parameters).status, 400);
        asked(&fixture)
    };
    fixture.register(testkit::fixture::client(
        "thief",
        vec![oauth_core::client::AuthMethod::None],
    ));
    assert_eq!(redeem("thief", VERIFIER), [CALL]);
    assert_eq!(redeem("spa", "wrong"), [CALL]);
}

#[test]
fn what_we_did_not_make_is_recognised_before_any_home_is_asked() {
    let (fixture, answer) = tokens(OPAQUE);
    for name in ["access_token", "refresh_token"] {
        let forged = format!("{}x", member(&answer, name));
        assert!(!is_active(&fixture, &forged));
        assert_eq!(fixture.redeem(&forged).status, 400);
        assert_eq!(fixture.refresh(&forged).status, 400);
    }
    assert_eq!(asked(&fixture), []);
}

#[test]
fn an_introspection_is_one_call_and_reads_no_cache() {
    for resource in [JWT, OPAQUE] {
        let (fixture, answer) = tokens(resource);
        assert!(is_active(&fixture, &member(&answer, "access_token")));
        assert_eq!(asked(&fixture), [CALL], "{resource}");
    }
    let (fixture, answer) = tokens(JWT);
    is_active(&fixture, &member(&answer, "refresh_token"));
    assert_eq!(asked(&fixture), [CALL]);
}

#[test]
fn no_is_said_without_the_cache_too() {
    for resource in [JWT, OPAQUE] {
        let (fixture, answer) = tokens(resource);
        let token = member(&answer, "refresh_token");
        let request = fixture.post(
            "/oauth/revoke",
            None,
            &[("client_id", "spa"), ("token", &token)],
        );
        assert_eq!(
            run(answer!(Json, revoke, fixture.context(), &request)).status,
            200
        );
        // The grant first; then, by its object, the tombstone, the index, and the note that both are done.
        assert_eq!(
            asked(&fixture),
            [CALL, WRITE, CACHE, PERSON, Asked::PersonWritten, WRITE]
        );
        assert!(!is_active(&fixture, &member(&answer, "access_token")));
        assert_eq!(asked(&fixture), [CALL], "{resource}");
        assert_eq!(fixture.refresh(&token).status, 400);
        assert_eq!(asked(&fixture), [CALL], "{resource}");
    }
}

#[test]
fn userinfo_is_one_call() {
    for resource in [JWT, OPAQUE] {
        let (fixture, answer) = tokens(resource);
        let answer = fixture.userinfo(&member(&answer, "access_token"));
        assert_eq!(answer.status, 200);
        assert_eq!(asked(&fixture), [CALL], "{resource}");
    }
}

#[test]
fn client_credentials_with_a_jwt_ask_no_home_and_write_nothing() {
    let fixture = Fixture::new();
    by_machine(&fixture, JWT);
    assert_eq!(asked(&fixture), []);
    assert!(fixture.world.grants.borrow().is_empty());
}

#[test]
fn an_opaque_token_is_described_once_after_its_commit() {
    let fixture = Fixture::new();
    let answer = by_machine(&fixture, OPAQUE);
    assert_eq!(asked(&fixture), [CALL, WRITE, CACHE]);
    let written = fixture.world.access_records.borrow().clone();
    assert_eq!(written.len(), 1);
    assert!(is_active(&fixture, &member(&answer, "access_token")));
    fixture.userinfo(&member(&answer, "access_token"));
    assert_eq!(*fixture.world.access_records.borrow(), written);

    let (fixture, answer) = tokens(OPAQUE);
    let before = fixture.world.access_records.borrow().clone();
    let refresh_token = member(&answer, "refresh_token");
    assert_eq!(fixture.refresh(&refresh_token).status, 200);
    assert_eq!(asked(&fixture), [CALL, WRITE, CACHE]);
    // The same answer again is no other token.
    assert_eq!(fixture.refresh(&refresh_token).status, 200);
    assert_eq!(asked(&fixture), [CALL]);
    let after = fixture.world.access_records.borrow();
    assert_eq!(after.len(), before.len() + 1);
    assert!(before.iter().all(|(name, record)| after[name] == *record));
}

#[test]
fn a_code_is_one_call_to_its_grant_and_two_to_its_person() {
    let (mut fixture, _) = code(JWT);
    assert_eq!(fixture.authorize(&request(&[])).status, 303);
    // Who is signed in; the grant; its place in the index, before the code leaves.
    assert_eq!(
        asked(&fixture),
        [PERSON, CALL, WRITE, PERSON, Asked::PersonWritten]
    );
}

#[test]
fn f4_a_pushed_request_is_one_call_and_one_write_or_nothing_if_it_is_a_strangers() {
    let (fixture, _) = code(JWT);
    let basic = testkit::fixture::basic("web", SECRET);
    for (client, authorization, expected) in [
        ("spa", None, &[][..]),
        ("web", Some(basic.as_str()), &[CALL, WRITE]),
    ] {
        let query = request(&[("client_id", client)]);
        let form = oauth_core::form::Form::parse(query.as_bytes()).unwrap();
        let parameters: Vec<(&str, &str)> = form.iter().collect();
        let request = fixture.post("/oauth/par", authorization, &parameters);
        let answer = run(answer!(Json, par, fixture.context(), &request));
        assert_eq!(answer.status, 201);
        assert_eq!(asked(&fixture), expected, "{client}");
    }
}

#[test]
fn a_list_is_one_page_of_the_index_and_asks_each_grant_on_it_once() {
    let mut fixture = Fixture::new();
    fixture.tokens();
    let request = fixture.incoming(Method::Get, "/account", "", "");
    asked(&fixture);
    let answer = run(answer!(Page, account::page, fixture.context(), &request));
    assert_eq!(answer.status, 200, "{}", text(&answer));
    let asked = asked(&fixture);
    assert_eq!(asked, [PERSON, PERSON, CALL, PERSON]);
}

#[test]
fn a_password_takes_its_tries_before_it_is_looked_at() {
    let mut fixture = Fixture::new();
    let page = fixture.authorize(&request(&[]));
    asked(&fixture);
    assert_eq!(fixture.log_in(&page, PASSWORD).status, 303);
    let asked = asked(&fixture);
    assert_eq!(asked.first(), Some(&Asked::Part(Part::ATTEMPTS)));
    assert_eq!(asked.last(), Some(&Asked::PersonWritten));
}
