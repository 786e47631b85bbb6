//! The token source against a world in memory.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use oauth_core::breaker::BreakerState;
use oauth_core::form::Form;
use oauth_core::http::Headers;
use oauth_core::jose::UntrustedJwt;
use oauth_core::{Fault, UnixTime};
use serde::Deserialize;

use super::*;
use crate::test_keys::{TestKey, TestVerifier, block_on};
use crate::{HttpCall, HttpReply};

const TOKEN_ENDPOINT: &str = "https://as.example/token";
const API: &str = "https://api.example/students";
const NOW: i64 = 1_800_000_000;

type Respond = Box<dyn Fn(&World, &HttpCall) -> Result<HttpReply, SendFailed>>;

/// A server and an API in one, whose answers the test decides on.
struct World {
    now: Cell<i64>,
    random: Cell<u8>,
    sent: RefCell<Vec<HttpCall>>,
    token: Respond,
    api: Respond,
}

fn reply(status: u16, headers: &[(&str, &str)], body: &str) -> HttpReply {
    let entries = headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    HttpReply {
        status,
        headers: Headers::new(entries),
        body: body.as_bytes().to_vec(),
    }
}

fn token_reply(world: &World) -> HttpReply {
    let count = world.calls_to(TOKEN_ENDPOINT);
    let body =
        format!(r#"{{"access_token":"s3cret-{count}","token_type":"Bearer","expires_in":3600}}"#);
    reply(200, &[], &body)
}

impl World {
    fn new() -> Self {
        Self {
            now: Cell::new(NOW),
            random: Cell::new(0),
            sent: RefCell::default(),
            token: Box::new(|world, _| Ok(token_reply(world))),
            api: Box::new(|_, _| Ok(reply(200, &[], "[]"))),
        }
    }

    fn with_token(body: &'static str) -> Self {
        Self {
            token: Box::new(move |_, _| Ok(reply(200, &[], body))),
            ..Self::new()
        }
    }

    fn calls_to(&self, url: &str) -> usize {
        self.sent
            .borrow()
            .iter()
            .filter(|call| call.url == url)
            .count()
    }

    fn pass(&self, seconds: i64) {
        self.now.set(self.now.get() + seconds);
    }

    fn run(&self, source: &TokenSource) -> Called {
        block_on(call(source, self, &key(), &HttpCall::get(API)))
    }

    fn error(&self, source: &TokenSource) -> String {
        self.run(source).answer.unwrap_err().error
    }
}

impl Platform for World {
    async fn send(&self, call: &HttpCall) -> Result<HttpReply, SendFailed> {
        self.sent.borrow_mut().push(call.clone());
        self.pause(1).await;
        let respond = if call.url == TOKEN_ENDPOINT {
            &self.token
        } else {
            &self.api
        };
        respond(self, call)
    }

    fn now(&self) -> UnixTime {
        UnixTime(self.now.get())
    }

    fn milliseconds(&self) -> u64 {
        0
    }

    /// Lets the others go on once.
    async fn pause(&self, _: u32) {
        let mut waited = false;
        std::future::poll_fn(|_| {
            if std::mem::replace(&mut waited, true) {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
    }

    fn random(&self) -> Result<[u8; 16], Fault> {
        self.random.set(self.random.get() + 1);
        Ok([self.random.get(); 16])
    }
}

fn key() -> TestKey {
    TestKey::new(9, "caller-key")
}

fn source() -> TokenSource {
    TokenSource::new(Settings {
        issuer: "https://as.example".into(),
        token_endpoint: TOKEN_ENDPOINT.into(),
        client_id: "caller".into(),
        scope: "read:students".into(),
        resource: "https://api.example".into(),
    })
}

/// Runs many callers at once on one thread, as one isolate does.
fn together(world: &World, source: &TokenSource, callers: usize) -> Vec<Called> {
    let key = key();
    let api = HttpCall::get(API);
    let mut futures: Vec<Pin<Box<dyn Future<Output = Called> + '_>>> = Vec::new();
    for _ in 0..callers {
        futures.push(Box::pin(call(source, world, &key, &api)));
    }
    let mut done = Vec::new();
    while !futures.is_empty() {
        futures.retain_mut(|future| {
            match future
                .as_mut()
                .poll(&mut Context::from_waker(Waker::noop()))
            {
                Poll::Ready(called) => {
                    done.push(called);
                    false
                }
                Poll::Pending => true,
            }
        });
    }
    done
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: String,
    exp: i64,
    iat: i64,
    jti: String,
}

fn assertion(call: &HttpCall) -> Claims {
    let body = call.body_text().unwrap();
    let form = Form::parse(body.as_bytes()).unwrap();
    let text = form.one("client_assertion").unwrap().unwrap();
    let jwt = UntrustedJwt::parse(text).unwrap();
    assert_eq!(jwt.key_id(), Some("caller-key"));
    let keys = key().jwks();
    block_on(jwt.verify::<Claims>(&TestVerifier, &keys.keys[0]))
        .unwrap()
        .claims
}

#[test]
fn the_request_proves_who_asks_for_what() {
    let (world, source) = (World::new(), source());
    assert!(world.run(&source).answer.is_ok());
    let sent = world.sent.borrow();
    let body = sent[0].body_text().unwrap();
    let form = Form::parse(body.as_bytes()).unwrap();
    for (name, value) in [
        ("grant_type", "client_credentials"),
        ("scope", "read:students"),
        ("resource", "https://api.example"),
        (
            "client_assertion_type",
            "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        ),
    ] {
        assert_eq!(form.one(name).unwrap(), Some(value));
    }
    let claims = assertion(&sent[0]);
    assert_eq!(
        (claims.iss.as_str(), claims.sub.as_str()),
        ("caller", "caller")
    );
    assert_eq!(claims.aud, "https://as.example");
    assert_eq!((claims.iat, claims.exp), (NOW, NOW + 60));
    let header = ("authorization".to_owned(), "Bearer s3cret-1".to_owned());
    assert!(sent[1].headers.contains(&header));
}

#[test]
fn every_assertion_has_its_own_jti() {
    let (world, source) = (World::new(), source());
    world.run(&source);
    world.pass(4000);
    world.run(&source);
    let sent = world.sent.borrow();
    assert_ne!(assertion(&sent[0]).jti, assertion(&sent[2]).jti);
}

#[test]
fn a_token_is_used_until_shortly_before_it_expires() {
    let (world, source) = (World::new(), source());
    assert_eq!(world.run(&source).hops[0].cache, CacheUse::Miss);
    world.pass(3299);
    assert_eq!(world.run(&source).hops[0].cache, CacheUse::Hit);
    assert_eq!(world.calls_to(TOKEN_ENDPOINT), 1);
    world.pass(1);
    assert!(matches!(
        source.cache_state(world.now()),
        CacheState::Ageing { .. }
    ));
    assert_eq!(world.run(&source).hops[0].cache, CacheUse::Miss);
    assert_eq!(world.calls_to(TOKEN_ENDPOINT), 2);
}

#[test]
fn the_buffer_of_a_short_life_is_a_tenth_of_it() {
    let world = World::with_token(r#"{"access_token":"t","token_type":"Bearer","expires_in":100}"#);
    let source = source();
    world.run(&source);
    let state = source.cache_state(UnixTime(NOW));
    let (renew_at, expires_at) = (UnixTime(NOW + 90), UnixTime(NOW + 100));
    assert_eq!(
        state,
        CacheState::Fresh {
            expires_at,
            renew_at
        }
    );
}

#[test]
fn a_life_that_is_not_told_is_a_minute() {
    let world = World::with_token(r#"{"access_token":"t","token_type":"Bearer"}"#);
    let source = source();
    world.run(&source);
    world.pass(53);
    world.run(&source);
    assert_eq!(world.calls_to(TOKEN_ENDPOINT), 1);
    world.pass(7);
    world.run(&source);
    assert_eq!(world.calls_to(TOKEN_ENDPOINT), 2);
}

#[test]
fn many_callers_make_one_renewal() {
    let (world, source) = (World::new(), source());
    let all = together(&world, &source, 50);
    assert!(all.iter().all(|called| called.answer.is_ok()));
    assert_eq!(world.calls_to(TOKEN_ENDPOINT), 1);
    // While one renews an ageing token, the others go on with it.
    world.pass(3400);
    together(&world, &source, 50);
    assert_eq!(world.calls_to(TOKEN_ENDPOINT), 2);
}

#[test]
fn many_callers_share_one_failure() {
    let world = World {
        token: Box::new(|_, _| Err(SendFailed::TimedOut)),
        ..World::new()
    };
    let source = source();
    let all = together(&world, &source, 50);
    assert!(all.iter().all(|called| called.answer.is_err()));
    assert_eq!(world.calls_to(TOKEN_ENDPOINT), 1);
    assert_eq!(world.error(&source), "timed_out");
    assert_eq!(world.calls_to(TOKEN_ENDPOINT), 2);
}

#[test]
fn a_caller_that_leaves_does_not_block_the_next() {
    let (world, source) = (World::new(), source());
    let key = key();
    {
        let mut left = Box::pin(source.token(&world, &key));
        let poll = left.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert!(poll.is_pending());
        assert_eq!(source.cache_state(world.now()), CacheState::Renewing);
    }
    assert!(world.run(&source).answer.is_ok());
}

/// A worker's request whose client has gone is neither polled again nor dropped.
#[test]
fn a_caller_that_freezes_does_not_block_the_others_for_ever() {
    let (world, source) = (World::new(), source());
    let key = key();
    let mut frozen = Box::pin(source.token(&world, &key));
    let poll = frozen
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()));
    assert!(poll.is_pending());
    assert_eq!(world.error(&source), "renewal_timed_out");
    world.pass(8);
    assert!(world.run(&source).answer.is_ok());
    // Should it come back after all, it disturbs nobody.
    let (token, _) = block_on(frozen);
    assert!(token.is_ok());
    assert!(matches!(
        source.cache_state(world.now()),
        CacheState::Fresh { .. }
    ));
}

#[test]
fn a_token_that_the_api_calls_invalid_is_replaced_once() {
    let once = World {
        api: Box::new(|world, _| {
            Ok(if world.calls_to(API) == 1 {
                reply(
                    401,
                    &[("www-authenticate", r#"Bearer error="invalid_token""#)],
                    "",
                )
            } else {
                reply(200, &[], "[]")
            })
        }),
        ..World::new()
    };
    let source_once = source();
    let called = once.run(&source_once);
    assert!(called.answer.is_ok());
    let retries: Vec<u32> = called.hops.iter().map(|hop| hop.retries).collect();
    assert_eq!(retries, [0, 0, 1, 1]);
    assert_eq!(source_once.counters().retries, 1);

    let always = World {
        api: Box::new(|_, _| {
            Ok(reply(
                401,
                &[("www-authenticate", r#"Bearer error="invalid_token""#)],
                "",
            ))
        }),
        ..World::new()
    };
    assert_eq!(always.error(&source()), "invalid_token");
    assert_eq!(always.calls_to(API), 2);
}

#[test]
fn a_renewal_that_fails_leaves_a_living_token_in_use() {
    let world = World {
        token: Box::new(|world, _| {
            if world.calls_to(TOKEN_ENDPOINT) == 1 {
                Ok(token_reply(world))
            } else {
                Ok(reply(500, &[], ""))
            }
        }),
        ..World::new()
    };
    let source = source();
    world.run(&source);
    world.pass(3400);
    let called = world.run(&source);
    assert!(called.answer.is_ok());
    assert!(called.hops[0].failure.is_some());
    // And the server is left alone for a while.
    world.run(&source);
    assert_eq!(world.calls_to(TOKEN_ENDPOINT), 2);
    world.pass(200);
    assert_eq!(world.error(&source), "token_endpoint_failed");
}

#[test]
fn redirects_and_malformed_answers_are_refused() {
    let redirecting = World {
        token: Box::new(|_, _| Ok(reply(307, &[("location", "https://evil.example")], ""))),
        ..World::new()
    };
    let source_redirected = source();
    assert_eq!(
        redirecting.error(&source_redirected),
        "token_endpoint_redirected"
    );
    assert_eq!(redirecting.sent.borrow().len(), 1);
    for body in [
        "",
        "<html>",
        r#"{"access_token":"t"}"#,
        r#"{"access_token":"a b","token_type":"Bearer"}"#,
    ] {
        let world = World {
            ..World::with_token(body)
        };
        assert_eq!(world.error(&source()), "malformed_token_answer");
        assert_eq!(world.calls_to(API), 0);
    }
    let narrow = World::with_token(r#"{"access_token":"t","token_type":"Bearer","scope":"read"}"#);
    assert_eq!(narrow.error(&source()), "too_little_scope");
}

#[test]
fn retry_after_is_honoured() {
    let world = World {
        token: Box::new(|_, _| Ok(reply(503, &[("retry-after", "30")], ""))),
        ..World::new()
    };
    let source = source();
    assert_eq!(world.error(&source), "token_endpoint_failed");
    assert_eq!(world.error(&source), "asked_to_wait");
    world.pass(30);
    assert_eq!(world.error(&source), "token_endpoint_failed");
    assert_eq!(world.calls_to(TOKEN_ENDPOINT), 2);
}

#[test]
fn an_assertion_never_leaves_unprotected() {
    let settings = source().settings().clone();
    let source = TokenSource::new(Settings {
        token_endpoint: "http://as.example/token".into(),
        ..settings
    });
    let world = World::new();
    assert_eq!(world.error(&source), "unprotected_token_endpoint");
    assert!(world.sent.borrow().is_empty());
}

#[test]
fn api_failures_say_what_to_do() {
    let down = World {
        api: Box::new(|_, _| Err(SendFailed::Unreachable("x".into()))),
        ..World::new()
    };
    assert_eq!(down.error(&source()), "unreachable");
    let forbidding = World {
        api: Box::new(|_, _| {
            Ok(reply(
                403,
                &[("www-authenticate", r#"Bearer error="insufficient_scope""#)],
                "",
            ))
        }),
        ..World::new()
    };
    assert_eq!(forbidding.error(&source()), "insufficient_scope");
}

#[test]
fn nothing_secret_is_told() {
    let echoing = World {
        token: Box::new(|_, call| {
            let body = call.body_text().unwrap();
            let json = format!(r#"{{"error":"{body}","error_description":"{body}"}}"#);
            Ok(reply(400, &[], &json))
        }),
        ..World::new()
    };
    let source_echoed = source();
    let called = echoing.run(&source_echoed);
    assert!(!format!("{called:?}").contains("eyJ"));
    assert_eq!(called.answer.unwrap_err().error, "malformed_token_answer");

    let (world, source) = (World::new(), source());
    let called = world.run(&source);
    assert!(!format!("{called:?} {source:?} {:?}", world.sent.borrow()).contains("s3cret"));
}

#[test]
fn a_peer_that_keeps_failing_is_left_alone_then_probed() {
    let world = World {
        api: Box::new(|world, _| {
            Ok(reply(
                if world.calls_to(API) > 5 { 200 } else { 500 },
                &[],
                "[]",
            ))
        }),
        ..World::new()
    };
    let source = source();
    for _ in 0..5 {
        assert_eq!(world.error(&source), "api_refused");
    }
    world.pass(4);
    let called = world.run(&source);
    let failed = called.answer.unwrap_err();
    assert_eq!(
        (failed.error.as_str(), failed.retry_after),
        ("breaker_open", Some(6))
    );
    assert!(failed.message.contains("(server_error)") && failed.message.contains("6 s"));
    assert_eq!(called.hops[0].breaker, BreakerState::Closed);
    assert_eq!(called.hops[1].breaker, BreakerState::Open);
    assert!(called.hops[1].failure.is_some());
    assert_eq!(world.calls_to(API), 5);
    world.pass(6);
    assert_eq!(source.breaker_state(world.now()), BreakerState::HalfOpen);
    assert!(world.run(&source).answer.is_ok());
    assert_eq!(source.breaker_state(world.now()), BreakerState::Closed);
}

#[test]
fn a_token_endpoint_that_keeps_failing_is_left_alone_but_one_that_refuses_is_not() {
    for (status, calls, error) in [(500, 5, "breaker_open"), (400, 8, "token_endpoint_failed")] {
        let world = World {
            token: Box::new(move |_, _| Ok(reply(status, &[], ""))),
            ..World::new()
        };
        let source = source();
        let errors: Vec<String> = (0..8).map(|_| world.error(&source)).collect();
        assert_eq!(
            (world.calls_to(TOKEN_ENDPOINT), errors[7].as_str()),
            (calls, error)
        );
    }
}
