//! Opaque tokens by introspection (RFC 7662): which are asked about, and what an answer has to say.

use oauth_core::jose::TimeError;

use super::*;

impl World {
    /// The outcome for an opaque token that introspection describes so.
    fn asked(&self, changes: Value) -> Result<Access, Denied> {
        self.answered(&described(changes))
    }

    fn answered(&self, answer: &str) -> Result<Access, Denied> {
        *self.server.answer.borrow_mut() = Some(answer.to_owned());
        // A token of its own for each answer: none was asked about before.
        self.admit(&format!("a1.{}", self.server.questions.get()))
    }
}

#[test]
fn both_kinds_of_token_give_the_same_access() {
    let world = World::introspecting();
    let jwt = world.admit(&good(&world)).unwrap();
    let opaque = world.admit(OPAQUE).unwrap();
    assert_eq!(jwt.claims(), opaque.claims());
    assert_eq!(opaque.require_user().unwrap(), "u_ada");
    assert!(opaque.require("write").is_ok() && opaque.require("admin").is_err());
    assert_eq!(
        (world.server.questions.get(), world.server.asked.get()),
        (1, 1)
    );
}

#[test]
fn a_machines_opaque_token_is_no_users() {
    let world = World::introspecting();
    let access = world.asked(json!({"sub": "client-123", "client_id": "client-123"}));
    assert!(matches!(
        access.unwrap().require_user(),
        Err(Denied::NotAUser)
    ));
}

#[test]
fn without_introspection_an_opaque_token_is_refused_and_nobody_asked() {
    let world = World::new();
    for token in [OPAQUE, "abc", "a.b.c", "~+/=="] {
        let malformed = TokenProblem::Jwt(JwtError::Malformed);
        assert_eq!(problem(world.admit(token)), Some(malformed), "{token}");
    }
    assert_eq!(
        (world.server.questions.get(), world.server.asked.get()),
        (0, 0)
    );
}

#[test]
fn what_is_no_jwt_is_asked_about() {
    let world = World::introspecting();
    let tokens = [
        OPAQUE,
        "abc",
        "a.b.c",
        "e30",
        "eyJhbGciOiJub25lIn0",
        "e.e30.x",
        "ey.e30.x",
        "~+/==",
        "W10.e30.x",
    ];
    for (questions, token) in (1..).zip(tokens) {
        assert!(world.admit(token).is_ok(), "{token}");
        assert_eq!(world.server.questions.get(), questions, "{token}");
    }
}

#[test]
fn what_claims_to_be_a_jwt_is_judged_as_one_and_never_asked_about() {
    let world = World::introspecting();
    let real = good(&world);
    let (signing_input, signature) = real.rsplit_once('.').unwrap();
    let forger = P256Key::from_seed(9).with_key_id(world.key.key_id());
    for token in [
        signed(&forger, "at+jwt", &claims(json!({}))),
        signed(&world.key, "JWT", &claims(json!({}))),
        world.token(json!({"aud": "https://other.example"})),
        format!("{signing_input}."),
        signing_input.to_owned(),
        format!("{real}.{signature}"),
        format!("{real}.."),
        "eyJhbGciOiJub25lIn0.e30.".to_owned(),
        "e30.e30.e30".to_owned(),
        "ey!!.e30.e30".replace('!', "J"),
        "e30.".to_owned(),
    ] {
        assert!(problem(world.admit(&token)).is_some(), "{token}");
    }
    assert_eq!(world.server.questions.get(), 0);
}

#[test]
fn a_token_too_long_to_be_one_is_not_asked_about() {
    let world = World::introspecting();
    let too_long = TokenProblem::Jwt(JwtError::TooLong);
    for token in ["a".repeat(20_000), "a.".repeat(10_000)] {
        assert_eq!(problem(world.admit(&token)), Some(too_long));
    }
    assert_eq!(world.server.questions.get(), 0);
}

#[test]
fn a_token_that_is_not_active_is_refused_whatever_else_is_said() {
    let world = World::introspecting();
    let inactive = Some(TokenProblem::Inactive);
    assert_eq!(problem(world.answered(r#"{"active":false}"#)), inactive);
    assert_eq!(problem(world.asked(json!({"active": false}))), inactive);
}

#[test]
fn an_active_token_must_be_an_access_token_of_this_issuer_for_this_resource() {
    let world = World::introspecting();
    for (changes, expected) in [
        (json!({"token_type": null}), TokenProblem::WrongType),
        (json!({"token_type": "DPoP"}), TokenProblem::WrongType),
        (json!({"token_type": "N_A"}), TokenProblem::WrongType),
        (
            json!({"iss": "https://as.example/"}),
            TokenProblem::WrongIssuer,
        ),
        (json!({"iss": ""}), TokenProblem::WrongIssuer),
        (json!({"aud": null}), TokenProblem::WrongAudience),
        (json!({"aud": []}), TokenProblem::WrongAudience),
        (
            json!({"aud": "https://api.example/"}),
            TokenProblem::WrongAudience,
        ),
    ] {
        let refused = problem(world.asked(changes.clone()));
        assert_eq!(refused, Some(expected), "{changes}");
    }
    for changes in [
        json!({"iss": null}),
        json!({"token_type": "bearer"}),
        json!({"aud": ["x", RESOURCE]}),
    ] {
        assert!(world.asked(changes.clone()).is_ok(), "{changes}");
    }
}

#[test]
fn an_active_token_ends_in_the_very_second_of_its_expiry() {
    let world = World::introspecting();
    let at = |name: &str, offset: i64| problem(world.asked(json!({name: NOW.0 + offset})));
    let time = |error| Some(TokenProblem::Time(error));
    assert_eq!(at("exp", 1), None);
    assert_eq!(at("exp", 0), time(TimeError::Expired));
    assert_eq!(at("exp", -1), time(TimeError::Expired));
    assert_eq!(
        problem(world.asked(json!({"exp": null}))),
        time(TimeError::NoExpiry)
    );
    assert_eq!(at("nbf", 60), None);
    assert_eq!(at("nbf", 61), time(TimeError::NotYetValid));
    assert_eq!(at("iat", 61), time(TimeError::IssuedAhead));
}

#[test]
fn what_may_be_left_out_is_not_missed_and_what_is_unknown_is_ignored() {
    let world = World::introspecting();
    let spare = json!({"iss": null, "jti": null, "iat": null, "scope": null, "username": null});
    let access = world.asked(spare).unwrap();
    assert!(access.scope().is_none() && access.claims().iat.0 == NOW);
    assert_eq!(access.claims().iss, ISSUER);
    let more = json!({"ext": "é", "acr": 7, "auth_time": "1", "active_since": true});
    assert!(world.asked(more).is_ok());
}

#[test]
fn an_answer_that_cannot_be_read_is_a_fault_and_no_refusal() {
    let world = World::introspecting();
    let twice = described(json!({})).replacen('{', r#"{"active":true,"#, 1);
    for answer in [
        "",
        "active",
        "[]",
        "[true]",
        "null",
        "{}",
        r#"{"active":"true"}"#,
        r#"{"active":1}"#,
        r#"{"active":false"#,
        "<html>",
        twice.as_str(),
    ] {
        assert!(is_unavailable(&world.answered(answer)), "{answer}");
    }
    for changes in [
        json!({"sub": null}),
        json!({"client_id": null}),
        json!({"sub": 7}),
        json!({"aud": 7}),
        json!({"exp": "1800000000"}),
        json!({"exp": -1}),
        json!({"scope": ["read"]}),
    ] {
        assert!(is_unavailable(&world.asked(changes.clone())), "{changes}");
    }
}
