//! A platform in memory: a server, an API, a shared state, a near copy, and a clock that moves when all callers wait.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use aes_gcm::aead::{Aead as _, KeyInit as _, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use oauth_core::http::Headers;
use oauth_core::secret::Secret;
use oauth_core::{Fault, UnixTime};

use crate::m2m::*;
use crate::test_keys::TestKey;
use crate::{HttpCall, HttpReply};

pub(super) const TOKEN_ENDPOINT: &str = "https://as.example/token";
pub(super) const API: &str = "https://api.example/students";
pub(super) const NOW: i64 = 1_800_000_000;
pub(super) const SECRET: &str = "s3cret-of-the-client";

pub(super) type Answered = Result<HttpReply, SendFailed>;
type Respond = Box<dyn Fn(&Stage, &HttpCall) -> Answered>;

pub(super) struct Stage {
    ms: Cell<u64>,
    sleepers: RefCell<Vec<u64>>,
    drawn: Cell<u8>,
    pub(super) latency: Cell<u64>,
    pub(super) sent: RefCell<Vec<HttpCall>>,
    pub(super) lines: RefCell<Vec<String>>,
    pub(super) token: RefCell<Respond>,
    pub(super) api: RefCell<Respond>,
    pub(super) state: RefCell<shared_state::State>,
    pub(super) shared_calls: Cell<usize>,
    pub(super) shared_down: Cell<bool>,
    pub(super) copy: RefCell<Option<shared_state::SealedToken>>,
    pub(super) copies_down: Cell<bool>,
    pub(super) key_missing: Cell<bool>,
}

pub(super) fn reply(status: u16, headers: &[(&str, &str)], body: &str) -> HttpReply {
    let entries = headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    HttpReply {
        status,
        headers: Headers::new(entries),
        body: body.as_bytes().to_vec(),
    }
}

/// The token endpoint's usual answer: each token has another name.
pub(super) fn token_reply(world: &Stage) -> HttpReply {
    let count = world.calls_to(TOKEN_ENDPOINT);
    let body =
        format!(r#"{{"access_token":"s3cret-{count}","token_type":"Bearer","expires_in":3600}}"#);
    reply(200, &[], &body)
}

pub(super) fn invalid_token() -> HttpReply {
    let challenge = r#"Bearer error="invalid_token""#;
    reply(401, &[("www-authenticate", challenge)], "")
}

impl Stage {
    pub(super) fn new() -> Self {
        Self {
            ms: Cell::new(NOW.unsigned_abs() * 1000),
            sleepers: RefCell::default(),
            drawn: Cell::new(0),
            latency: Cell::new(20),
            sent: RefCell::default(),
            lines: RefCell::default(),
            token: RefCell::new(Box::new(|world, _| Ok(token_reply(world)))),
            api: RefCell::new(Box::new(|_, _| Ok(reply(200, &[], "[]")))),
            state: RefCell::default(),
            shared_calls: Cell::new(0),
            shared_down: Cell::new(false),
            copy: RefCell::default(),
            copies_down: Cell::new(false),
            key_missing: Cell::new(false),
        }
    }

    pub(super) fn set_token(&self, respond: impl Fn(&Stage, &HttpCall) -> Answered + 'static) {
        *self.token.borrow_mut() = Box::new(respond);
    }

    pub(super) fn set_api(&self, respond: impl Fn(&Stage, &HttpCall) -> Answered + 'static) {
        *self.api.borrow_mut() = Box::new(respond);
    }

    pub(super) fn on_token(
        self,
        respond: impl Fn(&Stage, &HttpCall) -> Answered + 'static,
    ) -> Self {
        self.set_token(respond);
        self
    }

    pub(super) fn on_api(self, respond: impl Fn(&Stage, &HttpCall) -> Answered + 'static) -> Self {
        self.set_api(respond);
        self
    }

    pub(super) fn with_token(body: &'static str) -> Self {
        Self::new().on_token(move |_, _| Ok(reply(200, &[], body)))
    }

    pub(super) fn calls_to(&self, url: &str) -> usize {
        let sent = self.sent.borrow();
        sent.iter().filter(|call| call.url == url).count()
    }

    pub(super) fn pass(&self, seconds: u64) {
        self.ms.set(self.ms.get() + seconds * 1000);
    }

    pub(super) fn elapsed(&self) -> u64 {
        self.ms.get() - NOW.unsigned_abs() * 1000
    }

    /// A run with what is done after it.
    pub(super) fn run(&self, source: &TokenSource) -> Ran {
        self.block_on(run(self, source))
    }

    pub(super) fn error(&self, source: &TokenSource) -> String {
        self.run(source).answer.unwrap_err().slug().to_owned()
    }

    async fn sleep(&self, milliseconds: u64) {
        let until = self.ms.get() + milliseconds;
        std::future::poll_fn(|_| {
            if self.ms.get() >= until {
                return Poll::Ready(());
            }
            self.sleepers.borrow_mut().push(until);
            Poll::Pending
        })
        .await;
    }

    pub(super) fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        let mut outputs = self.together(vec![Box::pin(future)]);
        outputs.pop().unwrap()
    }

    /// Runs many at once. Time passes when all of them wait.
    pub(super) fn together<T>(
        &self,
        futures: Vec<Pin<Box<dyn Future<Output = T> + '_>>>,
    ) -> Vec<T> {
        let mut futures = futures;
        let mut done = Vec::new();
        while !futures.is_empty() {
            self.sleepers.borrow_mut().clear();
            let before = futures.len();
            futures.retain_mut(|future| match poll(future) {
                Poll::Ready(output) => {
                    done.push(output);
                    false
                }
                Poll::Pending => true,
            });
            if futures.len() == before {
                let next = self.sleepers.borrow().iter().copied().min();
                self.ms.set(next.expect("all callers wait for nothing"));
            }
        }
        done
    }
}

pub(super) fn poll<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    Pin::new(future).poll(&mut Context::from_waker(Waker::noop()))
}

/// A run that is over, with all that became of it.
pub(super) struct Ran {
    pub(super) answer: Result<HttpReply, CallFailed>,
    pub(super) hops: Vec<Hop>,
    pub(super) facts: RunFacts,
}

pub(super) async fn run(world: &Stage, source: &TokenSource) -> Ran {
    let called = call(source, world, &HttpCall::get(API), "run-1").await;
    let facts = finish(source, world, called.follow_up).await;
    Ran {
        answer: called.answer,
        hops: called.hops,
        facts,
    }
}

pub(super) fn settings() -> Settings {
    Settings {
        issuer: "https://as.example".into(),
        token_endpoint: TOKEN_ENDPOINT.into(),
        client_id: "caller".into(),
        scope: "read:students".into(),
        resource: "https://api.example".into(),
        auth_method: AuthMethod::PrivateKeyJwt,
        binding: Binding::Bearer,
        retry: RetryPolicy::USUAL,
    }
}

pub(super) fn source() -> TokenSource {
    TokenSource::new(settings())
}

pub(super) fn key() -> TestKey {
    TestKey::new(9, "caller-key")
}

fn cipher() -> Aes256Gcm {
    Aes256Gcm::new(&[7; 32].into())
}

impl Platform for Stage {
    async fn send(&self, call: &HttpCall, limit_ms: u32) -> Answered {
        self.sent.borrow_mut().push(call.clone());
        let (latency, limit) = (self.latency.get(), u64::from(limit_ms));
        self.sleep(latency.min(limit)).await;
        if latency >= limit {
            return Err(SendFailed::TimedOut);
        }
        let respond = if call.url == TOKEN_ENDPOINT {
            &self.token
        } else {
            &self.api
        };
        (respond.borrow())(self, call)
    }

    fn now(&self) -> UnixTime {
        UnixTime(i64::try_from(self.ms.get() / 1000).unwrap())
    }

    fn milliseconds(&self) -> u64 {
        self.ms.get()
    }

    async fn pause(&self, milliseconds: u32) {
        self.sleep(milliseconds.into()).await;
    }

    fn random(&self) -> Result<[u8; 16], Fault> {
        self.drawn.set(self.drawn.get().wrapping_add(37));
        Ok([self.drawn.get(); 16])
    }

    fn log(&self, line: &str) {
        self.lines.borrow_mut().push(line.to_owned());
    }
}

impl SharedState for Stage {
    async fn ask(&self, command: &shared_state::Command) -> Result<shared_state::Reply, Fault> {
        self.shared_calls.set(self.shared_calls.get() + 1);
        // As text, as it goes to an object.
        let command = serde_json::to_string(command).unwrap();
        self.sleep(2).await;
        if self.shared_down.get() {
            return Err(Fault::new("object.caller_state", "gone"));
        }
        let state = self.state.take();
        let (state, reply) =
            shared_state::step(state, serde_json::from_str(&command).unwrap(), self.now());
        self.state.replace(state);
        let reply = serde_json::to_string(&reply).unwrap();
        Ok(serde_json::from_str(&reply).unwrap())
    }
}

impl Copies for Stage {
    async fn read(&self) -> Result<Option<shared_state::SealedToken>, Fault> {
        self.sleep(1).await;
        if self.copies_down.get() {
            return Err(Fault::new("kv", "gone"));
        }
        Ok(self.copy.borrow().clone())
    }

    async fn write(&self, token: &shared_state::SealedToken) -> Result<(), Fault> {
        self.sleep(1).await;
        if self.copies_down.get() {
            return Err(Fault::new("kv", "gone"));
        }
        *self.copy.borrow_mut() = Some(token.clone());
        Ok(())
    }
}

impl Sealer for Stage {
    async fn seal(&self, plaintext: &[u8], context: &[u8]) -> Result<Vec<u8>, Fault> {
        let nonce = [self.random()?[0]; 12];
        let payload = Payload {
            msg: plaintext,
            aad: context,
        };
        let sealed = cipher().encrypt(&Nonce::from(nonce), payload);
        let sealed = sealed.map_err(|error| Fault::new("seal", error))?;
        Ok([nonce.to_vec(), sealed].concat())
    }

    async fn open(&self, sealed: &[u8], context: &[u8]) -> Result<Secret<Vec<u8>>, Fault> {
        let (nonce, msg) = sealed
            .split_first_chunk::<12>()
            .ok_or(Fault::new("open", "short"))?;
        let opened = cipher().decrypt(&Nonce::from(*nonce), Payload { msg, aad: context });
        opened
            .map(Secret::new)
            .map_err(|error| Fault::new("open", error))
    }
}

impl Credentials for Stage {
    type Signer = TestKey;

    async fn key(&self) -> Result<Key<TestKey>, Fault> {
        if self.key_missing.get() {
            return Err(Fault::new("caller_key", "missing"));
        }
        Ok(Key {
            signer: Rc::new(key()),
            public: key().jwks().keys[0].clone(),
        })
    }

    fn secret(&self) -> Option<Secret<String>> {
        Some(Secret::new(SECRET.to_owned()))
    }
}
