//! Tombstones of what was revoked.

use super::*;

impl World {
    fn looking() -> Self {
        Self::with(
            OpaqueTokens::Introspected { cache: 5 },
            JwtRevocation::ByTombstone,
        )
    }

    /// Revokes what was issued under `name` at `before` or earlier.
    fn bury(&self, name: &str, before: i64) {
        let record = json!({"version": 1, "before": before}).to_string();
        self.lay(name, &record);
    }

    fn lay(&self, name: &str, record: &str) {
        let key = format!("revoked:{name}");
        self.server
            .tombstones
            .borrow_mut()
            .insert(key, record.to_owned());
    }

    /// The keys that were looked at since the last look.
    fn looked(&self) -> Vec<String> {
        self.server.looked.take()
    }
}

fn is_revoked(result: Result<Access, Denied>) -> bool {
    problem(result) == Some(TokenProblem::Revoked)
}

#[test]
fn grant_user_and_client_are_looked_at_for_every_request() {
    let world = World::looking();
    let token = good(&world);
    for _ in 0..3 {
        assert!(world.admit(&token).unwrap().tolerated_fault().is_none());
        assert_eq!(
            world.looked(),
            ["revoked:grant", "revoked:u_ada", "revoked:web-ui"]
        );
    }
    assert_eq!(world.guard.jwt.verifier().checks.get(), 1);
}

#[test]
fn a_machine_is_looked_at_once_and_a_token_without_a_grant_has_none() {
    let world = World::looking();
    let machine = json!({"sub": "client-123", "client_id": "client-123"});
    assert!(world.admit(&world.token(machine)).is_ok());
    assert_eq!(world.looked(), ["revoked:grant", "revoked:client-123"]);
    assert!(world.admit(&world.token(json!({"jti": "token"}))).is_ok());
    assert_eq!(world.looked(), ["revoked:u_ada", "revoked:web-ui"]);
}

#[test]
fn they_are_looked_at_all_at_once() {
    let world = World::looking();
    let token = good(&world);
    assert!(world.admit(&token).is_ok());
    world.looked();
    world.server.slow.set(true);
    let mut request = world.begin(&token, NOW);
    assert!(step(&mut request).is_none());
    assert_eq!(world.looked().len(), 3);
    world.server.slow.set(false);
    assert!(step(&mut request).unwrap().is_ok());
    assert!(world.looked().is_empty());
}

#[test]
fn nothing_is_looked_at_where_expiry_is_the_way_nor_for_what_is_refused_anyway_nor_for_opaque_tokens()
 {
    let world = World::introspecting();
    world.bury("grant", NOW.0);
    assert!(world.admit(&good(&world)).is_ok());
    let looking = World::looking();
    looking.bury("grant", NOW.0);
    let stranger = P256Key::from_seed(9).with_key_id(looking.key.key_id());
    let forged = signed(&stranger, "at+jwt", &claims(json!({})));
    assert!(problem(looking.admit(&forged)).is_some());
    assert!(looking.admit(OPAQUE).is_ok());
    assert!(world.looked().is_empty() && looking.looked().is_empty());
}

#[test]
fn the_tombstone_of_a_grant_ends_all_that_was_issued_from_it() {
    let world = World::looking();
    let (first, later) = (
        good(&world),
        world.token(json!({"jti": "grant.two", "iat": NOW.0 + 30})),
    );
    let other = world.token(json!({"jti": "grant2.one"}));
    assert!(world.admit(&first).is_ok());
    world.bury("grant", NOW.0);
    assert!(is_revoked(world.admit(&first)) && is_revoked(world.admit(&later)));
    assert!(world.admit(&other).is_ok());
}

#[test]
fn the_tombstone_of_a_user_or_a_client_ends_what_was_issued_until_then() {
    for name in ["u_ada", "web-ui"] {
        let world = World::looking();
        world.bury(name, NOW.0 + 10);
        let issued = |offset: i64| world.token(json!({"iat": NOW.0 + offset}));
        assert!(is_revoked(world.admit(&issued(0))), "{name}");
        assert!(is_revoked(world.admit(&issued(10))), "{name}");
        assert!(world.admit(&issued(11)).is_ok(), "{name}");
        let another = json!({"sub": "u_alan", "client_id": "web-app"});
        assert!(world.admit(&world.token(another)).is_ok(), "{name}");
    }
}

#[test]
fn a_refusal_is_remembered_as_long_as_the_token_could_be_used() {
    let world = World::looking();
    let token = good(&world);
    world.bury("grant", NOW.0);
    assert!(is_revoked(world.admit(&token)));
    world.server.tombstones.borrow_mut().clear();
    world.looked();
    assert!(is_revoked(world.admit_at(&token, NOW.plus(330))));
    assert!(world.looked().is_empty());
    assert_ne!(
        problem(world.admit_at(&token, NOW.plus(331))),
        Some(TokenProblem::Revoked)
    );
}

#[test]
fn a_refusal_is_remembered_even_if_the_keys_change() {
    let world = World::looking();
    let token = world.token(json!({"exp": NOW.0 + 3600}));
    world.bury("grant", NOW.0);
    assert!(is_revoked(world.admit(&token)));
    world.server.tombstones.borrow_mut().clear();
    let more = vec![world.key.public(), P256Key::from_seed(3).public()];
    *world.server.keys.borrow_mut() = more;
    assert!(is_revoked(world.admit_at(&token, NOW.plus(300))));
}

#[test]
fn what_one_request_finds_all_see_that_are_under_way() {
    let world = World::looking();
    let token = good(&world);
    assert!(world.admit(&token).is_ok());
    world.server.slow.set(true);
    let mut early = world.begin(&token, NOW);
    assert!(step(&mut early).is_none());
    world.bury("grant", NOW.0);
    world.server.slow.set(false);
    assert!(is_revoked(world.admit(&token)));
    assert!(is_revoked(step(&mut early).unwrap()));
    assert!(is_revoked(world.admit(&token)));
}

#[test]
fn a_slow_signature_check_does_not_bring_back_what_was_found() {
    let world = World::looking();
    let token = good(&world);
    world.guard.jwt.verifier().slow.set(true);
    let mut early = world.begin(&token, NOW);
    assert!(step(&mut early).is_none());
    world.guard.jwt.verifier().slow.set(false);
    world.bury("grant", NOW.0);
    assert!(is_revoked(world.admit(&token)));
    world.server.tombstones.borrow_mut().clear();
    assert!(is_revoked(step(&mut early).unwrap()));
    assert!(is_revoked(world.admit(&token)));
}

#[test]
fn a_store_that_is_down_refuses_nobody_and_the_access_tells_of_it() {
    let world = World::looking();
    let token = good(&world);
    let all = vec!["revoked:grant", "revoked:u_ada", "revoked:web-ui"];
    for unreadable in [all.clone(), all[..1].to_vec(), all[2..].to_vec()] {
        *world.server.unreadable.borrow_mut() = unreadable;
        let access = world.admit(&token).unwrap();
        assert_eq!(access.tolerated_fault().unwrap().what, "kv");
    }
    world.server.unreadable.borrow_mut().clear();
    assert!(world.admit(&token).unwrap().tolerated_fault().is_none());
}

#[test]
fn a_tombstone_counts_though_the_others_cannot_be_read() {
    let world = World::looking();
    world.bury("u_ada", NOW.0);
    *world.server.unreadable.borrow_mut() = vec!["revoked:grant", "revoked:web-ui"];
    assert!(is_revoked(world.admit(&good(&world))));
}

#[test]
fn a_users_tombstone_that_cannot_be_read_is_a_fault_and_a_grants_needs_no_reading() {
    for record in [
        "",
        "null",
        "{}",
        r#"{"version":1}"#,
        r#"{"version":2,"before":1}"#,
        r#"{"version":1,"before":"9"}"#,
        r#"{"version":1,"before":9,"after":1}"#,
    ] {
        let world = World::looking();
        world.lay("u_ada", record);
        let access = world.admit(&good(&world)).unwrap();
        assert_eq!(
            access.tolerated_fault().unwrap().what,
            "guard.tombstone",
            "{record}"
        );
        world.lay("grant", record);
        assert!(is_revoked(world.admit(&good(&world))), "{record}");
    }
}
