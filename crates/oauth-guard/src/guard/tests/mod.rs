//! Admission and refusal, with an authorization server in memory.

mod bound;
mod flood;
mod jwt;
mod kept_keys;
mod keys;
mod never_panics;
mod opaque;
mod outage;
mod questions;
mod rates;
mod resources;
mod step_up;
mod tombstones;

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use oauth_core::Fault;
use oauth_core::http::{Headers, Method};
use oauth_core::jose::{Algorithm, Jwk, JwkSet, Signer, mint};
use serde_json::{Value, json};
use testkit::crypto::{NativeVerifier, P256Key, Rs256Key, run};

use super::*;
use crate::config::KeptKeys;
use crate::denied::TokenProblem;
use crate::ports::{
    Certificate, Introspection, KeyCopies, KeySource, ProofHash, Proofs, Reply, Tombstones,
};
use crate::proof_memory::ProofMemory;
use crate::token_memory::{Known, hash};

const NOW: UnixTime = UnixTime(1_700_000_000);
const ISSUER: &str = "https://as.example";
const RESOURCE: &str = "https://api.example";
const OPAQUE: &str = "a1.grant.1700003600.id.mac";

/// The authorization server and its tombstones, each of which can be down or slow.
struct Server {
    keys: RefCell<Vec<Jwk>>,
    up: Cell<bool>,
    asked: Cell<u32>,
    /// The introspection response; nothing while it is down.
    answer: RefCell<Option<String>>,
    questions: Cell<u32>,
    /// While it is slow, no answer arrives.
    slow: Cell<bool>,
    /// The simulated clock of pauses, in milliseconds.
    clock: Cell<u32>,
    /// How often a request looked whether another one's question is answered.
    looks: Cell<u32>,
    /// The shared copy of the keys.
    copy: RefCell<Option<Vec<u8>>>,
    copies_read: Cell<u32>,
    copies_written: Cell<u32>,
    /// Which of the ports never answer.
    hanging: RefCell<Vec<&'static str>>,
    proofs: ProofMemory,
    /// Whether it can be known which proofs were seen.
    proofs_up: Cell<bool>,
    /// How many more requests each client has; nothing while it cannot be known.
    rate: Cell<Option<u32>>,
    counted: RefCell<Vec<String>>,
    thumbprint: RefCell<Option<String>>,
    thumbprints_read: Cell<u32>,
    tombstones: RefCell<HashMap<String, String>>,
    /// The keys that cannot be read.
    unreadable: RefCell<Vec<&'static str>>,
    looked: RefCell<Vec<String>>,
}

impl Server {
    fn with(keys: Vec<Jwk>) -> Self {
        Self {
            keys: RefCell::new(keys),
            up: Cell::new(true),
            asked: Cell::new(0),
            answer: RefCell::new(Some(described(json!({})))),
            questions: Cell::new(0),
            slow: Cell::new(false),
            clock: Cell::new(0),
            looks: Cell::new(0),
            copy: RefCell::default(),
            copies_read: Cell::new(0),
            copies_written: Cell::new(0),
            hanging: RefCell::default(),
            proofs: ProofMemory::default(),
            proofs_up: Cell::new(true),
            rate: Cell::new(Some(u32::MAX)),
            counted: RefCell::default(),
            thumbprint: RefCell::default(),
            thumbprints_read: Cell::new(0),
            tombstones: RefCell::default(),
            unreadable: RefCell::default(),
            looked: RefCell::default(),
        }
    }

    async fn when_quick(&self) {
        while_slow(&self.slow).await;
    }

    /// Waits for ever if this port hangs.
    async fn unless_hanging(&self, port: &str) {
        if self.hanging.borrow().contains(&port) {
            std::future::pending::<()>().await;
        }
    }

    fn advance(&self, milliseconds: u32) {
        self.clock.set(self.clock.get() + milliseconds);
    }
}

/// A test's answer over HTTP.
fn reply(status: u16, body: impl Into<Vec<u8>>) -> Reply {
    Reply {
        status,
        body: body.into(),
    }
}

impl KeySource for Server {
    async fn fetch_jwks(&self) -> Result<Reply, Fault> {
        self.asked.set(self.asked.get() + 1);
        self.unless_hanging("keys").await;
        if !self.up.get() {
            return Err(Fault::new("jwks", "down"));
        }
        let keys = self.keys.borrow().clone();
        self.when_quick().await;
        Ok(reply(200, serde_json::to_vec(&JwkSet { keys }).unwrap()))
    }
}

impl Introspection for Server {
    async fn introspect(&self, _: &str) -> Result<Reply, Fault> {
        self.questions.set(self.questions.get() + 1);
        self.unless_hanging("introspection").await;
        let answer = self.answer.borrow().clone();
        self.when_quick().await;
        answer
            .map(|answer| reply(200, answer))
            .ok_or_else(|| Fault::new("introspect", "down"))
    }
}

impl Timer for Server {
    async fn pause(&self, milliseconds: u32) {
        if milliseconds == 25 {
            self.looks.set(self.looks.get() + 1);
        }
        let end = self.clock.get() + milliseconds;
        poll_fn(|_| {
            if self.clock.get() < end {
                Poll::Pending
            } else {
                Poll::Ready(())
            }
        })
        .await;
    }
}

impl KeyCopies for Server {
    async fn read_keys(&self) -> Option<Vec<u8>> {
        self.copies_read.set(self.copies_read.get() + 1);
        self.unless_hanging("copies").await;
        self.copy.borrow().clone()
    }

    async fn write_keys(&self, copy: &[u8]) {
        self.copies_written.set(self.copies_written.get() + 1);
        self.unless_hanging("copies").await;
        *self.copy.borrow_mut() = Some(copy.to_vec());
    }
}

impl Proofs for Server {
    async fn first_use(
        &self,
        proof: &ProofHash,
        until: UnixTime,
        now: UnixTime,
    ) -> Result<bool, Fault> {
        self.unless_hanging("proofs").await;
        if !self.proofs_up.get() {
            return Err(Fault::new("proofs", "down"));
        }
        self.proofs.first_use(proof, until, now).await
    }
}

impl RateLimits for Server {
    async fn within_rate(&self, client_id: &str) -> Result<bool, Fault> {
        self.unless_hanging("rate").await;
        self.counted.borrow_mut().push(client_id.to_owned());
        let left = self.rate.get().ok_or_else(|| Fault::new("rate", "down"))?;
        self.rate.set(Some(left.saturating_sub(1)));
        Ok(left > 0)
    }
}

impl Certificate for Server {
    fn thumbprint(&self) -> Option<String> {
        self.thumbprints_read.set(self.thumbprints_read.get() + 1);
        self.thumbprint.borrow().clone()
    }
}

impl Tombstones for Server {
    async fn tombstone(&self, key: &str) -> Result<Option<Vec<u8>>, Fault> {
        self.looked.borrow_mut().push(key.to_owned());
        let found = self.tombstones.borrow().get(key).cloned();
        self.when_quick().await;
        if self.unreadable.borrow().contains(&key) {
            return Err(Fault::new("kv", "down"));
        }
        Ok(found.map(String::into_bytes))
    }
}

async fn while_slow(slow: &Cell<bool>) {
    poll_fn(|_| {
        if slow.get() {
            Poll::Pending
        } else {
            Poll::Ready(())
        }
    })
    .await;
}

/// Counts signature checks, and may be slow.
#[derive(Clone, Default)]
struct Counting {
    checks: Cell<u32>,
    slow: Cell<bool>,
}

impl SignatureVerifier for Counting {
    async fn verify(
        &self,
        key: &Jwk,
        algorithm: Algorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<bool, Fault> {
        self.checks.set(self.checks.get() + 1);
        while_slow(&self.slow).await;
        NativeVerifier
            .verify(key, algorithm, message, signature)
            .await
    }
}

struct World {
    guard: Guard<Counting>,
    server: Server,
    key: P256Key,
}

impl World {
    /// A resource server that takes JWTs only, until they expire.
    fn new() -> Self {
        Self::with(OpaqueTokens::Refused, JwtRevocation::ByExpiry)
    }

    /// One that takes both kinds, and asks about opaque tokens every five seconds.
    fn introspecting() -> Self {
        Self::with(
            OpaqueTokens::Introspected { cache: 5 },
            JwtRevocation::ByExpiry,
        )
    }

    fn with(opaque: OpaqueTokens, revocation: JwtRevocation) -> Self {
        Self::of(Config {
            opaque,
            revocation,
            ..Config::new(ISSUER, RESOURCE)
        })
    }

    fn of(config: Config) -> Self {
        let key = P256Key::from_seed(1);
        Self {
            guard: Guard::new(config, Counting::default()),
            server: Server::with(vec![key.public(), Rs256Key::of_rfc_7515().public()]),
            key,
        }
    }

    fn admit_at(&self, token: &str, now: UnixTime) -> Result<Access, Denied> {
        run(self.guard.admit(&self.server, &request(token), now))
    }

    fn admit(&self, token: &str) -> Result<Access, Denied> {
        self.admit_at(token, NOW)
    }

    /// A request under way.
    fn begin(&self, token: &str, now: UnixTime) -> Underway<'_> {
        self.begin_with(request(token), now)
    }

    fn begin_with(&self, request: Incoming, now: UnixTime) -> Underway<'_> {
        Box::pin(async move { self.guard.admit(&self.server, &request, now).await })
    }

    /// A JWT whose claims are good but for `changes`.
    fn token(&self, changes: Value) -> String {
        signed(&self.key, "at+jwt", &claims(changes))
    }

    /// The problem of such a token.
    fn problem(&self, changes: Value) -> Option<TokenProblem> {
        problem(self.admit(&self.token(changes)))
    }
}

type Underway<'a> = Pin<Box<dyn Future<Output = Result<Access, Denied>> + 'a>>;

/// Polls a request; nothing while it waits.
fn step(request: &mut Underway<'_>) -> Option<Result<Access, Denied>> {
    match request
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()))
    {
        Poll::Ready(result) => Some(result),
        Poll::Pending => None,
    }
}

fn problem(result: Result<Access, Denied>) -> Option<TokenProblem> {
    match result {
        Ok(_) => None,
        Err(Denied::InvalidToken(problem)) => Some(problem),
        Err(other) => panic!("{other:?}"),
    }
}

fn is_unavailable(result: &Result<Access, Denied>) -> bool {
    matches!(result, Err(Denied::Unavailable { .. }))
}

fn request(token: &str) -> Incoming {
    let header = ("authorization".to_owned(), format!("Bearer {token}"));
    Incoming {
        method: Method::Get,
        path: "/".into(),
        query: String::new(),
        headers: Headers::new([header]),
        body: Vec::new(),
        address: None,
        request_id: "r".into(),
    }
}

fn changed(mut whole: Value, changes: Value) -> Value {
    let Value::Object(changes) = changes else {
        panic!("changes are an object");
    };
    for (name, value) in changes {
        whole[name] = value;
    }
    whole
}

fn claims(changes: Value) -> Value {
    let good = json!({
        "iss": ISSUER, "sub": "u_ada", "aud": RESOURCE, "client_id": "web-ui", "scope": "read write",
        "jti": "grant.token", "iat": NOW.0, "exp": NOW.0 + 300,
    });
    changed(good, changes)
}

/// An answer of introspection for a good token, but for `changes`; a member that is null is left out.
fn described(changes: Value) -> String {
    let good = changed(
        claims(json!({"active": true, "token_type": "Bearer", "username": "ada"})),
        changes,
    );
    let Value::Object(mut members) = good else {
        panic!("an answer is an object");
    };
    members.retain(|_, value| !value.is_null());
    Value::Object(members).to_string()
}

fn signed(key: &impl Signer, token_type: &str, claims: &Value) -> String {
    run(mint(key, token_type, claims)).unwrap()
}

fn good(world: &World) -> String {
    world.token(json!({}))
}
