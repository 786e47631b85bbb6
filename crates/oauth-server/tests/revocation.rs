//! A token is given back (RFC 7009): rows 72 to 74 of the table of threats.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

use oauth_core::{
    client::AuthMethod,
    http::Answer,
    id::UserId,
    jose::{AccessTokenClaims, UntrustedJwt},
    lifecycle::{grant::Grant, person},
};
use oauth_server::{introspect::introspect, ports::People as _, revoke::revoke};
use testkit::{
    answer,
    crypto::run,
    fixture::{Fixture, SECRET, basic, client, member, parameter, request, text},
    memory::Part,
};

const API: &str = "https://api.example";
const MCP: &str = "https://mcp.example";

/// The fixture, with `api`, the server of both resources.
fn fixture() -> Fixture {
    let fixture = Fixture::new();
    let mut api = client("api", vec![AuthMethod::ClientSecretBasic]);
    api.secret_hashes = vec![
        fixture
            .world
            .keyring
            .client_secret_hash(&api.client_id, SECRET),
    ];
    api.resource_server_for = vec![API.to_owned(), MCP.to_owned()];
    fixture.register(api);
    fixture
}

/// The public client `spa` gives back a token.
fn by_spa(fixture: &Fixture, token: &str) -> Answer {
    let request = fixture.post(
        "/oauth/revoke",
        None,
        &[("client_id", "spa"), ("token", token)],
    );
    run(answer!(Json, revoke, fixture.context(), &request))
}

/// The client `web` gives back a token.
fn by_web(fixture: &Fixture, token: &str) -> Answer {
    let request = fixture.post(
        "/oauth/revoke",
        Some(&basic("web", SECRET)),
        &[("token", token)],
    );
    run(answer!(Json, revoke, fixture.context(), &request))
}

fn is_active(fixture: &Fixture, token: &str) -> bool {
    let request = fixture.post(
        "/oauth/introspect",
        Some(&basic("api", SECRET)),
        &[("token", token)],
    );
    let answer = run(answer!(Json, introspect, fixture.context(), &request));
    assert_eq!(answer.status, 200, "{}", text(&answer));
    member(&answer, "active") == "true"
}

fn assert_done(answer: &Answer) {
    assert_eq!((answer.status, text(answer)), (200, String::new()));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
}

fn assert_another_clients(answer: &Answer) {
    assert_eq!(
        (answer.status, member(answer, "error")),
        (400, "invalid_grant".into())
    );
    assert_eq!(answer.log.refusal, Some("token_of_another_client"));
}

fn tokens_for(fixture: &mut Fixture, resource: &str) -> Answer {
    let code = parameter(&fixture.grant(&request(&[("resource", resource)])), "code");
    fixture.redeem(&code)
}

fn machine_token(fixture: &Fixture, resource: &str) -> String {
    let parameters = [("grant_type", "client_credentials"), ("resource", resource)];
    member(
        &fixture.token(Some(&basic("web", SECRET)), &parameters),
        "access_token",
    )
}

fn grant_of(jwt: &str) -> String {
    let untrusted = UntrustedJwt::parse(jwt).unwrap();
    let claims: AccessTokenClaims = untrusted.unverified_claims().unwrap();
    claims.jti.split('.').next().unwrap().to_owned()
}

#[test]
fn row_73_any_token_of_a_grant_ends_all_of_it() {
    for resource in [API, MCP] {
        for given_back in ["refresh_token", "access_token"] {
            let mut fixture = fixture();
            let tokens = tokens_for(&mut fixture, resource);
            let access_token = member(&tokens, "access_token");
            let refresh_token = member(&tokens, "refresh_token");
            assert!(is_active(&fixture, &access_token));
            assert_done(&by_spa(&fixture, &member(&tokens, given_back)));
            assert!(!is_active(&fixture, &access_token));
            assert_eq!(fixture.userinfo(&access_token).status, 401);
            let refused = fixture.refresh(&refresh_token);
            assert_eq!(member(&refused, "error"), "invalid_grant");
            // And again, for an answer that was lost.
            assert_done(&by_spa(&fixture, &member(&tokens, given_back)));
        }
    }
}

#[test]
fn a_refresh_token_of_any_generation_ends_the_grant() {
    let mut fixture = fixture();
    let first = member(&tokens_for(&mut fixture, API), "refresh_token");
    let second = fixture.refresh(&first);
    assert_done(&by_spa(&fixture, &first));
    assert!(!is_active(&fixture, &member(&second, "access_token")));
    let refused = fixture.refresh(&member(&second, "refresh_token"));
    assert_eq!(member(&refused, "error"), "invalid_grant");
}

#[test]
fn an_end_is_published_and_audited_after_it_is_committed() {
    let mut fixture = fixture();
    let token = member(&tokens_for(&mut fixture, API), "access_token");
    let now = fixture.world.now.get();
    let answer = by_spa(&fixture, &token);
    assert_done(&answer);
    assert_eq!(answer.log.client_id.as_deref(), Some("spa"));
    assert_eq!(answer.log.subject.as_deref(), Some("u_ada"));
    let tombstones = fixture.world.tombstones.borrow();
    assert_eq!(tombstones.get(&grant_of(&token)), Some(&now));
    assert!(fixture.world.audit.borrow().contains(&"token_revoked"));
}

#[test]
fn giving_back_what_is_over_fills_no_audit() {
    let mut fixture = fixture();
    let token = member(&tokens_for(&mut fixture, API), "refresh_token");
    for _ in 0..5 {
        assert_done(&by_spa(&fixture, &token));
    }
    let audit = fixture.world.audit.borrow();
    let recorded = audit.iter().filter(|event| **event == "token_revoked");
    assert_eq!(recorded.count(), 1);
}

/// How many grants Ada's own object lists.
fn listed(fixture: &Fixture) -> usize {
    let ada = UserId::parse("u_ada").unwrap();
    let list = person::Command::List(person::ListGrants {
        after: None,
        limit: 20,
    });
    let reply = run(fixture.world.send_to_person(&ada, list)).unwrap();
    let person::Reply::Grants { entries, .. } = reply else {
        panic!("{reply:?}");
    };
    entries.len()
}

#[test]
fn a_person_is_not_shown_what_a_client_gave_back() {
    let mut fixture = fixture();
    let token = member(&tokens_for(&mut fixture, API), "access_token");
    tokens_for(&mut fixture, API);
    assert_eq!(listed(&fixture), 2);
    assert_done(&by_spa(&fixture, &token));
    assert_eq!(listed(&fixture), 1);
}

#[test]
fn a_persons_home_that_is_down_keeps_nothing_from_ending() {
    let mut fixture = fixture();
    let token = member(&tokens_for(&mut fixture, API), "access_token");
    fixture.world.broken.borrow_mut().insert(Part::Sessions);
    assert_done(&by_spa(&fixture, &token));
    assert!(!is_active(&fixture, &token));
}

#[test]
fn a_cache_that_is_down_keeps_nothing_from_ending() {
    let mut fixture = fixture();
    let token = member(&tokens_for(&mut fixture, API), "access_token");
    fixture.world.broken.borrow_mut().insert(Part::Cache);
    assert_done(&by_spa(&fixture, &token));
    assert!(!is_active(&fixture, &token));
}

#[test]
fn row_72_revoking_the_unknown_is_done_already() {
    let mut fixture = fixture();
    let code = parameter(&fixture.grant(&request(&[])), "code");
    for unknown in ["x", "r1.a.0.b", "a1.a.1.b.c", "e30.e30.e30", "漢", &code] {
        assert_done(&by_spa(&fixture, unknown));
    }
    assert!(fixture.world.tombstones.borrow().is_empty());
    let tokens = fixture.redeem(&code);
    assert_eq!(tokens.status, 200, "a code is no token: {}", text(&tokens));
    assert_done(&by_spa(&fixture, &member(&tokens, "id_token")));
    assert!(is_active(&fixture, &member(&tokens, "access_token")));
}

#[test]
fn an_expired_access_token_ends_nothing_any_more() {
    for (resource, life) in [(API, 331), (MCP, 3_600)] {
        let mut fixture = fixture();
        let tokens = tokens_for(&mut fixture, resource);
        fixture.wait(life);
        assert_done(&by_spa(&fixture, &member(&tokens, "access_token")));
        assert_eq!(
            fixture.refresh(&member(&tokens, "refresh_token")).status,
            200
        );
    }
}

#[test]
fn a_token_whose_grant_is_gone_is_done_already_and_leaves_nothing_behind() {
    for resource in [API, MCP] {
        let mut fixture = fixture();
        let tokens = tokens_for(&mut fixture, resource);
        fixture.world.grants.borrow_mut().clear();
        assert_done(&by_spa(&fixture, &member(&tokens, "access_token")));
        assert_done(&by_spa(&fixture, &member(&tokens, "refresh_token")));
        assert!(fixture.world.grants.borrow().is_empty());
    }
}

#[test]
fn row_72_another_clients_token_is_refused_and_lives_on() {
    for resource in [API, MCP] {
        let mut fixture = fixture();
        let tokens = tokens_for(&mut fixture, resource);
        let before = fixture.world.grants.borrow().clone();
        for name in ["access_token", "refresh_token"] {
            assert_another_clients(&by_web(&fixture, &member(&tokens, name)));
        }
        assert_eq!(*fixture.world.grants.borrow(), before);
        assert!(fixture.world.tombstones.borrow().is_empty());
        assert!(is_active(&fixture, &member(&tokens, "access_token")));
        assert_eq!(
            fixture.refresh(&member(&tokens, "refresh_token")).status,
            200
        );
    }
}

#[test]
fn a_machines_token_ends_although_nothing_was_kept_of_it() {
    for resource in [API, MCP] {
        let fixture = fixture();
        let token = machine_token(&fixture, resource);
        assert!(is_active(&fixture, &token));
        assert_done(&by_web(&fixture, &token));
        assert!(!is_active(&fixture, &token));
        assert_done(&by_web(&fixture, &token));
        // The others of the same machine are grants of their own.
        assert!(is_active(&fixture, &machine_token(&fixture, resource)));
    }
}

#[test]
fn the_end_of_a_machines_token_is_remembered_longer_than_any_clock_takes_the_token() {
    let fixture = fixture();
    let token = machine_token(&fixture, API);
    assert_done(&by_web(&fixture, &token));
    let claims: AccessTokenClaims = UntrustedJwt::parse(&token)
        .unwrap()
        .unverified_claims()
        .unwrap();
    let grants = fixture.world.grants.borrow();
    let [record] = grants.values().collect::<Vec<_>>()[..] else {
        panic!("{}", grants.len())
    };
    let forgotten = Grant::read(record).unwrap().ends_at();
    // An isolate whose clock is a minute behind, and the leeway that this clock gives.
    assert!(forgotten.since(claims.exp.0) > 60 + 30, "{forgotten:?}");
}

#[test]
fn a_machines_token_can_be_ended_by_nobody_else() {
    for resource in [API, MCP] {
        let fixture = fixture();
        let token = machine_token(&fixture, resource);
        let before = fixture.world.grants.borrow().clone();
        assert_another_clients(&by_spa(&fixture, &token));
        assert_eq!(
            *fixture.world.grants.borrow(),
            before,
            "no record of a stranger's is left"
        );
        assert!(is_active(&fixture, &token));
    }
}

#[test]
fn row_71_a_wrong_hint_still_works() {
    for hint in ["refresh_token", "access_token", "id_token", "nonsense"] {
        for name in ["access_token", "refresh_token"] {
            let mut fixture = fixture();
            let tokens = tokens_for(&mut fixture, API);
            let given = member(&tokens, name);
            let parameters = [
                ("client_id", "spa"),
                ("token", &given),
                ("token_type_hint", hint),
            ];
            let request = fixture.post("/oauth/revoke", None, &parameters);
            assert_done(&run(answer!(Json, revoke, fixture.context(), &request)));
            assert!(!is_active(&fixture, &member(&tokens, "access_token")));
        }
    }
}

#[test]
fn who_is_not_authenticated_ends_nothing() {
    let mut fixture = fixture();
    let token = member(&tokens_for(&mut fixture, API), "access_token");
    for (authorization, client_id) in [
        (None, None),
        (None, Some("web")),
        (None, Some("nobody")),
        (Some("Basic d2ViOndyb25n"), None),
    ] {
        let mut parameters = vec![("token", token.as_str())];
        parameters.extend(client_id.map(|client_id| ("client_id", client_id)));
        let request = fixture.post("/oauth/revoke", authorization, &parameters);
        let answer = run(answer!(Json, revoke, fixture.context(), &request));
        assert_eq!(
            (answer.status, member(&answer, "error")),
            (401, "invalid_client".into())
        );
    }
    assert!(is_active(&fixture, &token));
}

#[test]
fn a_request_without_a_token_is_invalid() {
    let fixture = fixture();
    for token in ["", "  "] {
        let answer = by_spa(&fixture, token);
        let expected = if token.is_empty() { 400 } else { 200 };
        assert_eq!(answer.status, expected);
    }
}

#[test]
fn row_74_what_could_not_be_ended_is_never_said_to_be() {
    let mut fixture = fixture();
    for resource in [API, MCP] {
        let tokens = tokens_for(&mut fixture, resource);
        for name in ["access_token", "refresh_token"] {
            let token = member(&tokens, name);
            let mut needed = vec![Part::Clients, Part::Grants];
            needed.extend((resource == API && name == "access_token").then_some(Part::Keys));
            for part in needed {
                fixture.world.broken.borrow_mut().insert(part);
                let answer = by_spa(&fixture, &token);
                fixture.world.broken.borrow_mut().clear();
                assert_eq!(answer.status, 503, "{part:?} {}", text(&answer));
                assert!(answer.header("retry-after").is_some());
            }
        }
        assert!(fixture.world.tombstones.borrow().is_empty());
        assert!(is_active(&fixture, &member(&tokens, "access_token")));
    }
}
