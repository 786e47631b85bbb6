//! Keys from the shared copy, one question for many requests, and keys that outlive their issuer's silence.

use super::*;

const DAY: i64 = 24 * 3600;

impl World {
    fn with_copy() -> Self {
        Self::of(Config {
            keys: KeptKeys::WithCopy,
            ..Config::new(ISSUER, RESOURCE)
        })
    }

    /// Another isolate that sees the same copy and the same issuer; it knows nothing yet.
    fn cold(self) -> Self {
        Self {
            guard: Guard::new(self.guard.config.clone(), Counting::default()),
            ..self
        }
    }

    /// A token that lives for days.
    fn long(&self) -> String {
        self.token(json!({"exp": NOW.0 + 10 * DAY}))
    }

    fn fetches(&self) -> u32 {
        self.server.asked.get()
    }

    /// Polls the requests until all have ended; how many were admitted, and how many not.
    fn finish(&self, mut requests: Vec<Underway<'_>>) -> (u32, u32) {
        let (mut good, mut bad) = (0, 0);
        for _ in 0..1_000 {
            requests.retain_mut(|request| match step(request) {
                Some(Ok(_)) => {
                    good += 1;
                    false
                }
                Some(Err(_)) => {
                    bad += 1;
                    false
                }
                None => true,
            });
            self.server.advance(25);
        }
        assert!(requests.is_empty());
        (good, bad)
    }

    /// So many requests under way, each with a token of its own.
    fn crowd(&self, number: i64) -> Vec<Underway<'_>> {
        let token = |id: i64| self.token(json!({"jti": format!("grant.{id}")}));
        (0..number).map(|id| self.begin(&token(id), NOW)).collect()
    }
}

#[test]
fn a_hundred_requests_at_once_in_a_cold_isolate_ask_once() {
    for world in [World::new(), World::with_copy()] {
        world.server.slow.set(true);
        let mut crowd = world.crowd(100);
        assert!(crowd.iter_mut().all(|request| step(request).is_none()));
        assert_eq!(world.fetches(), 1);
        world.server.slow.set(false);
        assert_eq!(world.finish(crowd), (100, 0));
        assert_eq!(world.fetches(), 1);
    }
}

#[test]
fn one_that_asked_and_is_frozen_blocks_nobody_and_is_replaced_once() {
    let world = World::new();
    world.server.slow.set(true);
    let mut frozen = world.begin(&good(&world), NOW);
    assert!(step(&mut frozen).is_none());
    world.server.slow.set(false);
    let crowd = world.crowd(100);
    assert_eq!(world.finish(crowd), (100, 0));
    assert_eq!(world.fetches(), 2);
    assert!(step(&mut frozen).unwrap().is_ok());
}

#[test]
fn one_that_asked_and_left_is_replaced_at_once() {
    let world = World::new();
    world.server.slow.set(true);
    let mut leaving = world.begin(&good(&world), NOW);
    let mut crowd = world.crowd(20);
    assert!(step(&mut leaving).is_none());
    assert!(crowd.iter_mut().all(|request| step(request).is_none()));
    drop(leaving);
    world.server.slow.set(false);
    world.server.advance(25);
    assert!(step(crowd.first_mut().unwrap()).unwrap().is_ok());
    assert_eq!(world.fetches(), 2);
    drop(crowd.remove(0));
    assert_eq!(world.finish(crowd), (20 - 1, 0));
    assert_eq!(world.fetches(), 2);
}

#[test]
fn a_failure_is_shared_by_all_who_wait() {
    let world = World::new();
    world.server.hanging.borrow_mut().push("keys");
    let crowd = world.crowd(100);
    assert_eq!(world.finish(crowd), (0, 100));
    assert!(world.fetches() <= 4, "{}", world.fetches());
}

#[test]
fn a_cold_isolate_takes_a_fresh_copy_and_asks_nobody() {
    let world = World::with_copy();
    let token = world.long();
    assert!(world.admit(&token).is_ok());
    assert_eq!((world.fetches(), world.server.copies_written.get()), (1, 1));
    let cold = world.cold();
    cold.server.up.set(false);
    assert!(cold.admit_at(&token, NOW.plus(299)).is_ok());
    assert_eq!(cold.fetches(), 1);
}

#[test]
fn keys_from_a_copy_are_due_when_the_issuers_answer_is_old_and_not_when_it_was_read() {
    let world = World::with_copy();
    let token = world.long();
    assert!(world.admit(&token).is_ok());
    let cold = world.cold();
    assert!(cold.admit_at(&token, NOW.plus(299)).is_ok());
    // The key was withdrawn: no isolate accepts it 300 seconds after the issuer last confirmed it.
    *cold.server.keys.borrow_mut() = vec![P256Key::from_seed(3).public()];
    let refused = cold.admit_at(&token, NOW.plus(300));
    assert_eq!(problem(refused), Some(TokenProblem::UnknownKey));
    assert_eq!(cold.fetches(), 2);
}

#[test]
fn a_warm_isolate_takes_what_another_has_asked_for() {
    let world = World::with_copy();
    let token = world.long();
    assert!(world.admit(&token).is_ok());
    let first = Guard::new(world.guard.config.clone(), Counting::default());
    let ask = |guard: &Guard<Counting>, now| run(guard.admit(&world.server, &request(&token), now));
    assert!(ask(&first, NOW.plus(300)).is_ok());
    assert_eq!(world.fetches(), 2);
    assert!(world.admit_at(&token, NOW.plus(301)).is_ok());
    assert_eq!(world.fetches(), 2);
}

#[test]
fn an_unreachable_issuers_keys_serve_for_a_day_and_no_longer() {
    for world in [World::new(), World::with_copy()] {
        let token = world.long();
        assert!(world.admit(&token).is_ok());
        world.server.up.set(false);
        for seconds in [300, 3_600, DAY - 20, DAY - 1] {
            assert!(
                world.admit_at(&token, NOW.plus(seconds)).is_ok(),
                "{seconds}"
            );
        }
        for seconds in [DAY, DAY + 5] {
            let refused = world.admit_at(&token, NOW.plus(seconds));
            assert!(is_unavailable(&refused), "{seconds}");
        }
        world.server.up.set(true);
        assert!(world.admit_at(&token, NOW.plus(DAY + 30)).is_ok());
    }
}

#[test]
fn a_copy_carries_a_cold_isolate_through_the_issuers_silence_for_a_day_and_no_longer() {
    let world = World::with_copy();
    let token = world.long();
    assert!(world.admit(&token).is_ok());
    let cold = world.cold();
    cold.server.up.set(false);
    assert!(cold.admit_at(&token, NOW.plus(3_600)).is_ok());
    assert_eq!(cold.fetches(), 2);
    let cold = cold.cold();
    assert!(cold.admit_at(&token, NOW.plus(DAY - 1)).is_ok());
    assert!(is_unavailable(&cold.admit_at(&token, NOW.plus(DAY))));
    let cold = cold.cold();
    assert!(is_unavailable(&cold.admit_at(&token, NOW.plus(DAY))));
}

#[test]
fn an_old_copy_gives_way_to_the_issuer() {
    let world = World::with_copy();
    let token = world.long();
    assert!(world.admit(&token).is_ok());
    *world.server.keys.borrow_mut() = vec![P256Key::from_seed(3).public()];
    let cold = world.cold();
    let refused = cold.admit_at(&token, NOW.plus(300));
    assert_eq!(problem(refused), Some(TokenProblem::UnknownKey));
    assert_eq!(cold.server.copies_written.get(), 2);
}

#[test]
fn no_copy_decides_that_a_key_is_unknown() {
    let world = World::with_copy();
    assert!(world.admit(&good(&world)).is_ok());
    let cold = world.cold();
    let next = P256Key::from_seed(3);
    *cold.server.keys.borrow_mut() = vec![next.public()];
    let token = signed(&next, "at+jwt", &claims(json!({})));
    assert!(cold.admit_at(&token, NOW.plus(1)).is_ok());
    assert_eq!(cold.fetches(), 2);
}

#[test]
fn those_who_bring_a_new_key_at_once_wait_for_one_look() {
    let world = World::new();
    assert!(world.admit(&good(&world)).is_ok());
    let next = P256Key::from_seed(3);
    *world.server.keys.borrow_mut() = vec![next.public()];
    let later = NOW.plus(60);
    world.server.slow.set(true);
    let token = |id: i64| claims(json!({"jti": format!("{id}")}));
    let mut crowd: Vec<_> = (0..50)
        .map(|id| world.begin(&signed(&next, "at+jwt", &token(id)), later))
        .collect();
    assert!(crowd.iter_mut().all(|request| step(request).is_none()));
    world.server.slow.set(false);
    assert_eq!(world.finish(crowd), (50, 0));
    assert_eq!(world.fetches(), 2);
}

#[test]
fn a_copy_that_cannot_be_read_is_no_copy() {
    for copy in ["", "null", "{}", r#"{"version":9}"#, "\u{0}"] {
        let world = World::with_copy();
        *world.server.copy.borrow_mut() = Some(copy.as_bytes().to_vec());
        assert!(world.admit(&good(&world)).is_ok(), "{copy}");
        assert_eq!(world.fetches(), 1);
    }
}

#[test]
fn a_store_of_copies_that_hangs_delays_and_refuses_nobody() {
    let world = World::with_copy();
    world.server.hanging.borrow_mut().push("copies");
    let mut request = world.begin(&good(&world), NOW);
    assert!(step(&mut request).is_none());
    world.server.advance(500);
    assert!(step(&mut request).is_none());
    // Others need not wait until the copy is written.
    assert!(world.admit(&good(&world)).is_ok());
    world.server.advance(500);
    assert!(step(&mut request).unwrap().is_ok());
}

#[test]
fn where_no_copy_is_asked_for_none_is_read_or_written() {
    let world = World::new();
    assert!(world.admit(&good(&world)).is_ok());
    let copies = (
        world.server.copies_read.get(),
        world.server.copies_written.get(),
    );
    assert_eq!(copies, (0, 0));
}

#[test]
fn a_request_that_goes_on_with_old_keys_tells_of_it() {
    let world = World::new();
    let token = world.long();
    assert!(world.admit(&token).unwrap().tolerated_fault().is_none());
    world.server.up.set(false);
    let access = world.admit_at(&token, NOW.plus(300)).unwrap();
    assert_eq!(access.tolerated_fault().unwrap().what, "jwks");
    assert!(
        world
            .admit_at(&token, NOW.plus(301))
            .unwrap()
            .tolerated_fault()
            .is_none()
    );
}
