//! The issuer's keys: new, withdrawn, unknown, out of reach.

use super::*;

#[test]
fn a_flood_of_unknown_key_ids_costs_one_look_a_minute() {
    let world = World::new();
    world.admit(&good(&world)).unwrap();
    let stranger = |id: i64| P256Key::from_seed(2).with_key_id(&format!("../{id}' OR 1=1"));
    for second in 0..=125 {
        let token = signed(&stranger(second), "at+jwt", &claims(json!({})));
        let refused = world.admit_at(&token, NOW.plus(second));
        assert_eq!(problem(refused), Some(TokenProblem::UnknownKey));
    }
    assert_eq!(world.server.asked.get(), 1 + 2);
}

#[test]
fn a_new_key_is_found_and_a_withdrawn_one_forgotten() {
    let world = World::new();
    let old = good(&world);
    world.admit(&old).unwrap();
    let next = P256Key::from_seed(3);
    *world.server.keys.borrow_mut() = vec![next.public()];
    let token = signed(&next, "at+jwt", &claims(json!({"exp": NOW.0 + 3600})));
    assert!(world.admit_at(&token, NOW.plus(60)).is_ok());
    assert_eq!(
        problem(world.admit_at(&old, NOW.plus(61))),
        Some(TokenProblem::UnknownKey)
    );
}

#[test]
fn a_withdrawn_key_is_noticed_even_by_remembered_tokens() {
    let world = World::new();
    let token = signed(&world.key, "at+jwt", &claims(json!({"exp": NOW.0 + 3600})));
    world.admit(&token).unwrap();
    *world.server.keys.borrow_mut() = vec![P256Key::from_seed(3).public()];
    assert!(world.admit_at(&token, NOW.plus(299)).is_ok());
    let refused = world.admit_at(&token, NOW.plus(300));
    assert_eq!(problem(refused), Some(TokenProblem::UnknownKey));
}

#[test]
fn an_unreachable_issuer_is_a_503_only_without_any_key() {
    let world = World::new();
    world.server.up.set(false);
    let token = signed(&world.key, "at+jwt", &claims(json!({"exp": NOW.0 + 3600})));
    assert!(is_unavailable(&world.admit(&token)));
    world.server.up.set(true);
    assert!(world.admit(&token).is_ok());
    world.server.up.set(false);
    assert!(world.admit_at(&token, NOW.plus(1_000)).is_ok());
    let asked = world.server.asked.get();
    assert!(world.admit_at(&token, NOW.plus(1_005)).is_ok());
    assert_eq!(world.server.asked.get(), asked);
}

#[test]
fn a_new_key_is_not_called_unknown_while_the_issuer_cannot_be_reached() {
    let world = World::new();
    world.admit(&good(&world)).unwrap();
    let next = P256Key::from_seed(3);
    *world.server.keys.borrow_mut() = vec![next.public()];
    let token = signed(&next, "at+jwt", &claims(json!({"exp": NOW.0 + 3600})));
    world.server.up.set(false);
    for second in [60, 61, 69] {
        let refused = world.admit_at(&token, NOW.plus(second));
        assert!(is_unavailable(&refused), "{second}");
    }
    assert_eq!(world.server.asked.get(), 2);
    world.server.up.set(true);
    assert!(world.admit_at(&token, NOW.plus(70)).is_ok());
}

#[test]
fn a_token_that_was_checked_while_its_key_was_withdrawn_is_not_remembered() {
    let world = World::new();
    let later = NOW.plus(300);
    let old = world.token(json!({"exp": NOW.0 + 3600}));
    world.admit(&good(&world)).unwrap();
    world.guard.jwt.verifier().slow.set(true);
    let mut slow = world.begin(&old, NOW);
    assert!(step(&mut slow).is_none());
    world.guard.jwt.verifier().slow.set(false);
    let next = P256Key::from_seed(3);
    *world.server.keys.borrow_mut() = vec![next.public()];
    let token = signed(&next, "at+jwt", &claims(json!({"exp": NOW.0 + 3600})));
    world.admit_at(&token, later).unwrap();
    assert!(step(&mut slow).unwrap().is_ok());
    let refused = world.admit_at(&old, later);
    assert_eq!(problem(refused), Some(TokenProblem::UnknownKey));
}

#[test]
fn while_one_request_asks_for_due_keys_the_others_use_the_old() {
    let world = World::new();
    let later = NOW.plus(300);
    let token = world.token(json!({ "exp": later.plus(300).0 }));
    assert!(world.admit(&token).is_ok());
    world.server.slow.set(true);
    let mut first = world.begin(&token, later);
    assert!(step(&mut first).is_none());
    assert!(world.admit_at(&token, later).is_ok());
    world.server.slow.set(false);
    assert!(step(&mut first).unwrap().is_ok());
    assert_eq!(world.server.asked.get(), 2);
}
