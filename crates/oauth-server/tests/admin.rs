//! The administration's API: who may use it, and what it ends.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use oauth_core::{
    client::AuthMethod,
    http::{Answer, Headers, Incoming, Method},
    id::{ClientId, UserId},
    lifecycle::signing_keys::{KeyEntry, KeyState},
    scope::Scope,
    settings::Roles,
};
use oauth_server::{Render, admin, ending::registered, render::rendered};
use testkit::{
    bearer::{CASES, is_challenge},
    crypto::run,
    fixture::{
        Fixture, ISSUER, PASSWORD, REDIRECT, SECRET, VERIFIER, client, member, parameter, request,
        text,
    },
    memory::{Asked, Part, World},
};

/// A request of an administrator.
#[derive(Clone, Copy, Debug)]
enum Act {
    Grants,
    EndGrant,
    SignOut,
    DisableUser,
    EnableUser,
    DisableClient,
    EnableClient,
    Keys,
    RotateKey,
    DropKey,
}

/// A world in which Ada administers, through the client `desk`.
struct Desk {
    fixture: Fixture,
    token: String,
}

fn set_roles(fixture: &Fixture, roles: &str) {
    for (user, _) in fixture.world.users.borrow_mut().values_mut() {
        user.roles = Roles::parse(roles);
    }
}

fn add_bob(fixture: &Fixture) {
    let mut users = fixture.world.users.borrow_mut();
    let (mut bob, hash) = users.get("ada").unwrap().clone();
    bob.user_id = UserId::parse("u_bob").unwrap();
    "bob".clone_into(&mut bob.username);
    bob.roles = Roles::default();
    users.insert("bob".to_owned(), (bob, hash));
}

/// The token that the client `desk` gets for these changes of a request.
fn token(fixture: &mut Fixture, changes: &[(&str, &str)]) -> String {
    let mut all = vec![
        ("client_id", "desk"),
        ("scope", "openid admin"),
        ("resource", ISSUER),
    ];
    all.extend(changes);
    let code = parameter(&fixture.grant(&request(&all)), "code");
    let answer = fixture.token(
        None,
        &[
            ("grant_type", "authorization_code"),
            ("client_id", "desk"),
            ("code", &code),
            ("redirect_uri", REDIRECT),
            ("code_verifier", VERIFIER),
        ],
    );
    assert_eq!(answer.status, 200, "{}", text(&answer));
    member(&answer, "access_token")
}

impl Desk {
    fn new() -> Self {
        let mut fixture = Fixture::new();
        let mut desk = client("desk", vec![AuthMethod::None]);
        desk.scope = Scope::parse("openid read admin").unwrap();
        fixture.register(desk);
        add_bob(&fixture);
        set_roles(&fixture, "administrator");
        let token = token(&mut fixture, &[]);
        fixture.cookies.clear();
        Self { fixture, token }
    }

    fn send(&self, authorization: Option<&str>, act: Act, query: &str, body: &str) -> Answer {
        let mut headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        headers.extend(authorization.map(|value| ("authorization".to_owned(), value.to_owned())));
        let request = Incoming {
            method: if body.is_empty() {
                Method::Get
            } else {
                Method::Post
            },
            path: String::new(),
            query: query.to_owned(),
            headers: Headers::new(headers),
            body: body.as_bytes().to_vec(),
            address: None,
            request_id: "test".to_owned(),
        };
        let context = self.fixture.context();
        let outcome = match act {
            Act::Grants => run(admin::grants::list(&context, &request)),
            Act::EndGrant => run(admin::grants::end(&context, &request)),
            Act::SignOut => run(admin::users::sign_out(&context, &request)),
            Act::DisableUser => run(admin::users::disable(&context, &request)),
            Act::EnableUser => run(admin::users::enable(&context, &request)),
            Act::DisableClient => run(admin::clients::disable(&context, &request)),
            Act::EnableClient => run(admin::clients::enable(&context, &request)),
            Act::Keys => run(admin::keys::list(&context, &request)),
            Act::RotateKey => run(admin::keys::rotate(&context, &request)),
            Act::DropKey => run(admin::keys::drop_one(&context, &request)),
        };
        rendered(&context, &request, Render::Challenge, outcome)
    }

    fn act(&self, act: Act, body: &str) -> Answer {
        self.send(Some(&format!("Bearer {}", self.token)), act, "", body)
    }

    fn grants(&self, query: &str) -> Answer {
        self.send(
            Some(&format!("Bearer {}", self.token)),
            Act::Grants,
            query,
            "",
        )
    }

    /// Bob signs in and lets `spa` have access.
    fn bobs_tokens(&mut self) -> Answer {
        self.fixture.cookies.clear();
        let page = self.fixture.authorize(&request(&[]));
        assert_eq!(self.fixture.log_in_as(&page, "bob", PASSWORD).status, 303);
        self.fixture.tokens()
    }

    fn are_alive(&self, tokens: &Answer) -> bool {
        let access = self
            .fixture
            .userinfo(&member(tokens, "access_token"))
            .status;
        access == 200
    }
}

const BOB: &str = r#"{"user_id":"u_bob"}"#;
const SPA: &str = r#"{"client_id":"spa"}"#;

fn assert_error(answer: &Answer, status: u16, error: &str) {
    assert_eq!(answer.status, status, "{}", text(answer));
    assert_eq!(member(answer, "error"), error);
    let is_challenged = answer.header("www-authenticate").is_some();
    assert_eq!(is_challenged, matches!(status, 401 | 403), "{status}");
}

#[test]
fn only_a_live_token_for_this_server_with_the_scope_may_administer() {
    let mut desk = Desk::new();
    let without = desk.send(None, Act::SignOut, "", BOB);
    assert_error(&without, 401, "invalid_token");
    assert_eq!(
        without.header("www-authenticate"),
        Some("Bearer realm=\"ostiary\"")
    );
    assert_error(
        &desk.send(Some("Bearer nonsense"), Act::SignOut, "", BOB),
        401,
        "invalid_token",
    );
    for (authorization, status, error) in CASES {
        let answer = desk.send(authorization, Act::SignOut, "", BOB);
        assert_eq!(answer.status, status, "{authorization:?}");
        let challenge = answer.header("www-authenticate");
        assert!(is_challenge(challenge, error), "{authorization:?}");
    }
    // For the API, though with the scope; and for us, though without it.
    let elsewhere = token(&mut desk.fixture, &[("resource", "https://api.example")]);
    let elsewhere = desk.send(Some(&format!("Bearer {elsewhere}")), Act::SignOut, "", BOB);
    assert_error(&elsewhere, 401, "invalid_token");
    assert_eq!(elsewhere.log.refusal, Some("token_for_another_resource"));
    let plain = token(&mut desk.fixture, &[("scope", "openid read")]);
    let plain = desk.send(Some(&format!("Bearer {plain}")), Act::SignOut, "", BOB);
    assert_error(&plain, 403, "insufficient_scope");
    assert_eq!(plain.log.refusal, Some("admin_scope_missing"));
    assert!(
        plain
            .header("www-authenticate")
            .unwrap()
            .contains("scope=\"admin\"")
    );
    assert_eq!(desk.act(Act::SignOut, BOB).status, 200);
    desk.fixture.wait(400);
    assert_error(&desk.act(Act::SignOut, BOB), 401, "invalid_token");
}

#[test]
fn a_role_that_is_taken_away_counts_at_the_next_request() {
    let desk = Desk::new();
    set_roles(&desk.fixture, "");
    assert_error(&desk.act(Act::SignOut, BOB), 403, "insufficient_scope");
    set_roles(&desk.fixture, "administrator");
    assert_eq!(desk.act(Act::SignOut, BOB).status, 200);
}

#[test]
fn an_administrator_who_is_signed_out_everywhere_administers_no_more() {
    let desk = Desk::new();
    assert_eq!(desk.act(Act::SignOut, r#"{"user_id":"u_ada"}"#).status, 200);
    assert_error(&desk.act(Act::SignOut, BOB), 401, "invalid_token");
}

#[test]
fn the_grants_of_a_person_are_listed_and_one_is_ended() {
    let mut desk = Desk::new();
    let first = desk.bobs_tokens();
    let second = desk.fixture.tokens();
    let list = desk.grants("user_id=u_bob");
    assert_eq!(
        (list.status, list.header("cache-control")),
        (200, Some("no-store"))
    );
    let json: serde_json::Value = serde_json::from_slice(&list.body).unwrap();
    let grants = json["grants"].as_array().unwrap();
    assert_eq!((grants.len(), json.get("next")), (2, None));
    let grant = &grants[0];
    assert_eq!(
        (&grant["client_id"], &grant["resource"]),
        (&"spa".into(), &"https://api.example".into())
    );
    assert_eq!(grant["scope"], "openid profile read");
    assert!(grant["since"].is_i64() && grant["until"].is_i64() && grant.get("session").is_none());
    let body = format!(
        r#"{{"user_id":"u_bob","client_id":"spa","grant":{}}}"#,
        grant["grant"]
    );
    let answer = desk.act(Act::EndGrant, &body);
    assert_eq!(
        (answer.status, text(&answer).as_str()),
        (200, r#"{"ended":1,"complete":true}"#)
    );
    let alive = [&first, &second].map(|tokens| desk.are_alive(tokens));
    assert_eq!(alive.iter().filter(|alive| **alive).count(), 1);
    let again = desk.act(Act::EndGrant, &body);
    assert_error(&again, 404, "not_found");
    assert_eq!(again.log.refusal, Some("grant_unknown"));
    let key = format!("after=spa%20{}", grants[0]["grant"].as_str().unwrap());
    assert_eq!(desk.grants(&format!("user_id=u_bob&{key}")).status, 200);
}

#[test]
fn what_is_unknown_is_404() {
    let desk = Desk::new();
    for act in [Act::SignOut, Act::DisableUser, Act::EnableUser] {
        let answer = desk.act(act, r#"{"user_id":"u_eve"}"#);
        assert_error(&answer, 404, "not_found");
        assert_eq!(answer.log.refusal, Some("person_unknown"));
    }
    assert_error(&desk.grants("user_id=u_eve"), 404, "not_found");
    for act in [Act::DisableClient, Act::EnableClient] {
        for body in [
            r#"{"client_id":"nobody"}"#,
            r#"{"client_id":"direct-login"}"#,
        ] {
            let answer = desk.act(act, body);
            assert_error(&answer, 404, "not_found");
            assert_eq!(answer.log.refusal, Some("registration_unknown"));
        }
    }
}

#[test]
fn what_is_malformed_is_400() {
    let desk = Desk::new();
    let twice = r#"{"user_id":"u_bob","user_id":"u_bob"}"#;
    for act in [
        Act::SignOut,
        Act::DisableUser,
        Act::EnableUser,
        Act::EndGrant,
    ] {
        for body in ["{}", "{", r#"{"user_id":"bob"}"#, twice] {
            let answer = desk.act(act, body);
            assert_error(&answer, 400, "invalid_request");
            let word = answer.log.refusal.unwrap();
            assert!(
                ["member_invalid", "json_malformed"].contains(&word),
                "{body}"
            );
        }
    }
    for act in [Act::DisableClient, Act::EnableClient] {
        for body in ["{}", "[]", r#"{"client_id":"u_bob"}"#, r#"{"client_id":7}"#] {
            assert_error(&desk.act(act, body), 400, "invalid_request");
        }
    }
    let grant = r#"{"user_id":"u_bob","client_id":"spa","grant":"x"}"#;
    assert_error(&desk.act(Act::EndGrant, grant), 400, "invalid_request");
    let after = "user_id=u_bob&after=x";
    for query in [
        "",
        "user_id=bob",
        "user_id=u_bob&user_id=u_bob",
        after,
        "user_id=%zz",
    ] {
        assert_error(&desk.grants(query), 400, "invalid_request");
    }
}

#[test]
fn a_person_who_is_disabled_is_out_at_once_and_in_again_only_anew() {
    let mut desk = Desk::new();
    let tokens = desk.bobs_tokens();
    let code = parameter(&desk.fixture.grant(&request(&[])), "code");
    let bobs = desk.fixture.cookies.clone();
    let answer = desk.act(Act::DisableUser, BOB);
    assert_eq!(
        (answer.status, member(&answer, "complete").as_str()),
        (200, "true")
    );
    assert!(!desk.are_alive(&tokens));
    assert_eq!(
        member(
            &desk.fixture.refresh(&member(&tokens, "refresh_token")),
            "error"
        ),
        "invalid_grant"
    );
    assert_eq!(
        member(&desk.fixture.redeem(&code), "error"),
        "invalid_grant"
    );
    assert!(desk.fixture.world.tombstones.borrow().contains_key("u_bob"));
    let page = desk.fixture.authorize(&request(&[]));
    assert!(text(&page).contains("name=\"password\""));
    assert_eq!(desk.fixture.log_in_as(&page, "bob", PASSWORD).status, 200);
    assert_eq!(desk.grants("user_id=u_bob").status, 200);
    assert_eq!(desk.act(Act::EnableUser, BOB).status, 204);
    desk.fixture.cookies = bobs;
    assert!(text(&desk.fixture.authorize(&request(&[]))).contains("name=\"password\""));
    assert!(!desk.are_alive(&tokens));
    let anew = desk.bobs_tokens();
    assert!(desk.are_alive(&anew));
    let audit = desk.fixture.world.audit.borrow();
    for event in ["user_disabled", "everything_ended", "user_enabled"] {
        assert!(audit.contains(&event), "{event}");
    }
}

#[test]
fn a_code_and_a_refresh_of_a_disabled_person_are_refused_even_before_their_grants_have_ended() {
    let mut desk = Desk::new();
    let tokens = desk.bobs_tokens();
    let code = parameter(&desk.fixture.grant(&request(&[])), "code");
    let bob = UserId::parse("u_bob").unwrap();
    desk.fixture.world.disabled_users.borrow_mut().insert(bob);
    assert_eq!(
        member(&desk.fixture.redeem(&code), "error"),
        "invalid_grant"
    );
    assert_eq!(
        member(
            &desk.fixture.refresh(&member(&tokens, "refresh_token")),
            "error"
        ),
        "invalid_grant"
    );
}

#[test]
fn a_client_that_is_disabled_is_out_at_once_and_its_old_grants_stay_dead() {
    let mut desk = Desk::new();
    let tokens = desk.bobs_tokens();
    let other = desk
        .fixture
        .grant(&request(&[("client_id", "web"), ("scope", "openid")]));
    assert_eq!(desk.act(Act::DisableClient, SPA).status, 204);
    assert!(!desk.are_alive(&tokens));
    assert_eq!(
        member(
            &desk.fixture.refresh(&member(&tokens, "refresh_token")),
            "error"
        ),
        "invalid_client"
    );
    assert!(desk.fixture.world.tombstones.borrow().contains_key("spa"));
    assert!(!parameter(&other, "code").is_empty());
    desk.fixture.wait(10);
    assert_eq!(desk.act(Act::EnableClient, SPA).status, 204);
    assert!(!desk.are_alive(&tokens));
    assert_eq!(
        member(
            &desk.fixture.refresh(&member(&tokens, "refresh_token")),
            "error"
        ),
        "invalid_grant"
    );
    desk.fixture.wait(1);
    let anew = desk.fixture.tokens();
    assert!(desk.are_alive(&anew));
    // Enabled is enabled: once more ends nothing.
    desk.fixture.wait(1);
    assert_eq!(desk.act(Act::EnableClient, SPA).status, 204);
    assert!(desk.are_alive(&anew));
    let spa = ClientId::parse("spa").unwrap();
    assert!(
        desk.fixture.world.clients.borrow()[&spa]
            .not_before
            .is_some()
    );
}

/// The authorization of a machine that may administer.
fn robot(desk: &mut Desk) -> String {
    let mut robot = client("robot", vec![AuthMethod::ClientSecretPost]);
    robot.scope = Scope::parse("admin").unwrap();
    robot.secret_hashes = vec![
        desk.fixture
            .world
            .keyring
            .client_secret_hash(&robot.client_id, SECRET),
    ];
    desk.fixture.register(robot);
    let answer = desk.fixture.token(
        None,
        &[
            ("grant_type", "client_credentials"),
            ("client_id", "robot"),
            ("client_secret", SECRET),
            ("scope", "admin"),
            ("resource", ISSUER),
        ],
    );
    format!("Bearer {}", member(&answer, "access_token"))
}

#[test]
fn a_machine_may_administer_if_it_is_registered_for_it() {
    let mut desk = Desk::new();
    let token = robot(&mut desk);
    let answer = desk.send(Some(&token), Act::SignOut, "", BOB);
    assert_eq!(answer.status, 200, "{}", text(&answer));
    assert_eq!(answer.log.subject.as_deref(), Some("robot"));
}

#[test]
fn a_store_that_is_down_is_503_and_asking_again_goes_on() {
    let mut desk = Desk::new();
    let tokens = desk.bobs_tokens();
    let broken = |part, act, body: &str| {
        desk.fixture.world.broken.borrow_mut().insert(part);
        let answer = desk.act(act, body);
        desk.fixture.world.broken.borrow_mut().clear();
        assert_eq!(answer.status, 503, "{part:?}");
        assert!(answer.header("retry-after").is_some(), "{part:?}");
    };
    for part in [Part::Keys, Part::Grants, Part::Users, Part::Clients] {
        broken(part, Act::DisableUser, BOB);
    }
    // The registration is changed first: the user is out, though their grants could not be reached yet.
    broken(Part::Sessions, Act::DisableUser, BOB);
    assert_eq!(
        member(
            &desk.fixture.refresh(&member(&tokens, "refresh_token")),
            "error"
        ),
        "invalid_grant"
    );
    // The refresh has ended the grant, which is announced and has left the index: nothing is left to end.
    let answer = desk.act(Act::DisableUser, BOB);
    assert_eq!(
        (answer.status, member(&answer, "ended").as_str()),
        (200, "0")
    );
}

/// The events of this kind, each with its actor.
fn recorded(desk: &Desk, event: &str) -> Vec<Option<String>> {
    let events = desk.fixture.world.audit_events.borrow();
    let events = events.iter().filter(|one| one.event.word() == event);
    events.map(|one| one.actor.clone()).collect()
}

#[test]
fn f2_disabling_a_user_is_told_by_the_schedule_when_everything_dies_after_the_change() {
    let mut desk = Desk::new();
    let tokens = desk.bobs_tokens();
    let world = &desk.fixture.world;
    world.broken.borrow_mut().insert(Part::Sessions);
    assert_eq!(desk.act(Act::DisableUser, BOB).status, 503);
    assert_eq!(recorded(&desk, "user_disabled"), [Some("u_ada".to_owned())]);
    let announce = || {
        let context = desk.fixture.context();
        run(registered::announce(&context, None))
    };
    assert!(announce().is_err(), "and again the next time");
    assert!(world.tombstones.borrow().is_empty());
    world.broken.borrow_mut().clear();
    assert!(announce().is_ok());
    assert!(world.tombstones.borrow().contains_key("u_bob"));
    let by_ada = [Some("u_ada".to_owned())];
    assert_eq!(recorded(&desk, "everything_ended"), by_ada);
    assert!(!desk.are_alive(&tokens));
    assert!(world.endings.is_empty());
    // The user's object ends the grants, and nothing is told twice.
    desk.fixture.wait(100);
    world.wake_people();
    assert!(announce().is_ok());
    assert_eq!(recorded(&desk, "everything_ended"), by_ada);
    assert_eq!(member(&desk.act(Act::DisableUser, BOB), "ended"), "0");
}

#[test]
fn f2_whoever_is_enabled_again_is_not_ended_by_what_was_left_to_tell() {
    let mut desk = Desk::new();
    let tokens = desk.bobs_tokens();
    let world = &desk.fixture.world;
    world.broken.borrow_mut().insert(Part::Sessions);
    assert_eq!(desk.act(Act::DisableUser, BOB).status, 503);
    assert_eq!(desk.act(Act::EnableUser, BOB).status, 503);
    assert!(recorded(&desk, "user_enabled").is_empty());
    world.broken.borrow_mut().clear();
    assert_eq!(desk.act(Act::EnableUser, BOB).status, 204);
    assert!(!desk.are_alive(&tokens));
    let anew = desk.bobs_tokens();
    let context = desk.fixture.context();
    assert!(run(registered::announce(&context, None)).is_ok());
    assert!(desk.are_alive(&anew));
}

#[test]
fn f2_disabling_a_client_is_told_by_the_schedule_when_everything_dies_after_the_change() {
    let desk = Desk::new();
    let world = &desk.fixture.world;
    for act in [Act::DisableClient, Act::EnableClient] {
        world.tombstones.borrow_mut().clear();
        world.broken.borrow_mut().insert(Part::Cache);
        assert_eq!(desk.act(act, SPA).status, 503, "{act:?}");
        let at = world.now.get();
        desk.fixture.wait(60);
        assert!(world.tombstones.borrow().is_empty());
        world.broken.borrow_mut().clear();
        let context = desk.fixture.context();
        assert!(run(registered::announce(&context, None)).is_ok());
        assert_eq!(world.tombstones.borrow().get("spa"), Some(&at), "{act:?}");
        assert!(world.endings.is_empty());
    }
    for event in ["client_disabled", "client_enabled"] {
        assert_eq!(recorded(&desk, event), [Some("u_ada".to_owned())]);
    }
}

#[test]
fn a_client_that_is_disabled_or_enabled_already_is_recorded_once() {
    let desk = Desk::new();
    for (act, event) in [
        (Act::DisableClient, "client_disabled"),
        (Act::EnableClient, "client_enabled"),
    ] {
        assert_eq!(desk.act(act, SPA).status, 204);
        assert_eq!(desk.act(act, SPA).status, 204);
        assert_eq!(recorded(&desk, event), [Some("u_ada".to_owned())]);
    }
}

/// The keys of an answer: id and state.
fn keys(answer: &Answer) -> Vec<(String, String)> {
    assert_eq!(answer.status, 200, "{}", text(answer));
    let keys: serde_json::Value = serde_json::from_str(&member(answer, "keys")).unwrap();
    let text = |key: &serde_json::Value, name| key.get(name).unwrap().as_str().unwrap().to_owned();
    let keys = keys.as_array().unwrap().iter();
    keys.map(|key| (text(key, "kid"), text(key, "state")))
        .collect()
}

/// A desk where `old` signs with ES256 and `rsa` with RS256.
fn desk_with_keys() -> Desk {
    let desk = Desk::new();
    let entries = [("old", "ES256"), ("rsa", "RS256")].map(|(kid, algorithm)| KeyEntry {
        kid: kid.to_owned(),
        algorithm: algorithm.to_owned(),
        state: KeyState::Active,
        created_at: desk.fixture.world.now.get(),
        retired_at: None,
    });
    desk.fixture.world.key_entries.borrow_mut().extend(entries);
    desk
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |&(kid, state): &(&str, &str)| (kid.to_owned(), state.to_owned());
    expected.iter().map(owned).collect()
}

#[test]
fn a_rotated_key_gets_one_successor_which_waits() {
    let desk = desk_with_keys();
    let rotate = || keys(&desk.act(Act::RotateKey, r#"{"algorithm":"ES256"}"#));
    let rotated = pairs(&[("old", "active"), ("rsa", "active"), ("key-2", "next")]);
    assert_eq!(rotate(), rotated);
    assert_eq!(rotate(), rotated);
    let listed = desk.send(Some(&format!("Bearer {}", desk.token)), Act::Keys, "", "");
    assert_eq!(keys(&listed), rotated);
    assert_eq!(listed.header("cache-control"), Some("no-store"));
    let audit = desk.fixture.world.audit.borrow();
    assert_eq!(
        audit
            .iter()
            .filter(|event| **event == "key_rotated")
            .count(),
        2
    );
}

#[test]
fn a_key_that_is_not_to_be_trusted_is_followed_at_once_and_can_be_dropped() {
    let desk = desk_with_keys();
    let body = r#"{"algorithm":"ES256","at_once":true}"#;
    let rotated = pairs(&[("old", "retired"), ("rsa", "active"), ("key-2", "active")]);
    assert_eq!(keys(&desk.act(Act::RotateKey, body)), rotated);
    // Asked for again: it is the same change.
    desk.fixture.wait(59);
    assert_eq!(keys(&desk.act(Act::RotateKey, body)), rotated);
    for kid in ["key-2", "rsa", "none", ""] {
        let refused = desk.act(Act::DropKey, &format!(r#"{{"kid":"{kid}"}}"#));
        assert_eq!(refused.log.refusal, Some("member_invalid"), "{kid}");
    }
    desk.fixture.wait(1);
    let again = keys(&desk.act(Act::RotateKey, body));
    assert_eq!(again.last(), pairs(&[("key-3", "active")]).last());
    let left = pairs(&[("rsa", "active"), ("key-2", "retired"), ("key-3", "active")]);
    assert_eq!(keys(&desk.act(Act::DropKey, r#"{"kid":"old"}"#)), left);
    let audit = desk.fixture.world.audit.borrow();
    assert!(audit.contains(&"key_rotated_at_once") && audit.contains(&"key_dropped"));
}

#[test]
fn keys_are_for_administrators_and_of_an_algorithm_that_we_sign_with() {
    let desk = desk_with_keys();
    for act in [Act::Keys, Act::RotateKey, Act::DropKey] {
        assert_eq!(desk.send(None, act, "", "{}").status, 401);
    }
    for body in [
        "{}",
        r#"{"algorithm":"EdDSA"}"#,
        r#"{"algorithm":"none"}"#,
        r#"{"algorithm":7}"#,
        r#"{"algorithm":"ES256","at_once":"true"}"#,
    ] {
        assert_eq!(desk.act(Act::RotateKey, body).status, 400, "{body}");
    }
    assert_eq!(desk.fixture.world.key_entries.borrow().len(), 2);
    desk.fixture.world.broken.borrow_mut().insert(Part::Keys);
    assert_eq!(desk.act(Act::Keys, "{}").status, 503);
}

const ADA: &str = r#"{"user_id":"u_ada"}"#;

#[test]
fn row_133_nobody_disables_themself_the_client_in_use_or_the_last_administrator() {
    let mut desk = Desk::new();
    let own = desk.act(Act::DisableUser, ADA);
    assert_error(&own, 409, "conflict");
    assert_eq!(own.log.refusal, Some("own_account"));
    let client = desk.act(Act::DisableClient, r#"{"client_id":"desk"}"#);
    assert_error(&client, 409, "conflict");
    assert_eq!(client.log.refusal, Some("own_client"));
    assert_eq!(desk.grants("user_id=u_ada").status, 200);

    // A machine that administers: Ada and Bob are administrators, and one of them stays.
    let robot = robot(&mut desk);
    let act = |act, body| desk.send(Some(&robot), act, "", body);
    assert_eq!(act(Act::DisableUser, BOB).status, 200);
    let last = act(Act::DisableUser, ADA);
    assert_error(&last, 409, "conflict");
    assert_eq!(last.log.refusal, Some("last_administrator"));
    // Once more changes nothing, and ends what a failure may have left.
    assert_eq!(act(Act::DisableUser, BOB).status, 200);
    assert_eq!(act(Act::EnableUser, BOB).status, 204);
    assert_eq!(act(Act::DisableUser, ADA).status, 200);
}

#[test]
fn row_133_a_client_that_was_disabled_meanwhile_disables_no_other() {
    let desk = Desk::new();
    let looks = || {
        let asked = desk.fixture.world.asked.borrow();
        let clients = Asked::Part(Part::Clients);
        asked.iter().filter(|asked| **asked == clients).count()
    };
    let before = looks();
    let unknown = desk.act(Act::DisableClient, r#"{"client_id":"nobody"}"#);
    assert_eq!(unknown.status, 404);
    // The last of them is the change itself.
    let times = looks() - before;
    let act = Box::new(|world: &World| {
        let own = ClientId::parse("desk").unwrap();
        world.disabled_clients.borrow_mut().insert(own);
    });
    *desk.fixture.world.meanwhile.borrow_mut() = Some((Part::Clients, times, act));
    assert_error(&desk.act(Act::DisableClient, SPA), 401, "invalid_token");
    let spa = ClientId::parse("spa").unwrap();
    assert!(!desk.fixture.world.disabled_clients.borrow().contains(&spa));
}

#[test]
fn row_133_a_change_needs_a_recent_sign_in_and_reading_does_not() {
    let mut desk = Desk::new();
    desk.fixture.world.settings.lifetimes.access_token = 3_600;
    desk.token = token(&mut desk.fixture, &[]);
    let robot = robot(&mut desk);
    desk.fixture.wait(900);
    assert_eq!(desk.act(Act::EnableUser, BOB).status, 204, "just in time");
    desk.fixture.wait(1);
    for (act, body) in [
        (Act::EndGrant, "{}"),
        (Act::SignOut, BOB),
        (Act::DisableUser, BOB),
        (Act::EnableUser, BOB),
        (Act::DisableClient, SPA),
        (Act::EnableClient, SPA),
        (Act::RotateKey, r#"{"algorithm":"ES256"}"#),
        (Act::DropKey, r#"{"kid":"x"}"#),
    ] {
        let answer = desk.act(act, body);
        assert_error(&answer, 401, "insufficient_user_authentication");
        let challenge = answer.header("www-authenticate").unwrap();
        assert!(challenge.starts_with("Bearer ") && challenge.contains("max_age=\"900\""));
        assert_eq!(answer.log.refusal, Some("sign_in_too_old"), "{act:?}");
    }
    assert_eq!(desk.grants("user_id=u_bob").status, 200);
    let keys = desk.send(Some(&format!("Bearer {}", desk.token)), Act::Keys, "", "");
    assert_eq!(keys.status, 200);
    // A machine authenticates for each token instead.
    assert_eq!(desk.send(Some(&robot), Act::SignOut, "", BOB).status, 200);
    // Another token from the old sign-in changes nothing; one with max_age comes from a new sign-in.
    let old = format!("Bearer {}", token(&mut desk.fixture, &[]));
    let refused = desk.send(Some(&old), Act::EnableUser, "", BOB);
    assert_error(&refused, 401, "insufficient_user_authentication");
    let new = format!("Bearer {}", token(&mut desk.fixture, &[("max_age", "900")]));
    assert_eq!(desk.send(Some(&new), Act::EnableUser, "", BOB).status, 204);
}
