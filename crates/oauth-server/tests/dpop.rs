//! Tokens that are bound to a key, and the proofs that go with them (RFC 9449).
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

use std::rc::Rc;

use oauth_core::{
    base64url,
    client::AuthMethod,
    http::{Answer, Method},
    id::ClientId,
    jose::Algorithm,
    scope::Scope,
};
use oauth_server::{admin, introspect::introspect, token::token, userinfo::userinfo};
use testkit::{
    answer,
    crypto::{P256Key, run},
    fixture::{Fixture, ISSUER, SECRET, basic, client, member, text},
    memory::{Asked, Part},
    proof::{Prover, form_with, with_headers},
};

const JWT: &str = "https://api.example";
const OPAQUE: &str = "https://mcp.example";

/// Proofs by the key of these tests, for the token endpoint.
fn prover(fixture: &Fixture) -> Prover<'static> {
    Prover::new(fixture, 5, "/oauth/token")
}

fn proof(fixture: &Fixture) -> String {
    prover(fixture).make()
}

/// The client `web` asks for itself.
fn by_machine(fixture: &Fixture, resource: &str, proof: Option<&str>) -> Answer {
    let web = basic("web", SECRET);
    let parameters = [
        ("grant_type", "client_credentials"),
        ("resource", resource),
        ("scope", "openid read"),
    ];
    let request = form_with(fixture, "/oauth/token", Some(&web), proof, &parameters);
    run(answer!(Json, token, fixture.context(), &request))
}

fn claims(jwt: &str) -> String {
    let payload = base64url::decode(jwt.split('.').nth(1).unwrap()).unwrap();
    String::from_utf8(payload).unwrap()
}

fn looked_at(fixture: &Fixture, access_token: &str) -> Answer {
    let web = basic("web", SECRET);
    let request = fixture.post("/oauth/introspect", Some(&web), &[("token", access_token)]);
    run(answer!(Json, introspect, fixture.context(), &request))
}

fn assert_refused(answer: &Answer, error: &str, slug: &str) {
    assert_eq!(answer.status, 400, "{}", text(answer));
    assert_eq!(member(answer, "error"), error);
    assert_eq!(answer.log.refusal, Some(slug));
}

#[test]
fn a_machines_token_is_bound_to_the_key_of_its_proof() {
    let fixture = Fixture::new();
    let jkt = prover(&fixture).jkt();
    for resource in [JWT, OPAQUE] {
        let answer = by_machine(&fixture, resource, Some(&proof(&fixture)));
        assert_eq!(answer.status, 200, "{}", text(&answer));
        assert_eq!(member(&answer, "token_type"), "DPoP");
        let access_token = member(&answer, "access_token");
        let confirmation = format!(r#""cnf":{{"jkt":"{jkt}"}}"#);
        if resource == JWT {
            assert!(claims(&access_token).contains(&confirmation));
        }
        let found = looked_at(&fixture, &access_token);
        assert_eq!(member(&found, "token_type"), "DPoP", "{}", text(&found));
        assert!(text(&found).contains(&confirmation), "{}", text(&found));
    }
}

#[test]
fn an_opaque_token_stays_bound_when_its_grant_no_longer_remembers_it() {
    let fixture = Fixture::new();
    let answer = by_machine(&fixture, OPAQUE, Some(&proof(&fixture)));
    let access_token = member(&answer, "access_token");
    let mut grants = fixture.world.grants.borrow_mut();
    for record in grants.values_mut() {
        let (before, rest) = record.split_once("\"tokens\":[").unwrap();
        let (_, after) = rest.split_once(']').unwrap();
        *record = format!("{before}\"tokens\":[]{after}");
    }
    drop(grants);
    let found = looked_at(&fixture, &access_token);
    assert_eq!(member(&found, "token_type"), "DPoP", "{}", text(&found));
}

#[test]
fn without_a_proof_a_token_is_its_bearers() {
    let fixture = Fixture::new();
    let answer = by_machine(&fixture, JWT, None);
    assert_eq!(member(&answer, "token_type"), "Bearer");
    let access_token = member(&answer, "access_token");
    assert!(!claims(&access_token).contains("cnf"));
    let found = looked_at(&fixture, &access_token);
    assert_eq!(member(&found, "token_type"), "Bearer");
    assert!(!text(&found).contains("cnf"));
}

#[test]
fn a_proof_counts_once() {
    let fixture = Fixture::new();
    let proof = proof(&fixture);
    assert_eq!(by_machine(&fixture, JWT, Some(&proof)).status, 200);
    for seconds in [0, 150, 150] {
        fixture.wait(seconds);
        let again = by_machine(&fixture, JWT, Some(&proof));
        assert_refused(&again, "invalid_dpop_proof", "dpop_proof_replayed");
    }
    fixture.wait(1);
    let late = by_machine(&fixture, JWT, Some(&proof));
    assert_refused(&late, "invalid_dpop_proof", "dpop_proof_time");
}

#[test]
fn a_proof_that_is_wrong_gets_no_token() {
    let fixture = Fixture::new();
    let sound = || prover(&fixture);
    let right = sound().make();
    let (signed, _) = right.rsplit_once('.').unwrap();
    let other = sound().make();
    let (_, signature) = other.rsplit_once('.').unwrap();
    let elsewhere = Prover {
        path: "/oauth/par",
        ..sound()
    };
    let old = Prover {
        now: fixture.world.now.get().plus(-3_600),
        ..sound()
    };
    let method = Prover {
        method: "GET",
        ..sound()
    };
    for (proof, slug) in [
        (String::new(), "dpop_proof_malformed"),
        (format!("{right}, {other}"), "dpop_proof_malformed"),
        (format!("{signed}.{signature}"), "dpop_proof_signature"),
        (elsewhere.make(), "dpop_proof_elsewhere"),
        (method.make(), "dpop_proof_elsewhere"),
        (old.make(), "dpop_proof_time"),
    ] {
        let answer = by_machine(&fixture, JWT, Some(&proof));
        assert_refused(&answer, "invalid_dpop_proof", slug);
    }
    // None of them has spent the right one.
    assert_eq!(by_machine(&fixture, JWT, Some(&right)).status, 200);
}

#[test]
fn a_proof_of_a_stranger_is_not_remembered() {
    let fixture = Fixture::new();
    let proof = proof(&fixture);
    let parameters = [("grant_type", "client_credentials")];
    let wrong = basic("web", "wrong");
    let request = form_with(
        &fixture,
        "/oauth/token",
        Some(&wrong),
        Some(&proof),
        &parameters,
    );
    assert_eq!(
        run(answer!(Json, token, fixture.context(), &request)).status,
        401
    );
    let asked = fixture.world.asked.take();
    assert!(!asked.contains(&Asked::Part(Part::ONE_TIME)));
    assert_eq!(by_machine(&fixture, JWT, Some(&proof)).status, 200);
}

#[test]
fn no_token_is_issued_while_it_is_unknown_whether_the_proof_was_seen() {
    let fixture = Fixture::new();
    fixture.world.broken.borrow_mut().insert(Part::ONE_TIME);
    let answer = by_machine(&fixture, JWT, Some(&proof(&fixture)));
    assert_eq!(answer.status, 503, "{}", text(&answer));
    assert_eq!(by_machine(&fixture, JWT, None).status, 200);
}

#[test]
fn a_client_that_must_prove_gets_no_token_without_a_proof() {
    let fixture = Fixture::new();
    let mut bound = client("bound", vec![AuthMethod::ClientSecretBasic]);
    bound.dpop_bound_access_tokens = true;
    let hash = fixture
        .world
        .keyring
        .client_secret_hash(&bound.client_id, SECRET);
    bound.secret_hashes = vec![hash];
    fixture.register(bound);
    let authorization = basic("bound", SECRET);
    let ask = |proof: Option<&str>| {
        let parameters = [("grant_type", "client_credentials")];
        let request = form_with(
            &fixture,
            "/oauth/token",
            Some(&authorization),
            proof,
            &parameters,
        );
        run(answer!(Json, token, fixture.context(), &request))
    };
    assert_refused(&ask(None), "invalid_dpop_proof", "dpop_proof_missing");
    let answer = ask(Some(&proof(&fixture)));
    assert_eq!(member(&answer, "token_type"), "DPoP");
}

/// UserInfo's answer to a token in this scheme.
fn info(fixture: &Fixture, scheme: &str, access_token: &str, proof: Option<&str>) -> Answer {
    let authorization = format!("{scheme} {access_token}");
    let headers = [
        ("authorization", Some(authorization.as_str())),
        ("dpop", proof),
    ];
    let request = fixture.incoming(Method::Get, "/oauth/userinfo", "", "");
    let request = with_headers(request, &headers);
    run(answer!(Challenge, userinfo, fixture.context(), &request))
}

#[test]
fn a_request_without_a_readable_token_gets_the_answer_of_every_protected_resource() {
    let fixture = Fixture::new();
    for (authorization, status, error) in testkit::bearer::CASES {
        let request = fixture.incoming(Method::Get, "/oauth/userinfo", "", "");
        let request = with_headers(request, &[("authorization", authorization)]);
        let answer = run(answer!(Challenge, userinfo, fixture.context(), &request));
        assert_eq!(answer.status, status, "{authorization:?}");
        let challenge = answer.header("www-authenticate");
        assert!(
            testkit::bearer::is_challenge(challenge, error),
            "{authorization:?}: {challenge:?}"
        );
    }
}

fn challenge(answer: &Answer) -> &str {
    assert_eq!(answer.status, 401, "{}", text(answer));
    answer.header("www-authenticate").unwrap()
}

#[test]
fn a_bound_token_is_no_bearer_token_and_a_bearer_token_is_not_bound() {
    let fixture = Fixture::new();
    let algorithms = Algorithm::ALL.map(Algorithm::name).join(" ");
    let algorithms = format!("algs=\"{algorithms}\"");
    for resource in [JWT, OPAQUE] {
        let bound = by_machine(&fixture, resource, Some(&proof(&fixture)));
        let bound = member(&bound, "access_token");
        let answer = info(&fixture, "Bearer", &bound, None);
        assert!(challenge(&answer).starts_with("DPoP "), "{answer:?}");
        assert!(challenge(&answer).contains("error=\"invalid_token\""));
        assert!(challenge(&answer).contains(&algorithms));
        assert_eq!(answer.log.refusal, Some("token_bound"));
        let free = member(&by_machine(&fixture, resource, None), "access_token");
        let own = Prover {
            method: "GET",
            path: "/oauth/userinfo",
            access_token: Some(&free),
            ..prover(&fixture)
        };
        let answer = info(&fixture, "DPoP", &free, Some(&own.make()));
        assert_eq!(answer.log.refusal, Some("token_of_another_key"));
        assert!(challenge(&answer).starts_with("DPoP "));
    }
}

#[test]
fn a_bound_token_comes_with_a_proof_of_its_own_key_for_itself() {
    let fixture = Fixture::new();
    let bound = by_machine(&fixture, JWT, Some(&proof(&fixture)));
    let bound = member(&bound, "access_token");
    let own = || Prover {
        method: "GET",
        path: "/oauth/userinfo",
        access_token: Some(&bound),
        ..prover(&fixture)
    };
    let refused = |proof: Option<&str>| {
        let answer = info(&fixture, "DPoP", &bound, proof);
        assert!(challenge(&answer).starts_with("DPoP "));
        answer.log.refusal.unwrap()
    };
    assert_eq!(refused(None), "dpop_proof_missing");
    let thief = Prover {
        key: P256Key::from_seed(6),
        ..own()
    };
    assert_eq!(refused(Some(&thief.make())), "token_of_another_key");
    let without_hash = Prover {
        access_token: None,
        ..own()
    };
    assert_eq!(refused(Some(&without_hash.make())), "dpop_proof_elsewhere");
    // Whose token it is, is another question: a machine has no claims.
    let proof = own().make();
    assert_eq!(
        refused_in_the_end(&fixture, &bound, &proof),
        "token_invalid"
    );
    assert_eq!(refused(Some(&proof)), "dpop_proof_replayed");
}

/// UserInfo's answer to a machine whose token and proof are right.
fn refused_in_the_end(fixture: &Fixture, access_token: &str, proof: &str) -> &'static str {
    let answer = info(fixture, "DPoP", access_token, Some(proof));
    answer.log.refusal.unwrap_or_else(|| panic!("{answer:?}"))
}

/// The client `web` asks for a token with which it may administer.
fn administrators_token(fixture: &Fixture) -> String {
    let web = ClientId::parse("web").unwrap();
    let mut clients = fixture.world.clients.borrow_mut();
    let web = Rc::make_mut(clients.get_mut(&web).unwrap());
    web.scope = Scope::parse("admin").unwrap();
    drop(clients);
    let parameters = [
        ("grant_type", "client_credentials"),
        ("resource", ISSUER),
        ("scope", "admin"),
    ];
    let (web, proof) = (basic("web", SECRET), proof(fixture));
    let request = form_with(
        fixture,
        "/oauth/token",
        Some(&web),
        Some(&proof),
        &parameters,
    );
    let answer = run(answer!(Json, token, fixture.context(), &request));
    assert_eq!(member(&answer, "token_type"), "DPoP", "{}", text(&answer));
    member(&answer, "access_token")
}

#[test]
fn who_administers_with_a_bound_token_proves_to_have_its_key() {
    const PATH: &str = "/admin/api/grants";
    let fixture = Fixture::new();
    let access_token = administrators_token(&fixture);
    let ask = |scheme: &str, proof: Option<&str>| {
        let authorization = format!("{scheme} {access_token}");
        let headers = [
            ("authorization", Some(authorization.as_str())),
            ("dpop", proof),
        ];
        let request = fixture.incoming(Method::Get, PATH, "user_id=u_ada", "");
        let request = with_headers(request, &headers);
        run(answer!(
            Challenge,
            admin::grants::list,
            fixture.context(),
            &request
        ))
    };
    let answer = ask("Bearer", None);
    assert!(challenge(&answer).starts_with("DPoP "));
    assert_eq!(answer.log.refusal, Some("token_bound"));
    let own = Prover {
        method: "GET",
        path: PATH,
        access_token: Some(&access_token),
        ..prover(&fixture)
    };
    let elsewhere = Prover {
        path: "/admin/api/users",
        ..own.clone()
    };
    let answer = ask("DPoP", Some(&elsewhere.make()));
    assert_eq!(answer.log.refusal, Some("dpop_proof_elsewhere"));
    let proof = own.make();
    assert_eq!(ask("DPoP", Some(&proof)).status, 200);
    let again = ask("DPoP", Some(&proof));
    assert_eq!(again.log.refusal, Some("dpop_proof_replayed"));
}
