//! Floods of tokens that are no good: what they cost, and what they cannot wash away.

use super::*;
use crate::config::OpaqueForm;

impl World {
    /// One whose issuer's opaque tokens have the form of ours.
    fn of_ostiary() -> Self {
        Self::of(Config {
            opaque: OpaqueTokens::Introspected { cache: 5 },
            opaque_form: OpaqueForm::Ostiary,
            ..Config::new(ISSUER, RESOURCE)
        })
    }

    fn inactive(&self) {
        *self.server.answer.borrow_mut() = Some(r#"{"active":false}"#.to_owned());
    }
}

/// A string of the form of our opaque tokens.
fn well_formed(number: usize) -> String {
    let (grant, mac) = (base64url::encode(&[7; 16]), base64url::encode(&[9; 32]));
    let id = base64url::encode(format!("{number:012}").as_bytes());
    format!("a1.{grant}.{}.{id}.{mac}", NOW.0 + 3_600)
}

#[test]
fn a_thousand_garbage_strings_are_no_question() {
    let world = World::of_ostiary();
    for number in 0..1_000 {
        let garbage = [
            format!("garbage-{number}"),
            format!("a1.{number}"),
            well_formed(number).replacen("a1.", "a2.", 1),
            format!("{}.x", well_formed(number)),
            format!("{}A", well_formed(number)),
        ];
        for token in garbage {
            let malformed = TokenProblem::Jwt(JwtError::Malformed);
            assert_eq!(problem(world.admit(&token)), Some(malformed), "{token}");
        }
    }
    assert_eq!(world.server.questions.get(), 0);
    assert!(world.admit(&well_formed(0)).is_ok());
    assert_eq!(world.server.questions.get(), 1);
}

#[test]
fn unanswered_questions_are_bounded_and_the_bound_is_a_503_for_a_moment() {
    let world = World::introspecting();
    world.server.slow.set(true);
    let mut pending: Vec<_> = (0..100)
        .map(|number| world.begin(&well_formed(number), NOW))
        .collect();
    for request in &mut pending {
        assert!(step(request).is_none());
    }
    let mut one_more = world.begin(OPAQUE, NOW);
    assert!(is_unavailable(&step(&mut one_more).unwrap()));
    assert_eq!(world.server.questions.get(), 100);
    world.server.slow.set(false);
    for request in &mut pending {
        assert!(step(request).unwrap().is_ok());
    }
    assert!(world.admit(OPAQUE).is_ok());
}

#[test]
fn questions_whose_askers_are_gone_do_not_fill_the_bound_for_ever() {
    let world = World::introspecting();
    world.server.slow.set(true);
    let mut frozen: Vec<_> = (0..100)
        .map(|number| world.begin(&well_formed(number), NOW))
        .collect();
    for request in &mut frozen {
        assert!(step(request).is_none());
    }
    world.server.slow.set(false);
    assert!(world.admit_at(OPAQUE, NOW.plus(10)).is_ok());
}

#[test]
fn bad_answers_do_not_wash_the_good_ones_out() {
    let world = World::introspecting();
    assert!(world.admit(OPAQUE).is_ok());
    world.inactive();
    for number in 0..2_500 {
        assert!(problem(world.admit(&well_formed(number))).is_some());
    }
    let questions = world.server.questions.get();
    assert!(world.admit(OPAQUE).is_ok());
    assert_eq!(world.server.questions.get(), questions);
}

#[test]
fn a_tombstone_that_was_found_stays_found() {
    let world = World::with(OpaqueTokens::Refused, JwtRevocation::ByTombstone);
    let revoked = world.token(json!({"exp": NOW.0 + 600}));
    let tombstone = json!({"version": 1, "before": NOW.0}).to_string();
    let mut tombstones = world.server.tombstones.borrow_mut();
    tombstones.insert("revoked:grant".to_owned(), tombstone);
    drop(tombstones);
    let is_revoked = |result| problem(result) == Some(TokenProblem::Revoked);
    assert!(is_revoked(world.admit(&revoked)));
    // Both other good tokens and other revoked ones, whose ends are nearer.
    let claims: AccessTokenClaims = serde_json::from_value(claims(json!({}))).unwrap();
    let good = Known::Good(Rc::new(claims.clone()));
    for number in 0..1_500 {
        for known in [good.clone(), Known::Bad(TokenProblem::Revoked)] {
            let other = hash(&format!("{known:?}{number}"));
            world.guard.jwt.remember(other, known, &claims, NOW);
        }
    }
    *world.server.unreadable.borrow_mut() = vec!["revoked:grant", "revoked:u_ada"];
    assert!(is_revoked(world.admit(&revoked)));
}

#[test]
fn a_new_key_is_not_called_unknown_while_a_flood_holds_the_look_back() {
    let world = World::new();
    world.admit(&good(&world)).unwrap();
    let invented = |id: &str| {
        let stranger = P256Key::from_seed(9).with_key_id(id);
        signed(&stranger, "at+jwt", &claims(json!({})))
    };
    let short = invented("short");
    let withdrawn = good(&world);
    // The flood's first makes the guard look; then the issuer's keys change.
    let refused = world.admit_at(&short, NOW.plus(60));
    assert_eq!(problem(refused), Some(TokenProblem::UnknownKey));
    let next = P256Key::from_seed(3);
    *world.server.keys.borrow_mut() = vec![next.public()];
    let new = signed(&next, "at+jwt", &claims(json!({"exp": NOW.0 + 3_600})));
    for second in [60, 61, 90, 119] {
        match world.admit_at(&new, NOW.plus(second)) {
            Err(Denied::Unavailable { seconds, .. }) => assert_eq!(seconds, 120 - second),
            other => panic!("{other:?}"),
        }
        let refused = world.admit_at(&short, NOW.plus(second));
        assert_eq!(problem(refused), Some(TokenProblem::UnknownKey));
    }
    assert_eq!(world.server.asked.get(), 2);
    assert!(world.admit_at(&new, NOW.plus(120)).is_ok());
    // A withdrawn key, and one that was looked for, are unknown without a further look.
    let refused = world.admit_at(&withdrawn, NOW.plus(121));
    assert_eq!(problem(refused), Some(TokenProblem::UnknownKey));
    let alike = invented(&"k".repeat(next.key_id().len()));
    assert_eq!(
        problem(world.admit_at(&alike, NOW.plus(180))),
        Some(TokenProblem::UnknownKey)
    );
    assert_eq!(
        problem(world.admit_at(&alike, NOW.plus(181))),
        Some(TokenProblem::UnknownKey)
    );
    assert_eq!(world.server.asked.get(), 4);
}
