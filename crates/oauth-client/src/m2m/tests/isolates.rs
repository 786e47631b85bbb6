//! Several isolates that have a shared state and a copy.

use super::world::*;
use crate::m2m::*;

fn isolates(number: usize) -> Vec<TokenSource> {
    (0..number).map(|_| source()).collect()
}

fn all_at_once(world: &Stage, sources: &[TokenSource], callers: usize) -> Vec<Ran> {
    let runs = (0..callers)
        .map(|caller| Box::pin(run(world, &sources[caller % sources.len()])) as _)
        .collect();
    world.together(runs)
}

#[test]
fn a_hundred_callers_in_five_isolates_make_one_token_request() {
    let (world, sources) = (Stage::new(), isolates(5));
    for round in 1..4 {
        let all = all_at_once(&world, &sources, 100);
        assert!(all.iter().all(|ran| ran.answer.is_ok()));
        assert_eq!(world.calls_to(TOKEN_ENDPOINT), round);
        let requests: u32 = all.iter().map(|ran| ran.facts.token_requests).sum();
        assert_eq!(requests, 1);
        world.pass(3600);
    }
}

#[test]
fn an_ageing_token_is_renewed_by_one_of_all_isolates() {
    let (world, sources) = (Stage::new(), isolates(5));
    all_at_once(&world, &sources, 5);
    world.pass(3400);
    let all = all_at_once(&world, &sources, 100);
    assert!(all.iter().all(|ran| ran.facts.cache == CacheUse::Hit));
    assert_eq!(world.calls_to(TOKEN_ENDPOINT), 2);
    // And the others take it over.
    all_at_once(&world, &sources, 100);
    assert_eq!(world.calls_to(TOKEN_ENDPOINT), 2);
}

#[test]
fn a_new_isolate_takes_the_copy_or_else_what_the_board_has() {
    let world = Stage::new();
    world.run(&source());
    let copied = world.run(&source());
    assert!(
        copied.hops[0]
            .cache_reason
            .as_deref()
            .unwrap()
            .contains("copy")
    );
    world.copy.take();
    let shared = world.run(&source());
    assert!(
        shared.hops[0]
            .cache_reason
            .as_deref()
            .unwrap()
            .contains("shared state")
    );
    world.copies_down.set(true);
    assert!(world.run(&source()).answer.is_ok());
    assert_eq!(world.calls_to(TOKEN_ENDPOINT), 1);
}

#[test]
fn a_refused_token_is_thrown_away_everywhere_and_renewed_once() {
    let (world, sources) = (Stage::new(), isolates(5));
    // All of them hold the token before it is revoked.
    all_at_once(&world, &sources, 5);
    world.set_api(|_, call| Ok(revoked(call)));
    let first = world.run(&sources[0]);
    assert_eq!((first.facts.retries, first.facts.renewals), (1, 1));
    let refused = world.calls_to(API);
    for source in &sources[1..] {
        let ran = world.run(source);
        assert!(ran.answer.is_ok());
        assert_eq!((ran.facts.retries, ran.facts.token_requests), (0, 0));
    }
    // No other isolate sent it: one call for each.
    assert_eq!(world.calls_to(API) - refused, 4);
    assert_eq!(world.calls_to(TOKEN_ENDPOINT), 2);
}

#[test]
fn a_hundred_callers_whose_token_is_refused_make_one_token_request() {
    let (world, sources) = (Stage::new(), isolates(5));
    all_at_once(&world, &sources, 5);
    world.set_api(|_, call| Ok(revoked(call)));
    let all = all_at_once(&world, &sources, 100);
    assert!(all.iter().all(|ran| ran.answer.is_ok()));
    assert_eq!(world.calls_to(TOKEN_ENDPOINT), 2);
}

#[test]
fn an_old_copy_of_a_refused_token_is_not_used() {
    let world = Stage::new();
    let first = source();
    world.run(&first);
    let old = world.copy.borrow().clone();
    world.block_on(forget(&first, &world));
    world.run(&first);
    *world.copy.borrow_mut() = old;
    let ran = world.run(&source());
    assert!(ran.answer.is_ok());
    assert_eq!(world.calls_to(TOKEN_ENDPOINT), 2);
    let last = world.sent.borrow().last().cloned().unwrap();
    assert!(
        last.headers
            .contains(&("authorization".into(), "Bearer s3cret-2".into()))
    );
}

#[test]
fn a_forgotten_token_is_forgotten_by_all() {
    let (world, sources) = (Stage::new(), isolates(3));
    all_at_once(&world, &sources, 3);
    world.block_on(forget(&sources[0], &world));
    all_at_once(&world, &sources, 9);
    assert_eq!(world.calls_to(TOKEN_ENDPOINT), 2);
}

/// The answer of an API that knows the first token as revoked.
fn revoked(call: &crate::HttpCall) -> crate::HttpReply {
    let mut headers = call.headers.iter();
    if headers.any(|(_, value)| value == "Bearer s3cret-1") {
        invalid_token()
    } else {
        reply(200, &[], "[]")
    }
}

fn breaker_lines(world: &Stage) -> usize {
    let lines = world.lines.borrow();
    let changes = lines.iter().filter(|line| line.contains("m2m.breaker"));
    changes.count()
}

#[test]
fn a_breaker_opens_for_all_isolates_and_closes_by_one_probe() {
    let world = Stage::new().on_api(|_, _| Ok(reply(500, &[], "")));
    let sources = isolates(3);
    // Three tries and two: that makes five.
    assert_eq!(world.error(&sources[0]), "api_refused");
    let opened = world.run(&sources[1]);
    assert_eq!(opened.facts.error.as_deref(), Some("breaker_open"));
    assert_eq!((world.calls_to(API), opened.facts.breaker_changes), (5, 1));
    let held = world.run(&sources[2]);
    let failed = held.answer.unwrap_err();
    assert_eq!((failed.slug(), world.calls_to(API)), ("breaker_open", 5));
    assert!(
        failed
            .retry_after()
            .is_some_and(|seconds| (1..=10).contains(&seconds))
    );
    let hop = held.hops.last().unwrap();
    assert_eq!(hop.breaker, Breaker::Open);
    assert!(
        hop.breaker_reason
            .as_deref()
            .unwrap()
            .contains("server_error")
    );

    world.pass(10);
    world.set_api(|_, _| Ok(reply(200, &[], "[]")));
    let all = all_at_once(&world, &sources, 30);
    let answered = all.iter().filter(|ran| ran.answer.is_ok()).count();
    assert_eq!((answered, world.calls_to(API)), (1, 6));
    assert!(
        all_at_once(&world, &sources, 30)
            .iter()
            .all(|ran| ran.answer.is_ok())
    );
    assert_eq!(breaker_lines(&world), 3);
}

#[test]
fn a_renewer_that_freezes_gives_way_to_another_isolate() {
    let (world, sources) = (Stage::new(), isolates(2));
    let mut frozen = Box::pin(run(&world, &sources[0]));
    while world.calls_to(TOKEN_ENDPOINT) == 0 {
        assert!(poll(&mut frozen).is_pending());
        world.block_on(world.pause(1));
    }
    assert!(world.run(&sources[1]).answer.is_ok());
    assert!(world.elapsed() < 9_000, "{}", world.elapsed());
    assert_eq!(world.calls_to(TOKEN_ENDPOINT), 2);
    // The late token is older: it takes no one's place.
    world.block_on(frozen);
    world.run(&sources[1]);
    let last = world.sent.borrow().last().cloned().unwrap();
    assert!(
        last.headers
            .contains(&("authorization".into(), "Bearer s3cret-2".into()))
    );
}

#[test]
fn other_isolates_share_a_renewal_s_failure() {
    let world = Stage::new().on_token(|_, _| Ok(reply(400, &[], r#"{"error":"invalid_client"}"#)));
    let sources = isolates(5);
    let all = all_at_once(&world, &sources, 100);
    assert!(
        all.iter()
            .all(|ran| ran.facts.error.as_deref() == Some("invalid_client"))
    );
    assert_eq!(world.calls_to(TOKEN_ENDPOINT), 1);
}
