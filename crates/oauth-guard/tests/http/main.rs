//! The guard as a resource server runs it, over real HTTP: the same code as in a worker, other glue.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![expect(
    clippy::disallowed_methods,
    reason = "a real server needs a thread and a real clock"
)]

mod remote;
mod server;

use std::time::{Duration, Instant};

use oauth_core::UnixTime;
use oauth_core::http::{Headers, Incoming, Method};
use oauth_core::jose::{JwkSet, mint};
use oauth_guard::{Access, Config, Denied, Guard, OpaqueTokens};
use serde_json::json;
use testkit::crypto::{NativeVerifier, P256Key};

use crate::remote::{Remote, run};
use crate::server::{Mood, Server};

const NOW: UnixTime = UnixTime(1_800_000_000);
const ISSUER: &str = "https://as.example";
const RESOURCE: &str = "https://api.example";
const OPAQUE: &str = "a1.good";

struct World {
    server: Server,
    remote: Remote,
    guard: Guard<NativeVerifier>,
    jwt: String,
}

impl World {
    fn new() -> Self {
        let key = P256Key::from_seed(1);
        let claims = json!({
            "iss": ISSUER, "sub": "u_ada", "aud": RESOURCE, "client_id": "web-ui", "scope": "read",
            "jti": "grant.token", "iat": NOW.0, "exp": NOW.0 + 7_200,
        });
        let members = claims.to_string();
        let described = members.replacen('{', r#"{"active":true,"token_type":"Bearer","#, 1);
        let keys = JwkSet {
            keys: vec![key.public()],
        };
        let keys = serde_json::to_string(&keys).unwrap();
        let server = Server::start(keys, described);
        let config = Config {
            opaque: OpaqueTokens::Introspected { cache: 5 },
            ..Config::new(ISSUER, RESOURCE)
        };
        Self {
            remote: Remote {
                address: server.address,
            },
            server,
            guard: Guard::new(config, NativeVerifier),
            jwt: run(mint(&key, "at+jwt", &claims)).unwrap(),
        }
    }

    fn admit(&self, token: &str, seconds: i64) -> Result<Access, Denied> {
        let now = NOW.plus(seconds);
        run(self.guard.admit(&self.remote, &request(token), now))
    }

    /// The status and Retry-After of the refusal of this token.
    fn refused(&self, token: &str, seconds: i64) -> (u16, String) {
        let denied = self.admit(token, seconds).unwrap_err();
        let answer = self.guard.refusal(&denied, &request(token), None);
        let after = answer.header("retry-after").unwrap_or_default();
        (answer.status, after.to_owned())
    }
}

fn request(token: &str) -> Incoming {
    Incoming {
        method: Method::Get,
        path: "/api/protected".into(),
        query: String::new(),
        headers: Headers::new([("authorization".to_owned(), format!("Bearer {token}"))]),
        body: Vec::new(),
        address: None,
        request_id: "r".into(),
    }
}

fn unavailable(after: &str) -> (u16, String) {
    (503, after.to_owned())
}

#[test]
fn keys_and_answers_come_over_http() {
    let world = World::new();
    for _ in 0..3 {
        assert_eq!(world.admit(&world.jwt, 0).unwrap().subject(), "u_ada");
        assert_eq!(world.admit(OPAQUE, 0).unwrap().client_id(), "web-ui");
    }
    assert_eq!(world.server.requests(), 2);
    assert_eq!(world.refused("a1.bad", 0).0, 401);
    let answer = run(world
        .guard
        .introspection(&world.remote, &request(OPAQUE), NOW));
    assert!(
        String::from_utf8(answer.unwrap())
            .unwrap()
            .contains("\"active\":true")
    );
}

#[test]
fn a_server_that_hangs_is_given_up_in_time() {
    let world = World::new();
    world.server.is(Mood::Hanging);
    for token in [world.jwt.as_str(), OPAQUE] {
        let began = Instant::now();
        assert_eq!(world.refused(token, 0), unavailable("2"));
        let took = began.elapsed();
        assert!(took >= Duration::from_millis(2_400), "{took:?}");
        assert!(took < Duration::from_secs(5), "{took:?}");
    }
    world.server.is(Mood::Well);
    assert!(world.admit(&world.jwt, 0).is_ok() && world.admit(OPAQUE, 0).is_ok());
}

#[test]
fn while_the_server_is_dead_jwts_go_on_and_opaque_tokens_are_told_when_to_come_again() {
    let mut world = World::new();
    assert!(world.admit(&world.jwt, 0).is_ok() && world.admit(OPAQUE, 0).is_ok());
    world.server.die();
    // The keys are due since long, and the issuer is not there to confirm them.
    assert!(world.admit(&world.jwt, 3_600).is_ok());
    for _ in 0..4 {
        assert_eq!(world.refused(OPAQUE, 3_600), unavailable("2"));
    }
    assert_eq!(world.refused(OPAQUE, 3_600), unavailable("10"));
    assert_eq!(world.refused(OPAQUE, 3_604), unavailable("6"));
    assert!(world.admit(&world.jwt, 3_604).is_ok());
    // It is back: the breaker closes by itself, within its ten seconds.
    world.server.come_back();
    let before = world.server.requests();
    assert_eq!(world.refused(OPAQUE, 3_609), unavailable("1"));
    assert_eq!(world.server.requests(), before);
    assert!(world.admit(OPAQUE, 3_610).is_ok());
    assert_eq!(world.refused("a1.bad", 3_610).0, 401);
}

#[test]
fn a_server_that_answers_with_errors_is_left_alone() {
    let world = World::new();
    world.server.is(Mood::Broken);
    for _ in 0..20 {
        assert_eq!(world.refused(&world.jwt, 0).0, 503);
        assert_eq!(world.refused(OPAQUE, 0).0, 503);
    }
    assert_eq!(world.server.requests(), 10);
    world.server.is(Mood::Well);
    assert!(world.admit(&world.jwt, 10).is_ok() && world.admit(OPAQUE, 10).is_ok());
}
