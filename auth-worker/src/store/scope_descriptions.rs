//! The scope descriptions of resource servers: in the isolate for a minute, with a copy in KV, fetched from the resource
//! itself where the copy is old or lacks a scope (RFC 9728 §3).
//!
//! All of it may fail without consequence: a scope is then shown by its name.

use std::{cell::RefCell, pin::Pin, rc::Rc, time::Duration};

use edge::{Outbound, Peer};
use oauth_core::{Fault, UnixTime, protected_resource::metadata_url, scope::Scope};
use oauth_server::scope_descriptions::{Ask, Heard, LARGEST, ResourceScopes, whom_to_ask};
use worker::Env;

use super::log;

const WHAT: &str = "resource.scopes";
/// How long an isolate trusts what it has read of KV, in seconds.
const REMEMBERED: i64 = 60;
/// How long KV and a resource may each take to answer.
const DEADLINE: Duration = Duration::from_secs(2);
/// How long others wait for one who asks, in seconds: a request that is cut off never says that it is done.
const PATIENCE: i64 = 3;
/// How often those who wait look whether the answer is there.
const LOOK: Duration = Duration::from_millis(20);

/// An isolate's copy of one resource's descriptions.
#[derive(Clone, Default)]
struct Known {
    heard: Option<Heard>,
    /// When KV was read.
    read_at: Option<UnixTime>,
    /// When the resource was asked, and answered or did not.
    asked_at: Option<UnixTime>,
    /// Until when someone may be asking.
    asking_until: Option<UnixTime>,
}

thread_local! {
    static KNOWN: RefCell<Vec<(String, Known)>> = const { RefCell::new(Vec::new()) };
}

fn known(resource: &str) -> Known {
    KNOWN.with_borrow(|all| {
        let mut all = all.iter();
        let found = all.find_map(|(name, known)| (name == resource).then_some(known));
        found.cloned().unwrap_or_default()
    })
}

fn change(resource: &str, change: impl FnOnce(&mut Known)) {
    KNOWN.with_borrow_mut(|all| {
        if let Some((_, known)) = all.iter_mut().find(|(name, _)| name == resource) {
            return change(known);
        }
        let mut new = Known::default();
        change(&mut new);
        all.push((resource.to_owned(), new));
    });
}

/// The work after the answer: fetching for later requests, or writing a copy.
pub(crate) type Later = Pin<Box<dyn Future<Output = ()>>>;

/// The scope descriptions of `resource`, as far as they are known in time, and the work that is left. `binding` is the
/// worker that the resource may be bound as.
pub(crate) async fn find(
    env: &Env,
    (resource, binding): (&str, Option<&'static str>),
    wanted: &Scope,
    now: UnixTime,
) -> (Rc<ResourceScopes>, Option<Later>) {
    let is_remembered = |at| now.since(at) < REMEMBERED;
    if !known(resource).read_at.is_some_and(is_remembered) {
        read_copy(env, resource, now).await;
    }
    let seen = known(resource);
    let source = || Source {
        env: env.clone(),
        resource: resource.to_owned(),
        binding,
    };
    let later: Option<Later> = match whom_to_ask(seen.heard.as_ref(), seen.asked_at, wanted, now) {
        Ask::Nobody => None,
        Ask::Behind if seen.asking_until > Some(now) => None,
        Ask::Behind => Some(Box::pin(source().ask_and_keep())),
        Ask::First => source()
            .ask()
            .await
            .map(|keeping| Box::pin(keeping) as Later),
    };
    let heard = known(resource).heard;
    (heard.map(|heard| heard.scopes).unwrap_or_default(), later)
}

/// Takes what KV has, if it is newer than what is known.
async fn read_copy(env: &Env, resource: &str, now: UnixTime) {
    let copy = copy(env, resource).await;
    let copy = copy.and_then(|copy| Heard::from_copy(&copy, resource));
    change(resource, |known| {
        known.read_at = Some(now);
        let at = |heard: &Option<Heard>| heard.as_ref().map(|heard| heard.at);
        if at(&copy) > at(&known.heard) {
            known.heard = copy;
        }
    });
}

async fn copy(env: &Env, resource: &str) -> Option<String> {
    let store = env.kv("KV").ok()?;
    let key = key(resource);
    let reading = async {
        let read = store.get(&key).text().await;
        read.map_err(|error| Fault::new("kv.read_scopes", error))
    };
    let read = edge::with_timeout("kv.read_scopes", DEADLINE, reading).await;
    read.ok().flatten()
}

fn key(resource: &str) -> String {
    ["scopes:", resource].concat()
}

/// The way to a resource, which may outlive the request that asks.
struct Source {
    env: Env,
    resource: String,
    binding: Option<&'static str>,
}

impl Source {
    async fn ask_and_keep(self) {
        if let Some(keeping) = self.ask().await {
            keeping.await;
        }
    }

    /// Asks the resource, unless another request does: then waits until that is done. A request cannot wait for
    /// what another one awaits, so it looks. What is new is to be kept.
    async fn ask(self) -> Option<impl Future<Output = ()> + 'static> {
        let is_asking = || known(&self.resource).asking_until > Some(edge::now());
        if is_asking() {
            while is_asking() {
                edge::sleep(LOOK).await;
            }
            return None;
        }
        change(&self.resource, |known| {
            known.asking_until = Some(edge::now().plus(PATIENCE));
        });
        let outcome = self.fetch().await;
        let now = edge::now();
        let outcome = outcome.and_then(|document| {
            let heard = Heard::now(document.as_bytes(), &self.resource, now);
            heard
                .map(|heard| (heard, document))
                .map_err(|why| Fault::new(WHAT, why))
        });
        change(&self.resource, |known| {
            (known.asked_at, known.asking_until) = (Some(now), None);
            if let Ok((heard, _)) = &outcome {
                known.heard = Some(heard.clone());
            }
        });
        match outcome {
            Ok((_, document)) => Some(self.keep(document, now)),
            Err(fault) => {
                log::say("scopes_unknown", &self.resource, &fault);
                None
            }
        }
    }

    async fn fetch(&self) -> Result<String, Fault> {
        let url = metadata_url(&self.resource)
            .ok_or_else(|| Fault::new(WHAT, "the resource's identifier is no URL"))?;
        let peer = match self.binding {
            Some(binding) => Peer::of(&self.env, binding),
            None => Peer::Network,
        };
        let outbound = Outbound {
            deadline: DEADLINE,
            limit: LARGEST,
            headers: &[("accept", "application/json")],
            ..Outbound::get(WHAT, &url)
        };
        let answer = peer.fetch(&outbound).await?;
        if answer.status != 200 {
            return Err(Fault::new(WHAT, format_args!("status {}", answer.status)));
        }
        String::from_utf8(answer.body).map_err(|_| Fault::new(WHAT, "it is not UTF-8"))
    }

    /// Keeps a copy for other isolates. One that is lost costs a request to the resource, nothing else.
    async fn keep(self, document: String, now: UnixTime) {
        let put = self.env.kv("KV").ok().and_then(|store| {
            let copy = Heard::copy(&document, now);
            store.put(&key(&self.resource), copy).ok()
        });
        if let Some(put) = put {
            let _kept = put.execute().await;
        }
    }
}
