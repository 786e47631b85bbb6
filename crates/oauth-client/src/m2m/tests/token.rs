//! One isolate requests, caches and renews a token.

use std::task::Poll;

use super::world::*;
use crate::m2m::*;

fn expiring_in(seconds: u32) -> Stage {
    Stage::new().on_token(move |world, _| {
        let count = world.calls_to(TOKEN_ENDPOINT);
        let body = format!(
            r#"{{"access_token":"t{count}","token_type":"Bearer","expires_in":{seconds}}}"#
        );
        Ok(reply(200, &[], &body))
    })
}

#[test]
fn a_token_is_used_until_it_is_renewed_behind_the_callers_backs() {
    let (world, source) = (Stage::new(), source());
    assert_eq!(world.run(&source).facts.cache, CacheUse::Miss);
    world.pass(3290);
    assert_eq!(world.run(&source).facts.cache, CacheUse::Hit);
    assert_eq!(world.calls_to(TOKEN_ENDPOINT), 1);
    world.pass(20);
    // The caller uses the token that there is; the renewal follows it.
    let ran = world.run(&source);
    assert_eq!(
        (
            ran.facts.cache,
            ran.facts.renewals,
            ran.facts.token_requests
        ),
        (CacheUse::Hit, 1, 1)
    );
    assert_eq!(world.calls_to(TOKEN_ENDPOINT), 2);
    let sent: Vec<String> = world
        .sent
        .borrow()
        .iter()
        .map(|call| call.url.clone())
        .collect();
    assert_eq!(sent[sent.len() - 2..], [API, TOKEN_ENDPOINT]);
    assert_eq!(world.run(&source).facts.renewals, 0);
}

#[test]
fn the_buffer_of_a_short_life_is_a_tenth_of_it() {
    let (world, source) = (expiring_in(100), source());
    world.run(&source);
    world.pass(88);
    world.run(&source);
    assert_eq!(world.calls_to(TOKEN_ENDPOINT), 1);
    world.pass(2);
    world.run(&source);
    assert_eq!(world.calls_to(TOKEN_ENDPOINT), 2);
}

#[test]
fn a_life_that_is_not_told_is_a_minute() {
    let world = Stage::with_token(r#"{"access_token":"t","token_type":"Bearer"}"#);
    let source = source();
    world.run(&source);
    world.pass(53);
    world.run(&source);
    assert_eq!(world.calls_to(TOKEN_ENDPOINT), 1);
    world.pass(60);
    world.run(&source);
    assert_eq!(world.calls_to(TOKEN_ENDPOINT), 2);
}

#[test]
fn the_first_token_is_no_renewal_and_one_after_expiry_is() {
    let (world, source) = (Stage::new(), source());
    assert_eq!(world.run(&source).facts.renewals, 0);
    world.pass(4000);
    let ran = world.run(&source);
    assert_eq!((ran.facts.renewals, ran.facts.cache), (1, CacheUse::Miss));
}

#[test]
fn a_run_with_everything_fresh_asks_the_board_once_before_its_answer() {
    let (world, source) = (Stage::new(), source());
    world.run(&source);
    let before = world.shared_calls.get();
    let called = world.block_on(call(&source, &world, &crate::HttpCall::get(API), "x"));
    assert_eq!(world.shared_calls.get() - before, 1);
    assert_eq!(called.hops.len(), 2);
    world.block_on(finish(&source, &world, called.follow_up));
    assert_eq!(world.shared_calls.get() - before, 2);
}

#[test]
fn hops_say_where_the_token_came_from() {
    let (world, source) = (Stage::new(), source());
    let first = world.run(&source).hops;
    assert_eq!(
        (first[0].status, first[0].cache),
        (Some(200), CacheUse::Miss)
    );
    assert_eq!(
        first[0].cache_reason.as_deref(),
        Some("no isolate had a token yet")
    );
    let second = world.run(&source).hops;
    assert_eq!((second[0].status, second[0].cache), (None, CacheUse::Hit));
    let reason = second[0].cache_reason.clone().unwrap();
    assert!(
        reason.contains("memory") && reason.contains("3600 s"),
        "{reason}"
    );
    assert_eq!(
        (second[1].cache, second[1].status),
        (CacheUse::None, Some(200))
    );
}

#[test]
fn a_renewal_that_fails_leaves_a_living_token_in_use_and_the_server_alone_for_a_while() {
    let world = Stage::new().on_token(|world, _| {
        Ok(if world.calls_to(TOKEN_ENDPOINT) == 1 {
            token_reply(world)
        } else {
            reply(400, &[], r#"{"error":"invalid_client"}"#)
        })
    });
    let source = source();
    world.run(&source);
    world.pass(3400);
    assert!(world.run(&source).answer.is_ok());
    assert!(world.run(&source).answer.is_ok());
    assert_eq!(world.calls_to(TOKEN_ENDPOINT), 2);
    world.pass(11);
    assert!(world.run(&source).answer.is_ok());
    assert_eq!(world.calls_to(TOKEN_ENDPOINT), 3);
    world.pass(200);
    assert_eq!(world.error(&source), "invalid_client");
}

#[test]
fn many_callers_share_one_failure() {
    let world = Stage::new().on_token(|_, _| Ok(reply(400, &[], r#"{"error":"invalid_client"}"#)));
    let source = source();
    let runs = (0..50)
        .map(|_| Box::pin(run(&world, &source)) as _)
        .collect();
    let all: Vec<Ran> = world.together(runs);
    let errors = all.iter().map(|ran| ran.facts.error.as_deref());
    assert!(
        errors
            .into_iter()
            .all(|error| error == Some("invalid_client"))
    );
    assert_eq!(world.calls_to(TOKEN_ENDPOINT), 1);
    assert_eq!(world.error(&source), "invalid_client");
    assert_eq!(world.calls_to(TOKEN_ENDPOINT), 2);
}

#[test]
fn a_caller_that_leaves_does_not_block_the_next() {
    let (world, source) = (Stage::new(), source());
    {
        let mut left = Box::pin(run(&world, &source));
        assert!(poll(&mut left).is_pending());
    }
    assert!(world.run(&source).answer.is_ok());
}

/// A worker's request whose client has gone is neither polled again nor dropped.
#[test]
fn a_caller_that_freezes_does_not_block_the_others_for_ever() {
    let (world, source) = (Stage::new(), source());
    let mut frozen = Box::pin(run(&world, &source));
    while world.calls_to(TOKEN_ENDPOINT) == 0 {
        assert!(poll(&mut frozen).is_pending());
        let busy = Box::pin(world.pause(1));
        world.block_on(busy);
    }
    let ran = world.run(&source);
    assert!(ran.answer.is_ok());
    assert!(
        (7_000..10_000).contains(&world.elapsed()),
        "{}",
        world.elapsed()
    );
    // If it comes back after all, it affects no other caller.
    let ran = world.block_on(frozen);
    assert!(ran.answer.is_ok());
    assert_eq!(world.run(&source).facts.token_requests, 0);
    let last = world.sent.borrow().last().cloned().unwrap();
    let header = last
        .headers
        .iter()
        .find(|(name, _)| name == "authorization");
    assert_eq!(header.unwrap().1, "Bearer s3cret-2");
}

#[test]
fn a_token_that_the_api_calls_invalid_is_replaced_once() {
    let once = Stage::new().on_api(|world, _| {
        Ok(if world.calls_to(API) == 1 {
            invalid_token()
        } else {
            reply(200, &[], "[]")
        })
    });
    let ran = once.run(&source());
    assert!(ran.answer.is_ok());
    let retries: Vec<u32> = ran.hops.iter().map(|hop| hop.retries).collect();
    assert_eq!(retries, [0, 0, 1, 1]);
    assert_eq!(
        (
            ran.facts.retries,
            ran.facts.renewals,
            ran.facts.token_requests
        ),
        (1, 1, 2)
    );

    let always = Stage::new().on_api(|_, _| Ok(invalid_token()));
    assert_eq!(always.error(&source()), "invalid_token");
    assert_eq!(
        (always.calls_to(API), always.calls_to(TOKEN_ENDPOINT)),
        (2, 2)
    );
}

#[test]
fn redirects_and_malformed_answers_are_refused_and_not_tried_again() {
    let redirecting =
        Stage::new().on_token(|_, _| Ok(reply(307, &[("location", "https://evil.example")], "")));
    assert_eq!(redirecting.error(&source()), "token_endpoint_redirected");
    assert_eq!(redirecting.sent.borrow().len(), 1);
    for body in [
        "",
        "<html>",
        r#"{"access_token":"t"}"#,
        r#"{"access_token":"a b","token_type":"Bearer"}"#,
    ] {
        let world = Stage::with_token(body);
        assert_eq!(world.error(&source()), "malformed_token_answer");
        assert_eq!(
            (world.calls_to(API), world.calls_to(TOKEN_ENDPOINT)),
            (0, 1)
        );
    }
    let narrow = Stage::with_token(r#"{"access_token":"t","token_type":"Bearer","scope":"read"}"#);
    assert_eq!(narrow.error(&source()), "too_little_scope");
}

#[test]
fn an_assertion_never_leaves_unprotected() {
    let source = TokenSource::new(Settings {
        token_endpoint: "http://as.example/token".into(),
        ..settings()
    });
    let world = Stage::new();
    assert_eq!(world.error(&source), "unprotected_token_endpoint");
    assert!(world.sent.borrow().is_empty());
}

#[test]
fn api_failures_say_what_to_do() {
    let challenge = r#"Bearer error="insufficient_scope""#;
    let forbidding =
        Stage::new().on_api(move |_, _| Ok(reply(403, &[("www-authenticate", challenge)], "")));
    assert_eq!(forbidding.error(&source()), "insufficient_scope");
    let missing = Stage::new().on_api(|_, _| Ok(reply(404, &[], "")));
    let ran = missing.run(&source());
    assert_eq!(ran.facts.error.as_deref(), Some("api_refused"));
    assert_eq!(missing.calls_to(API), 1);
    assert!(ran.hops[1].failure.is_some());
}

#[test]
fn the_future_of_a_run_is_pending_while_it_waits() {
    let (world, source) = (Stage::new(), source());
    let mut run = Box::pin(run(&world, &source));
    assert!(matches!(poll(&mut run), Poll::Pending));
    assert!(world.block_on(run).answer.is_ok());
}
