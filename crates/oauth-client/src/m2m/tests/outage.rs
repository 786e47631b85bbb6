//! Temporary failures are retried, and the shared state may be down.

use std::cell::Cell;
use std::rc::Rc;

use proptest::prelude::*;

use super::world::*;
use crate::HttpCall;
use crate::m2m::*;

#[test]
fn a_token_request_that_fails_for_a_moment_is_tried_again() {
    for failing in [429_u16, 500, 503] {
        let world = Stage::new().on_token(move |world, _| {
            Ok(if world.calls_to(TOKEN_ENDPOINT) < 3 {
                reply(failing, &[], "")
            } else {
                token_reply(world)
            })
        });
        let ran = world.run(&source());
        assert!(ran.answer.is_ok(), "{failing}");
        let seen: Vec<(Option<u16>, u32)> = ran
            .hops
            .iter()
            .map(|hop| (hop.status, hop.retries))
            .collect();
        let expected = [
            (Some(failing), 0),
            (Some(failing), 1),
            (Some(200), 2),
            (Some(200), 0),
        ];
        assert_eq!(seen, expected);
        assert!(ran.hops[0].failure.is_some() && ran.hops[2].failure.is_none());
        assert_eq!((ran.facts.retries, ran.facts.token_requests), (2, 3));
    }
}

#[test]
fn network_faults_and_timeouts_are_tried_again_three_times_in_all() {
    let world = Stage::new().on_token(|_, _| Err(SendFailed::Unreachable("x".into())));
    assert_eq!(world.error(&source()), "unreachable");
    assert_eq!(world.calls_to(TOKEN_ENDPOINT), 3);
    let slow = Stage::new();
    slow.latency.set(60_000);
    let ran = slow.run(&source());
    assert_eq!(ran.facts.error.as_deref(), Some("timed_out"));
    // Twice five seconds: then the deadline is there.
    assert!(slow.elapsed() <= 10_100, "{}", slow.elapsed());
    assert_eq!(slow.calls_to(TOKEN_ENDPOINT), 2);
}

#[test]
fn every_try_has_an_assertion_of_its_own() {
    let world = Stage::new().on_token(|_, _| Ok(reply(500, &[], "")));
    world.run(&source());
    let sent = world.sent.borrow();
    let mut bodies: Vec<String> = sent.iter().filter_map(HttpCall::body_text).collect();
    bodies.sort();
    bodies.dedup();
    assert_eq!(bodies.len(), 3);
}

#[test]
fn a_refusal_is_final() {
    let body = r#"{"error":"invalid_scope"}"#;
    let world = Stage::new().on_token(move |_, _| Ok(reply(400, &[], body)));
    let ran = world.run(&source());
    assert_eq!(ran.facts.error.as_deref(), Some("invalid_scope"));
    assert_eq!((world.calls_to(TOKEN_ENDPOINT), ran.facts.retries), (1, 0));
    assert!(ran.hops[0].failure.as_deref().unwrap().contains("scope"));
}

#[test]
fn retry_after_is_obeyed_within_the_deadline() {
    let world = Stage::new().on_token(|world, _| {
        Ok(if world.calls_to(TOKEN_ENDPOINT) == 1 {
            reply(429, &[("retry-after", "2")], "")
        } else {
            token_reply(world)
        })
    });
    let ran = world.run(&source());
    assert!(ran.answer.is_ok());
    assert!(world.elapsed() >= 2_000);
    assert!(
        (2_000..2_300).contains(&ran.hops[1].waited_ms),
        "{}",
        ran.hops[1].waited_ms
    );
}

#[test]
fn a_retry_after_that_is_a_date_is_obeyed_too() {
    let world = Stage::new().on_token(|world, _| {
        Ok(if world.calls_to(TOKEN_ENDPOINT) == 1 {
            reply(503, &[("retry-after", "Fri, 15 Jan 2027 08:00:03 GMT")], "")
        } else {
            token_reply(world)
        })
    });
    let ran = world.run(&source());
    assert!(ran.answer.is_ok());
    assert!((3_000..3_300).contains(&ran.hops[1].waited_ms));
}

#[test]
fn a_retry_after_beyond_the_deadline_is_obeyed_by_all_without_waiting_for_it() {
    let world = Stage::new().on_token(|_, _| Ok(reply(503, &[("retry-after", "30")], "")));
    let (one, other) = (source(), source());
    assert_eq!(world.error(&one), "token_endpoint_failed");
    assert!(world.elapsed() < 1_000);
    assert_eq!(world.error(&one), "asked_to_wait");
    assert_eq!(world.error(&other), "asked_to_wait");
    world.pass(30);
    assert_eq!(world.error(&other), "token_endpoint_failed");
    assert_eq!(world.calls_to(TOKEN_ENDPOINT), 2);
}

#[test]
fn the_api_is_tried_again_with_the_same_token() {
    let world = Stage::new().on_api(|world, _| {
        Ok(if world.calls_to(API) < 3 {
            reply(503, &[], "")
        } else {
            reply(200, &[], "[]")
        })
    });
    let ran = world.run(&source());
    assert!(ran.answer.is_ok());
    let seen: Vec<(HopName, u32)> = ran.hops.iter().map(|hop| (hop.name, hop.retries)).collect();
    let api = HopName::Api;
    assert_eq!(seen, [(HopName::Token, 0), (api, 0), (api, 1), (api, 2)]);
    assert_eq!(world.calls_to(TOKEN_ENDPOINT), 1);
    assert!(ran.hops[3].breaker_reason.is_none() && ran.hops[2].breaker_reason.is_some());
}

#[test]
fn a_post_that_may_have_been_done_is_not_repeated() {
    let world = Stage::new().on_api(|_, _| Ok(reply(500, &[], "")));
    let source = source();
    let order = HttpCall::post_json(API, "{}");
    let called = world.block_on(call(&source, &world, &order, "x"));
    assert!(called.answer.is_err());
    assert_eq!(world.calls_to(API), 1);
}

#[test]
fn without_board_and_copy_an_isolate_goes_on_by_itself() {
    let world = Stage::new();
    world.shared_down.set(true);
    world.copies_down.set(true);
    let source = source();
    let runs = (0..50)
        .map(|_| Box::pin(run(&world, &source)) as _)
        .collect();
    assert!(
        world
            .together(runs)
            .iter()
            .all(|ran: &Ran| ran.answer.is_ok())
    );
    assert_eq!(world.calls_to(TOKEN_ENDPOINT), 1);
    // It is asked once in ten seconds, not for each run.
    assert_eq!(world.shared_calls.get(), 1);
    let hop = world.run(&source).hops.pop().unwrap();
    assert!(hop.breaker_reason.unwrap().contains("cannot be reached"));
    let lines = world.lines.borrow();
    assert!(
        lines
            .iter()
            .any(|line| line.contains("m2m.shared_state_unreachable"))
    );
}

#[test]
fn an_isolate_s_own_breaker_holds_while_the_board_is_down() {
    let world = Stage::new().on_api(|_, _| Ok(reply(500, &[], "")));
    world.shared_down.set(true);
    let source = source();
    for _ in 0..4 {
        world.run(&source);
    }
    assert_eq!(world.calls_to(API), 5);
}

#[test]
fn what_was_got_without_the_board_is_used_when_it_is_back() {
    let world = Stage::new();
    world.shared_down.set(true);
    let source = source();
    world.run(&source);
    world.shared_down.set(false);
    world.pass(20);
    for _ in 0..3 {
        assert_eq!(world.run(&source).facts.cache, CacheUse::Hit);
    }
    world.pass(3400);
    assert_eq!(world.run(&source).facts.token_requests, 1);
    assert_eq!(world.run(&source).facts.token_requests, 0);
    assert_eq!(world.calls_to(TOKEN_ENDPOINT), 2);
}

#[test]
fn a_refused_token_is_renewed_while_the_board_is_down() {
    let world = Stage::new().on_api(|world, _| {
        Ok(if world.calls_to(API) == 1 {
            invalid_token()
        } else {
            reply(200, &[], "[]")
        })
    });
    world.shared_down.set(true);
    let source = source();
    assert!(world.run(&source).answer.is_ok());
    assert_eq!(world.run(&source).facts.token_requests, 0);
    assert_eq!(world.calls_to(TOKEN_ENDPOINT), 2);
}

#[test]
fn a_token_endpoint_that_keeps_failing_is_left_alone_but_one_that_refuses_is_not() {
    for (status, calls, error) in [(500, 5, "breaker_open"), (400, 8, "token_endpoint_failed")] {
        let world = Stage::new().on_token(move |_, _| Ok(reply(status, &[], "")));
        let source = source();
        let errors: Vec<String> = (0..8).map(|_| world.error(&source)).collect();
        assert_eq!(
            (world.calls_to(TOKEN_ENDPOINT), errors[7].as_str()),
            (calls, error)
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn runs_succeed_however_board_and_copies_come_and_go(
        weather in prop::collection::vec((any::<bool>(), any::<bool>()), 1..20),
        pauses in prop::collection::vec(1_u64..2_000, 1..6),
    ) {
        let at = Cell::new(0_usize);
        let change = Rc::new(move |world: &Stage| {
            let (shared_down, copies_down) = weather[at.get() % weather.len()];
            at.set(at.get() + 1);
            world.shared_down.set(shared_down);
            world.copies_down.set(copies_down);
        });
        let same = Rc::clone(&change);
        let world = Stage::new()
            .on_token(move |world, _| { change(world); Ok(token_reply(world)) })
            .on_api(move |world, _| { same(world); Ok(reply(200, &[], "[]")) });
        let sources: Vec<TokenSource> = (0..3).map(|_| source()).collect();
        for pause in &pauses {
            let before = world.calls_to(TOKEN_ENDPOINT);
            let runs = (0..12).map(|caller| Box::pin(run(&world, &sources[caller % 3])) as _);
            let all: Vec<Ran> = world.together(runs.collect());
            let errors: Vec<_> = all.iter().filter_map(|ran| ran.facts.error.clone()).collect();
            prop_assert!(errors.is_empty(), "{errors:?} after {} ms", world.elapsed());
            // At worst each isolate gets a token, and renews it at once because it was overtaken.
            prop_assert!(world.calls_to(TOKEN_ENDPOINT) - before <= 6);
            world.pass(*pause);
        }
    }
}
