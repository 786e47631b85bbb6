//! Whatever anyone sends or answers, nothing panics, and only a good token is admitted.

use proptest::prelude::*;

use super::*;

/// A server that answers anything.
struct Anything {
    status: u16,
    body: Vec<u8>,
    copy: Option<Vec<u8>>,
}

impl KeySource for Anything {
    async fn fetch_jwks(&self) -> Result<Reply, Fault> {
        Ok(reply(self.status, self.body.clone()))
    }
}

impl Timer for Anything {
    async fn pause(&self, _: u32) {}
}

impl KeyCopies for Anything {
    async fn read_keys(&self) -> Option<Vec<u8>> {
        self.copy.clone()
    }
}

impl Introspection for Anything {
    async fn introspect(&self, _: &str) -> Result<Reply, Fault> {
        Ok(reply(self.status, self.body.clone()))
    }
}

impl Tombstones for Anything {
    async fn tombstone(&self, _: &str) -> Result<Option<Vec<u8>>, Fault> {
        Ok(self.copy.clone())
    }
}

impl Proofs for Anything {}

impl RateLimits for Anything {}

impl Certificate for Anything {}

fn guard() -> Guard<NativeVerifier> {
    let config = Config {
        keys: KeptKeys::WithCopy,
        opaque: OpaqueTokens::Introspected { cache: 5 },
        revocation: JwtRevocation::ByTombstone,
        dpop: Dpop::Accepted,
        rate: ClientRate::Limited { period: 60 },
        ..Config::new(ISSUER, RESOURCE)
    };
    Guard::new(config, NativeVerifier)
}

proptest! {
    #[test]
    fn any_request_and_any_answer(
        authorization: String,
        scheme in "Bearer |DPoP |bearer|",
        dpop: Option<String>,
        path: String,
        query: String,
        status in prop::sample::select(vec![0_u16, 200, 301, 401, 500, 65_535]),
        body: Vec<u8>,
        copy: Option<Vec<u8>>,
        now: i64,
    ) {
        let server = Anything { status, body, copy };
        let headers = [("authorization".to_owned(), format!("{scheme}{authorization}"))];
        let dpop = dpop.map(|proof| ("dpop".to_owned(), proof));
        let request = Incoming {
            path,
            query,
            headers: Headers::new(headers.into_iter().chain(dpop)),
            ..request("")
        };
        let guard = guard();
        for seconds in [0, 1, 400] {
            let now = UnixTime(now).plus(seconds);
            let denied = run(guard.admit(&server, &request, now)).unwrap_err();
            let answer = guard.refusal(&denied, &request, None);
            prop_assert!((400..=503).contains(&answer.status));
        }
    }

    #[test]
    fn any_claims_and_any_clock(
        claims in prop::collection::vec(("iss|sub|aud|client_id|jti|iat|exp|cnf|acr|auth_time|scope", any::<i64>(), any::<String>(), any::<bool>()), 0..8),
        now: i64,
    ) {
        let world = World::introspecting();
        let mut changes = serde_json::Map::new();
        for (name, number, text, is_text) in claims {
            let value = if is_text { json!(text) } else { json!(number) };
            changes.insert(name, value);
        }
        let changes = Value::Object(changes);
        let now = UnixTime(now);
        let _ = world.admit_at(&world.token(changes.clone()), now);
        *world.server.answer.borrow_mut() = Some(described(changes));
        let _ = world.admit_at(OPAQUE, now);
    }
}
