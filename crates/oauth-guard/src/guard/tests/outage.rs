//! The authorization server is down, slow or back.

use super::*;

impl World {
    /// The status and the Retry-After of a refusal.
    fn refused(&self, result: Result<Access, Denied>) -> (u16, i64) {
        let answer = self
            .guard
            .refusal(&result.unwrap_err(), &request(OPAQUE), None);
        let after = answer.header("retry-after").unwrap_or("-1");
        (answer.status, after.parse().unwrap())
    }

    fn introspection_fails(&self) {
        *self.server.answer.borrow_mut() = None;
    }

    /// Lets the breaker of introspection open.
    fn opened(&self) {
        self.introspection_fails();
        for number in 0..5 {
            let result = self.admit(&format!("a1.{number}"));
            assert!(is_unavailable(&result), "{number}");
        }
    }
}

#[test]
fn a_server_that_keeps_failing_is_left_alone_and_the_client_is_told_for_how_long() {
    let world = World::introspecting();
    world.opened();
    assert_eq!(world.server.questions.get(), 5);
    for second in 0..10 {
        let refused = world.refused(world.admit_at(OPAQUE, NOW.plus(second)));
        assert_eq!(refused, (503, 10 - second));
    }
    assert_eq!(world.server.questions.get(), 5);
}

#[test]
fn the_failure_that_opens_the_breaker_already_tells_for_how_long() {
    let world = World::introspecting();
    world.introspection_fails();
    for _ in 0..4 {
        assert_eq!(world.refused(world.admit(OPAQUE)), (503, 2));
    }
    assert_eq!(world.refused(world.admit(OPAQUE)), (503, 10));
}

#[test]
fn when_the_server_is_back_the_breaker_closes_by_itself() {
    let world = World::introspecting();
    world.opened();
    *world.server.answer.borrow_mut() = Some(described(json!({})));
    assert!(is_unavailable(&world.admit_at(OPAQUE, NOW.plus(9))));
    assert!(world.admit_at(OPAQUE, NOW.plus(10)).is_ok());
    assert!(world.admit_at("a1.other", NOW.plus(10)).is_ok());
    assert_eq!(world.server.questions.get(), 7);
}

#[test]
fn one_request_tries_and_the_others_are_told_to_wait() {
    let world = World::introspecting();
    world.opened();
    world.server.slow.set(true);
    *world.server.answer.borrow_mut() = Some(described(json!({})));
    let later = NOW.plus(10);
    let mut probe = world.begin(OPAQUE, later);
    assert!(step(&mut probe).is_none());
    for number in 100..120 {
        assert!(is_unavailable(
            &world.admit_at(&format!("a1.{number}"), later)
        ));
    }
    assert_eq!(world.server.questions.get(), 6);
    world.server.slow.set(false);
    assert!(step(&mut probe).unwrap().is_ok());
    assert!(world.admit_at("a1.100", later).is_ok());
}

#[test]
fn an_answer_that_is_there_counts_while_the_server_is_down() {
    let world = World::introspecting();
    assert!(world.admit(OPAQUE).is_ok());
    world.opened();
    assert!(world.admit_at(OPAQUE, NOW.plus(4)).is_ok());
    assert!(is_unavailable(&world.admit_at(OPAQUE, NOW.plus(5))));
}

#[test]
fn jwts_go_on_while_introspection_is_left_alone_even_in_a_cold_isolate() {
    let world = World::introspecting();
    world.opened();
    assert!(world.admit(&good(&world)).is_ok());
    assert_eq!(world.server.asked.get(), 1);
}

#[test]
fn a_server_that_hangs_is_given_up_at_the_deadline() {
    let world = World::introspecting();
    world
        .server
        .hanging
        .borrow_mut()
        .extend(["introspection", "keys"]);
    for token in [OPAQUE.to_owned(), good(&world)] {
        let mut request = world.begin(&token, NOW);
        assert!(step(&mut request).is_none());
        world.server.advance(2_499);
        assert!(step(&mut request).is_none());
        world.server.advance(1);
        assert!(is_unavailable(&step(&mut request).unwrap()), "{token}");
    }
}

#[test]
fn a_server_that_hangs_opens_the_breaker_and_then_nobody_waits() {
    let world = World::introspecting();
    world.server.hanging.borrow_mut().push("introspection");
    let mut waiting: Vec<_> = (0..5)
        .map(|number| world.begin(&format!("a1.{number}"), NOW))
        .collect();
    assert!(waiting.iter_mut().all(|request| step(request).is_none()));
    world.server.advance(2_500);
    assert!(
        waiting
            .iter_mut()
            .all(|request| is_unavailable(&step(request).unwrap()))
    );
    // The breaker opened when the answers were due, three seconds after the questions.
    let refused = world.refused(world.admit_at(OPAQUE, NOW.plus(3)));
    assert_eq!(refused, (503, 10));
    assert_eq!(world.server.questions.get(), 5);
}

#[test]
fn whoever_waits_for_a_server_that_hangs_is_told_so_in_bounded_time() {
    let world = World::introspecting();
    world.server.hanging.borrow_mut().push("introspection");
    let mut requests: Vec<_> = (0..100).map(|_| world.begin(OPAQUE, NOW)).collect();
    let mut ended = 0;
    for _ in 0..=(5_600 / 25) {
        requests.retain_mut(|request| match step(request) {
            Some(result) => {
                assert!(is_unavailable(&result));
                ended += 1;
                false
            }
            None => true,
        });
        world.server.advance(25);
    }
    assert_eq!((ended, requests.len()), (100, 0));
    // One asks at once, one after each second of silence.
    assert!(
        world.server.questions.get() <= 4,
        "{}",
        world.server.questions.get()
    );
}

#[test]
fn a_server_that_refuses_us_has_not_failed() {
    struct Refusing(u16, Cell<u32>);
    impl KeySource for Refusing {
        async fn fetch_jwks(&self) -> Result<Reply, Fault> {
            Ok(reply(self.0, "{}"))
        }
    }
    impl Timer for Refusing {
        async fn pause(&self, _: u32) {}
    }
    impl Introspection for Refusing {
        async fn introspect(&self, _: &str) -> Result<Reply, Fault> {
            self.1.set(self.1.get() + 1);
            Ok(reply(self.0, "{}"))
        }
    }
    // Of what the configuration does not ask for, there is nothing to write.
    impl KeyCopies for Refusing {}
    impl Tombstones for Refusing {}
    impl Proofs for Refusing {}
    impl RateLimits for Refusing {}
    impl Certificate for Refusing {}
    for (status, asked) in [(401, 20), (302, 20), (429, 20), (500, 5), (503, 5)] {
        let world = World::introspecting();
        let server = Refusing(status, Cell::new(0));
        for _ in 0..20 {
            let refused = run(world.guard.admit(&server, &request(OPAQUE), NOW));
            assert!(is_unavailable(&refused), "{status}");
        }
        assert_eq!(server.1.get(), asked, "{status}");
    }
}

#[test]
fn what_the_server_says_of_a_token_is_asked_with_the_same_care() {
    let world = World::introspecting();
    let asked = || {
        run(world
            .guard
            .introspection(&world.server, &request(OPAQUE), NOW))
    };
    assert!(asked().unwrap().starts_with(b"{"));
    world.opened();
    let questions = world.server.questions.get();
    assert!(matches!(
        asked(),
        Err(Denied::Unavailable { seconds: 10, .. })
    ));
    assert_eq!(world.server.questions.get(), questions);
}
