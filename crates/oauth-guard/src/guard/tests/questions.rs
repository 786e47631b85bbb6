//! One question for many requests: how long an answer counts, who waits for it, what is remembered.

use super::*;

const EVERY_TIME: OpaqueTokens = OpaqueTokens::Introspected { cache: 0 };

impl World {
    fn questions(&self) -> u32 {
        self.server.questions.get()
    }

    /// From now on, introspection answers so; nothing is a failure.
    fn will_answer(&self, answer: Option<&str>) {
        *self.server.answer.borrow_mut() = answer.map(str::to_owned);
    }
}

#[test]
fn an_answer_counts_for_its_time_and_no_longer() {
    let world = World::introspecting();
    for second in 0..5 {
        assert!(world.admit_at(OPAQUE, NOW.plus(second)).is_ok());
    }
    assert_eq!(world.questions(), 1);
    world.will_answer(Some(r#"{"active":false}"#));
    let refused = world.admit_at(OPAQUE, NOW.plus(5));
    assert_eq!(problem(refused), Some(TokenProblem::Inactive));
    assert_eq!(world.questions(), 2);
}

#[test]
fn an_answer_never_counts_beyond_the_end_of_the_token() {
    let world = World::introspecting();
    world.will_answer(Some(&described(json!({"exp": NOW.0 + 3}))));
    assert!(world.admit(OPAQUE).is_ok() && world.admit_at(OPAQUE, NOW.plus(2)).is_ok());
    assert!(problem(world.admit_at(OPAQUE, NOW.plus(3))).is_some());
    assert_eq!(world.questions(), 2);
}

#[test]
fn a_refusal_counts_for_a_second() {
    let world = World::introspecting();
    world.will_answer(Some(r#"{"active":false}"#));
    for _ in 0..3 {
        assert!(problem(world.admit(OPAQUE)).is_some());
    }
    assert_eq!(world.questions(), 1);
    world.will_answer(Some(&described(json!({}))));
    assert!(world.admit_at(OPAQUE, NOW.plus(1)).is_ok());
}

#[test]
fn an_answer_is_for_its_own_token_only() {
    let world = World::introspecting();
    assert!(world.admit(OPAQUE).is_ok());
    world.will_answer(Some(r#"{"active":false}"#));
    assert!(problem(world.admit("a1.other")).is_some());
    assert!(world.admit(OPAQUE).is_ok());
}

#[test]
fn without_a_cache_every_request_asks_for_itself() {
    let world = World::with(EVERY_TIME, JwtRevocation::ByExpiry);
    world.server.slow.set(true);
    let mut requests = [world.begin(OPAQUE, NOW), world.begin(OPAQUE, NOW)];
    assert!(requests.iter_mut().all(|request| step(request).is_none()));
    assert_eq!((world.questions(), world.server.looks.get()), (2, 0));
    world.server.slow.set(false);
    assert!(
        requests
            .iter_mut()
            .all(|request| step(request).unwrap().is_ok())
    );
    world.will_answer(Some(r#"{"active":false}"#));
    assert!(problem(world.admit(OPAQUE)).is_some() && problem(world.admit(OPAQUE)).is_some());
    assert_eq!(world.questions(), 4);
}

#[test]
fn a_failure_is_a_503_and_makes_no_answer_count_longer() {
    let world = World::introspecting();
    assert!(world.admit(OPAQUE).is_ok());
    world.will_answer(None);
    assert!(world.admit_at(OPAQUE, NOW.plus(4)).is_ok());
    let failed = world.admit_at(OPAQUE, NOW.plus(5));
    assert!(is_unavailable(&failed));
    let answer = world
        .guard
        .refusal(&failed.unwrap_err(), &request(OPAQUE), None);
    assert_eq!(
        (answer.status, answer.header("retry-after")),
        (503, Some("2"))
    );
    assert!(answer.header("www-authenticate").is_none());
    world.will_answer(Some(&described(json!({}))));
    assert!(world.admit_at(OPAQUE, NOW.plus(5)).is_ok());
}

#[test]
fn jwts_go_on_while_introspection_fails() {
    let world = World::introspecting();
    world.will_answer(None);
    assert!(is_unavailable(&world.admit(OPAQUE)));
    assert!(world.admit(&good(&world)).is_ok());
}

#[test]
fn many_requests_with_one_token_ask_once() {
    let world = World::introspecting();
    world.server.slow.set(true);
    let mut requests: Vec<_> = (0..10).map(|_| world.begin(OPAQUE, NOW)).collect();
    let mut other = world.begin("a1.other", NOW);
    assert!(requests.iter_mut().all(|request| step(request).is_none()));
    assert!(step(&mut other).is_none());
    assert_eq!(world.questions(), 2);
    world.server.slow.set(false);
    for request in &mut requests {
        assert!(step(request).unwrap().is_ok());
        world.server.advance(25);
    }
    assert_eq!(world.questions(), 2);
}

#[test]
fn a_failure_is_shared_by_those_who_wait_and_by_nobody_after() {
    let world = World::introspecting();
    world.will_answer(None);
    world.server.slow.set(true);
    let mut requests: Vec<_> = (0..10).map(|_| world.begin(OPAQUE, NOW)).collect();
    assert!(requests.iter_mut().all(|request| step(request).is_none()));
    world.server.slow.set(false);
    for request in &mut requests {
        assert!(is_unavailable(&step(request).unwrap()));
        world.server.advance(25);
    }
    assert_eq!(world.questions(), 1);
    world.will_answer(Some(&described(json!({}))));
    assert!(world.admit(OPAQUE).is_ok());
}

#[test]
fn when_the_one_that_asked_leaves_another_asks() {
    let world = World::introspecting();
    world.server.slow.set(true);
    let mut first = world.begin(OPAQUE, NOW);
    let mut second = world.begin(OPAQUE, NOW);
    assert!(step(&mut first).is_none() && step(&mut second).is_none());
    drop(first);
    world.server.slow.set(false);
    world.server.advance(25);
    assert!(step(&mut second).unwrap().is_ok());
    assert_eq!(world.questions(), 2);
}

#[test]
fn when_the_one_that_asked_is_frozen_another_asks_after_a_second() {
    let world = World::introspecting();
    world.server.slow.set(true);
    let mut frozen = world.begin(OPAQUE, NOW);
    assert!(step(&mut frozen).is_none());
    world.server.slow.set(false);
    let mut second = world.begin(OPAQUE, NOW);
    let steps = (1..100).find(|_| {
        let result = step(&mut second);
        world.server.advance(25);
        result.is_some_and(|result| result.is_ok())
    });
    assert_eq!(
        (steps, world.server.looks.get(), world.questions()),
        (Some(41), 40, 2)
    );
    // A newcomer finds the answer; the frozen one, should it thaw, has its own.
    assert!(world.admit(OPAQUE).is_ok());
    assert!(step(&mut frozen).unwrap().is_ok());
    assert_eq!(world.questions(), 2);
}

#[test]
fn an_answer_counts_from_the_question_however_late_it_comes() {
    let world = World::introspecting();
    world.server.slow.set(true);
    let mut slow = world.begin(OPAQUE, NOW);
    assert!(step(&mut slow).is_none());
    // The token is revoked now: who comes more than the cache's time later must see it.
    world.will_answer(Some(r#"{"active":false}"#));
    let mut late = world.begin(OPAQUE, NOW.plus(5));
    assert!(step(&mut late).is_none());
    assert_eq!((world.questions(), world.server.looks.get()), (2, 0));
    world.server.slow.set(false);
    assert!(step(&mut slow).unwrap().is_ok());
    assert!(problem(step(&mut late).unwrap()).is_some());
    assert!(problem(world.admit_at(OPAQUE, NOW.plus(5))).is_some());
}

#[test]
fn what_is_known_to_be_revoked_is_not_revived_by_an_older_answer() {
    let world = World::introspecting();
    world.server.slow.set(true);
    let mut slow = world.begin(OPAQUE, NOW);
    let mut second = world.begin(OPAQUE, NOW);
    assert!(step(&mut slow).is_none());
    world.will_answer(Some(r#"{"active":false}"#));
    world.server.slow.set(false);
    assert!(step(&mut second).is_none());
    world.server.advance(1_000);
    let refused = (0..100).find_map(|_| {
        world.server.advance(25);
        step(&mut second)
    });
    let refused = refused.unwrap();
    assert!(problem(refused).is_some());
    assert!(step(&mut slow).unwrap().is_ok());
    assert!(problem(world.admit(OPAQUE)).is_some());
    assert_eq!(world.questions(), 2);
}

#[test]
fn a_token_that_ended_while_its_answer_was_awaited_is_refused() {
    let world = World::introspecting();
    world.will_answer(Some(&described(json!({"exp": NOW.0 + 2}))));
    world.server.slow.set(true);
    let mut first = world.begin(OPAQUE, NOW);
    let mut second = world.begin(OPAQUE, NOW.plus(2));
    assert!(step(&mut first).is_none() && step(&mut second).is_none());
    world.server.slow.set(false);
    assert!(step(&mut first).unwrap().is_ok());
    world.server.advance(25);
    assert!(problem(step(&mut second).unwrap()).is_some());
    assert_eq!(world.questions(), 1);
}

#[test]
fn memory_is_bounded_and_forgetting_costs_a_question() {
    let world = World::introspecting();
    for number in 0..2_500 {
        assert!(world.admit(&format!("a1.{number}")).is_ok());
        assert!(world.guard.opaque.remembered() <= (1_000, 0));
    }
    assert_eq!(world.questions(), 2_500);
    assert!(world.admit("a1.2499").is_ok());
    assert_eq!(world.questions(), 2_500);
    assert!(world.admit("a1.0").is_ok());
    assert_eq!(world.questions(), 2_501);
}

#[test]
fn questions_that_nobody_answers_are_forgotten() {
    let world = World::introspecting();
    world.server.slow.set(true);
    let frozen: Vec<_> = (0..50)
        .map(|number| {
            let mut request = world.begin(&format!("a1.{number}"), NOW);
            assert!(step(&mut request).is_none());
            request
        })
        .collect();
    assert_eq!(world.guard.opaque.remembered(), (0, 50));
    let mut next = world.begin(OPAQUE, NOW.plus(10));
    assert!(step(&mut next).is_none());
    assert_eq!(world.guard.opaque.remembered(), (0, 1));
    drop((frozen, next));
    assert_eq!(world.guard.opaque.remembered(), (0, 0));
}

#[test]
fn verified_jwts_are_bounded_too() {
    let world = World::new();
    let claims: AccessTokenClaims = serde_json::from_value(claims(json!({}))).unwrap();
    let claims = Rc::new(claims);
    for number in 0..2_500 {
        let hash = hash(&format!("{number}"));
        world
            .guard
            .jwt
            .remember(hash, Known::Good(Rc::clone(&claims)), &claims, NOW);
    }
    assert!(world.guard.jwt.remembered() <= 1_000);
}
