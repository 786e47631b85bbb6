//! JWTs (RFC 9068 §4).

use oauth_core::jose::TimeError;

use super::*;

#[test]
fn a_good_token_is_admitted_and_tells_who_and_what() {
    let world = World::new();
    let access = world.admit(&good(&world)).unwrap();
    assert_eq!((access.subject(), access.client_id()), ("u_ada", "web-ui"));
    assert_eq!(access.require_user().unwrap(), "u_ada");
    assert!(access.require("read").is_ok());
    let rsa = signed(
        &Rs256Key::of_rfc_7515(),
        "application/at+jwt",
        &claims(json!({})),
    );
    assert!(world.admit(&rsa).is_ok());
}

#[test]
fn scopes_compare_as_whole_words() {
    let world = World::new();
    let token = signed(
        &world.key,
        "at+jwt",
        &claims(json!({"scope": "readonly rea"})),
    );
    let access = world.admit(&token).unwrap();
    assert!(matches!(
        access.require("read"),
        Err(Denied::InsufficientScope { scope: "read" })
    ));
}

#[test]
fn a_machine_is_not_a_user() {
    let world = World::new();
    let changes = json!({"sub": "client-123", "client_id": "client-123"});
    let token = signed(&world.key, "at+jwt", &claims(changes));
    let access = world.admit(&token).unwrap();
    assert!(matches!(access.require_user(), Err(Denied::NotAUser)));
}

#[test]
fn another_kind_of_token_is_refused() {
    let world = World::new();
    for kind in ["JWT", "id_token", "at", "logout+jwt"] {
        let token = signed(&world.key, kind, &claims(json!({})));
        assert_eq!(
            problem(world.admit(&token)),
            Some(TokenProblem::WrongType),
            "{kind}"
        );
    }
}

#[test]
fn issuer_and_audience_are_compared_exactly() {
    let world = World::new();
    for issuer in [
        "https://as.example/",
        "https://AS.example",
        "https://evil.example",
        "",
    ] {
        assert_eq!(
            world.problem(json!({"iss": issuer})),
            Some(TokenProblem::WrongIssuer)
        );
    }
    for audience in [
        json!("https://api.example/"),
        json!("https://other.example"),
        json!([]),
        json!(["x"]),
    ] {
        assert_eq!(
            world.problem(json!({"aud": audience})),
            Some(TokenProblem::WrongAudience)
        );
    }
    assert_eq!(world.problem(json!({"aud": ["x", RESOURCE]})), None);
}

#[test]
fn time_is_kept_with_its_leeway() {
    let world = World::new();
    let at = |name: &str, offset: i64| world.problem(json!({name: NOW.0 + offset}));
    assert_eq!(at("exp", -30), None);
    assert_eq!(at("exp", -31), Some(TokenProblem::Time(TimeError::Expired)));
    assert_eq!(at("nbf", 60), None);
    assert_eq!(
        at("nbf", 61),
        Some(TokenProblem::Time(TimeError::NotYetValid))
    );
    for exp in [json!(null), json!("1800000000"), json!(-1), json!(1e300)] {
        let claims_problem = TokenProblem::Jwt(JwtError::Claims);
        assert_eq!(world.problem(json!({"exp": exp})), Some(claims_problem));
    }
}

#[test]
fn a_forged_token_under_a_known_key_id_is_refused() {
    let world = World::new();
    let forger = P256Key::from_seed(9).with_key_id(world.key.key_id());
    let token = signed(&forger, "at+jwt", &claims(json!({})));
    assert_eq!(
        problem(world.admit(&token)),
        Some(TokenProblem::Jwt(JwtError::BadSignature))
    );
}

#[test]
fn what_is_no_token_costs_the_issuer_nothing() {
    let world = World::new();
    let long = "a".repeat(20_000);
    for token in ["abc", "a.b.c", "e30.e30.", long.as_str()] {
        assert!(matches!(
            problem(world.admit(token)),
            Some(TokenProblem::Jwt(_))
        ));
    }
    assert_eq!(world.server.asked.get(), 0);
}

#[test]
fn keys_and_verified_tokens_are_remembered() {
    let world = World::new();
    let token = good(&world);
    for _ in 0..10 {
        world.admit(&token).unwrap();
    }
    assert_eq!(
        (
            world.server.asked.get(),
            world.guard.jwt.verifier().checks.get()
        ),
        (1, 1)
    );
}

#[test]
fn a_remembered_token_still_ends() {
    let world = World::new();
    let token = good(&world);
    world.admit(&token).unwrap();
    let end = NOW.plus(331);
    assert_eq!(
        problem(world.admit_at(&token, end)),
        Some(TokenProblem::Time(TimeError::Expired))
    );
}

#[test]
fn a_refusal_names_the_metadata() {
    let world = World::new();
    let answer = world
        .guard
        .refusal(&Denied::NoCredentials, &request(""), None);
    assert!(
        answer
            .header("www-authenticate")
            .is_some_and(|challenge| challenge.contains(
                "resource_metadata=\"https://api.example/.well-known/oauth-protected-resource\""
            ))
    );
}

#[test]
fn a_request_without_a_readable_token_gets_the_answer_of_every_protected_resource() {
    let world = World::new();
    for (authorization, status, error) in testkit::bearer::CASES {
        let mut request = request("");
        let header = authorization.map(|value| ("authorization".to_owned(), value.to_owned()));
        request.headers = Headers::new(header);
        let denied = run(world.guard.admit(&world.server, &request, NOW)).unwrap_err();
        let answer = world.guard.refusal(&denied, &request, None);
        assert_eq!(answer.status, status, "{authorization:?}");
        let challenge = answer.header("www-authenticate");
        assert!(
            testkit::bearer::is_challenge(challenge, error),
            "{authorization:?}: {challenge:?}"
        );
    }
}
