//! Codes and refresh tokens of clients that prove to have a key (RFC 9449 §5, §10).

use oauth_core::{
    form,
    http::{Answer, Incoming},
};
use oauth_server::{par::par, token::token};
use testkit::{
    answer,
    crypto::run,
    fixture::{Fixture, REDIRECT, SECRET, VERIFIER, basic, member, parameter, request, text},
    memory::{Asked, Part},
    proof::{Prover, form_with, with_headers},
};

type Parameters<'a> = &'a [(&'a str, &'a str)];

const TOKEN: &str = "/oauth/token";
const PAR: &str = "/oauth/par";
/// The seeds of two keys.
const ONE: u8 = 5;
const OTHER: u8 = 6;
const OTHER_VERIFIER: &str = "wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww";

fn proof(fixture: &Fixture, seed: u8) -> String {
    Prover::new(fixture, seed, TOKEN).make()
}

fn jkt(fixture: &Fixture, seed: u8) -> String {
    Prover::new(fixture, seed, TOKEN).jkt()
}

/// A token request of `spa`, or of `web`, with a proof by the key of a seed.
fn ask(fixture: &Fixture, client: &str, seed: Option<u8>, parameters: &[(&str, &str)]) -> Answer {
    let proof = seed.map(|seed| proof(fixture, seed));
    ask_with(fixture, client, proof.as_deref(), parameters)
}

/// The same with this proof.
fn ask_with(
    fixture: &Fixture,
    client: &str,
    proof: Option<&str>,
    parameters: &[(&str, &str)],
) -> Answer {
    let web = basic("web", SECRET);
    let authorization = (client == "web").then_some(web.as_str());
    let named = [("client_id", client)];
    let parameters = [parameters, &named].concat();
    let request = form_with(fixture, TOKEN, authorization, proof, &parameters);
    run(answer!(Json, token, fixture.context(), &request))
}

fn redeem(fixture: &Fixture, client: &str, seed: Option<u8>, code: &str) -> Answer {
    let parameters = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", REDIRECT),
        ("code_verifier", VERIFIER),
    ];
    ask(fixture, client, seed, &parameters)
}

fn refresh(fixture: &Fixture, client: &str, seed: Option<u8>, refresh_token: &str) -> Answer {
    let parameters = [
        ("grant_type", "refresh_token"),
        ("refresh_token", refresh_token),
    ];
    ask(fixture, client, seed, &parameters)
}

fn code(fixture: &mut Fixture, client: &str, changes: &[(&str, &str)]) -> String {
    let own = [("client_id", client)];
    let changes = [changes, &own].concat();
    parameter(&fixture.grant(&request(&changes)), "code")
}

fn bound_tokens(fixture: &mut Fixture, client: &str) -> Answer {
    let code = code(fixture, client, &[]);
    let answer = redeem(fixture, client, Some(ONE), &code);
    assert_eq!(member(&answer, "token_type"), "DPoP", "{}", text(&answer));
    answer
}

fn refused(answer: &Answer, error: &str, slug: &str) {
    assert_eq!(answer.status, 400, "{}", text(answer));
    assert_eq!(member(answer, "error"), error);
    assert_eq!(answer.log.refusal, Some(slug));
}

fn renewed(answer: &Answer, token_type: &str) -> String {
    assert_eq!(answer.status, 200, "{}", text(answer));
    assert_eq!(member(answer, "token_type"), token_type);
    member(answer, "refresh_token")
}

#[test]
fn a_public_clients_refresh_token_goes_with_its_key() {
    let mut fixture = Fixture::new();
    let tokens = bound_tokens(&mut fixture, "spa");
    let first = member(&tokens, "refresh_token");
    for seed in [None, Some(OTHER)] {
        let answer = refresh(&fixture, "spa", seed, &first);
        refused(&answer, "invalid_grant", "refresh_token_of_another_key");
    }
    let second = renewed(&refresh(&fixture, "spa", Some(ONE), &first), "DPoP");
    // The old one in a thief's hands ends nothing.
    fixture.wait(60);
    let answer = refresh(&fixture, "spa", Some(OTHER), &first);
    refused(&answer, "invalid_grant", "refresh_token_of_another_key");
    renewed(&refresh(&fixture, "spa", Some(ONE), &second), "DPoP");
}

#[test]
fn a_confidential_client_may_take_a_new_key() {
    let mut fixture = Fixture::new();
    let tokens = bound_tokens(&mut fixture, "web");
    let first = member(&tokens, "refresh_token");
    let second = renewed(&refresh(&fixture, "web", Some(OTHER), &first), "DPoP");
    renewed(&refresh(&fixture, "web", None, &second), "Bearer");
}

#[test]
fn a_lost_answer_comes_again_for_the_same_key_with_a_new_proof() {
    let mut fixture = Fixture::new();
    for client in ["spa", "web"] {
        let tokens = bound_tokens(&mut fixture, client);
        let presented = member(&tokens, "refresh_token");
        let first = refresh(&fixture, client, Some(ONE), &presented);
        let again = refresh(&fixture, client, Some(ONE), &presented);
        assert_eq!(text(&first), text(&again), "{client}");
        assert_eq!(
            refresh(&fixture, client, Some(OTHER), &presented).status,
            400
        );
    }
}

#[test]
fn a_code_goes_with_the_key_that_its_request_named() {
    let mut fixture = Fixture::new();
    let named = jkt(&fixture, ONE);
    let code = code(&mut fixture, "spa", &[("dpop_jkt", &named)]);
    for seed in [None, Some(OTHER)] {
        let answer = redeem(&fixture, "spa", seed, &code);
        refused(&answer, "invalid_grant", "code_of_another_key");
    }
    renewed(&redeem(&fixture, "spa", Some(ONE), &code), "DPoP");
}

#[test]
fn a_thumbprint_that_is_none_is_told_to_the_client() {
    let mut fixture = Fixture::new();
    for wrong in ["x", &"a".repeat(42), &"=".repeat(43)] {
        let answer = fixture.authorize(&request(&[("dpop_jkt", wrong)]));
        assert_eq!(answer.log.refusal, Some("dpop_jkt_malformed"));
        assert_eq!(parameter(&answer, "error"), "invalid_request");
    }
}

/// `spa` pushes a request.
fn push(fixture: &Fixture, proof: Option<&str>, changes: &[(&str, &str)]) -> Answer {
    let all = [changes, &[("client_id", "spa")]].concat();
    let query = request(&all);
    let headers = [
        ("content-type", Some("application/x-www-form-urlencoded")),
        ("dpop", proof),
    ];
    let sent = Incoming {
        body: query.into_bytes(),
        ..fixture.post(PAR, None, &[])
    };
    run(answer!(
        Json,
        par,
        fixture.context(),
        &with_headers(sent, &headers)
    ))
}

fn pushed_code(fixture: &mut Fixture, answer: &Answer) -> String {
    assert_eq!(answer.status, 201, "{}", text(answer));
    let uri = member(answer, "request_uri");
    let query = form::encode([("client_id", "spa"), ("request_uri", &uri)]);
    parameter(&fixture.grant(&query), "code")
}

#[test]
fn a_pushed_request_binds_its_code_by_name_or_by_proof() {
    let mut fixture = Fixture::new();
    let named = jkt(&fixture, ONE);
    let by_key = || Prover::new(&Fixture::new(), ONE, PAR).make();
    let cases: [(Option<String>, Parameters<'_>); 4] = [
        (None, &[("dpop_jkt", &named)]),
        (Some(by_key()), &[]),
        (Some(by_key()), &[("dpop_jkt", &named)]),
        (Some(by_key()), &[("dpop_jkt", "")]),
    ];
    for (proof, changes) in cases {
        let answer = push(&fixture, proof.as_deref(), changes);
        let code = pushed_code(&mut fixture, &answer);
        let answer = redeem(&fixture, "spa", Some(OTHER), &code);
        refused(&answer, "invalid_grant", "code_of_another_key");
        renewed(&redeem(&fixture, "spa", Some(ONE), &code), "DPoP");
    }
}

#[test]
fn a_pushed_request_whose_proof_is_of_another_key_is_refused() {
    let fixture = Fixture::new();
    let named = jkt(&fixture, ONE);
    let changes = [("dpop_jkt", named.as_str())];
    let other = Prover::new(&fixture, OTHER, PAR).make();
    let answer = push(&fixture, Some(&other), &changes);
    refused(&answer, "invalid_dpop_proof", "dpop_jkt_differs");
    let elsewhere = proof(&fixture, ONE);
    let answer = push(&fixture, Some(&elsewhere), &changes);
    refused(&answer, "invalid_dpop_proof", "dpop_proof_elsewhere");
}

#[test]
fn f4_a_proof_that_a_stranger_pushes_is_checked_and_stored_nowhere() {
    let fixture = Fixture::new();
    let once = Prover::new(&fixture, ONE, PAR).make();
    for _ in 0..2 {
        assert_eq!(push(&fixture, Some(&once), &[]).status, 201);
    }
    assert!(!has_remembered(&fixture));
}

#[test]
fn row_81_a_proof_that_an_authenticated_client_pushes_counts_once() {
    let fixture = Fixture::new();
    let once = Prover::new(&fixture, ONE, PAR).make();
    let basic = testkit::fixture::basic("web", testkit::fixture::SECRET);
    let pushed = || {
        let headers = [
            ("content-type", Some("application/x-www-form-urlencoded")),
            ("authorization", Some(basic.as_str())),
            ("dpop", Some(once.as_str())),
        ];
        let sent = Incoming {
            body: request(&[("client_id", "web")]).into_bytes(),
            ..fixture.post(PAR, None, &[])
        };
        run(answer!(
            Json,
            par,
            fixture.context(),
            &with_headers(sent, &headers)
        ))
    };
    assert_eq!(pushed().status, 201);
    refused(&pushed(), "invalid_dpop_proof", "dpop_proof_replayed");
}

#[test]
fn f4_a_proof_is_spent_when_tokens_are_issued_for_it_and_not_before() {
    let mut fixture = Fixture::new();
    for client in ["spa", "web"] {
        let code = code(&mut fixture, client, &[]);
        let once = proof(&fixture, ONE);
        let redeem = |code_verifier| {
            let parameters = [
                ("grant_type", "authorization_code"),
                ("code", code.as_str()),
                ("redirect_uri", REDIRECT),
                ("code_verifier", code_verifier),
            ];
            ask_with(&fixture, client, Some(&once), &parameters)
        };
        fixture.world.asked.take();
        refused(
            &redeem(OTHER_VERIFIER),
            "invalid_grant",
            "code_verifier_wrong",
        );
        assert!(!has_remembered(&fixture));
        let tokens = redeem(VERIFIER);
        assert_eq!(tokens.status, 200, "{}", text(&tokens));
        assert!(has_remembered(&fixture));
        // What the proof may not be used for again has changed nothing.
        let refresh_token = member(&tokens, "refresh_token");
        let refresh = |scope, proof: &str| {
            let parameters = [
                ("grant_type", "refresh_token"),
                ("refresh_token", refresh_token.as_str()),
                ("scope", scope),
            ];
            ask_with(&fixture, client, Some(proof), &parameters)
        };
        let replayed = refresh("openid", &once);
        refused(&replayed, "invalid_dpop_proof", "dpop_proof_replayed");
        fixture.world.asked.take();
        let next = proof(&fixture, ONE);
        refused(&refresh("more", &next), "invalid_scope", "scope_widened");
        assert!(!has_remembered(&fixture));
        assert_eq!(refresh("openid", &next).status, 200);
    }
}

#[test]
fn row_81_a_stored_answer_is_not_for_who_sends_the_whole_request_again() {
    let mut fixture = Fixture::new();
    let tokens = bound_tokens(&mut fixture, "spa");
    let refresh_token = member(&tokens, "refresh_token");
    let refresh = |proof: &str| {
        let parameters = [
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh_token.as_str()),
        ];
        ask_with(&fixture, "spa", Some(proof), &parameters)
    };
    let (once, another) = (proof(&fixture, ONE), proof(&fixture, ONE));
    let answer = refresh(&once);
    assert_eq!(answer.status, 200, "{}", text(&answer));
    let replayed = refresh(&once);
    refused(&replayed, "invalid_dpop_proof", "dpop_proof_replayed");
    assert_eq!(text(&refresh(&another)), text(&answer));
    let replayed = refresh(&another);
    refused(&replayed, "invalid_dpop_proof", "dpop_proof_replayed");
}

fn has_remembered(fixture: &Fixture) -> bool {
    let asked = fixture.world.asked.take();
    asked.contains(&Asked::Part(Part::ONE_TIME))
}

#[test]
fn a_proof_beside_what_we_did_not_issue_is_not_remembered() {
    let fixture = Fixture::new();
    redeem(&fixture, "spa", Some(ONE), "c1.x.y");
    refresh(&fixture, "spa", Some(ONE), "r1.x.0.y");
    assert!(!has_remembered(&fixture));
}
