//! The scope descriptions of resource servers: in the isolate for a minute, with a copy in KV, fetched from the resource
//! where the copy is old or lacks a scope (RFC 9728 §3).
//!
//! Any failure is harmless: the scope is then shown by its name.

use std::{cell::RefCell, pin::Pin, rc::Rc, time::Duration};

use edge::{Outbound, Peer};
use oauth_core::{Fault, UnixTime, protected_resource::metadata_url, scope::Scope};
use oauth_server::resource_scopes::{Fetch, Fetched, LARGEST, ResourceScopes, when_to_fetch};
use worker::Env;

use super::log;

const FAULT: &str = "resource.scopes";
/// Seconds for which an isolate uses what it has read from KV.
const REMEMBERED: i64 = 60;
/// The time that KV and a resource each have to answer.
const DEADLINE: Duration = Duration::from_secs(2);
/// Seconds that other requests wait for the one that fetches: if it is cut off, it never reports that it is done.
const LONGEST_WAIT: i64 = 3;
/// The interval at which a waiting request looks for the outcome.
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// An isolate's copy of one resource's descriptions.
#[derive(Clone, Default)]
struct Known {
    fetched: Option<Fetched>,
    /// When KV was read.
    read_at: Option<UnixTime>,
    /// When the last request to the resource ended, whatever its outcome.
    asked_at: Option<UnixTime>,
    /// Until when a request may be fetching.
    fetching_until: Option<UnixTime>,
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
/// service binding of the resource's worker, if it has one.
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
    let later: Option<Later> =
        match when_to_fetch(seen.fetched.as_ref(), seen.asked_at, wanted, now) {
            Fetch::No => None,
            Fetch::InBackground if seen.fetching_until > Some(now) => None,
            Fetch::InBackground => Some(Box::pin(source().fetch_and_store())),
            Fetch::First => source()
                .fetch_once()
                .await
                .map(|storing| Box::pin(storing) as Later),
        };
    let fetched = known(resource).fetched;
    (
        fetched.map(|fetched| fetched.scopes).unwrap_or_default(),
        later,
    )
}

/// Reads the copy in KV, and uses it if it is newer than what is known.
async fn read_copy(env: &Env, resource: &str, now: UnixTime) {
    let copy = copy(env, resource).await;
    let copy = copy.and_then(|copy| Fetched::from_copy(&copy, resource));
    change(resource, |known| {
        known.read_at = Some(now);
        let at = |fetched: &Option<Fetched>| fetched.as_ref().map(|fetched| fetched.at);
        if at(&copy) > at(&known.fetched) {
            known.fetched = copy;
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

/// A resource to fetch from; it may outlive the request.
struct Source {
    env: Env,
    resource: String,
    binding: Option<&'static str>,
}

impl Source {
    async fn fetch_and_store(self) {
        if let Some(storing) = self.fetch_once().await {
            storing.await;
        }
    }

    /// Fetches the metadata, unless another request already does: then polls until that is done, because a request
    /// cannot await the future of another one. Returns the storing of a new document.
    async fn fetch_once(self) -> Option<impl Future<Output = ()> + 'static> {
        let is_fetching = || known(&self.resource).fetching_until > Some(edge::now());
        if is_fetching() {
            while is_fetching() {
                edge::sleep(POLL_INTERVAL).await;
            }
            return None;
        }
        change(&self.resource, |known| {
            known.fetching_until = Some(edge::now().plus(LONGEST_WAIT));
        });
        let outcome = self.fetch().await;
        let now = edge::now();
        let outcome = outcome.and_then(|document| {
            let fetched = Fetched::now(document.as_bytes(), &self.resource, now);
            fetched
                .map(|fetched| (fetched, document))
                .map_err(|error| Fault::new(FAULT, error))
        });
        change(&self.resource, |known| {
            (known.asked_at, known.fetching_until) = (Some(now), None);
            if let Ok((fetched, _)) = &outcome {
                known.fetched = Some(fetched.clone());
            }
        });
        match outcome {
            Ok((_, document)) => Some(self.store(document, now)),
            Err(fault) => {
                log::say("scopes_unknown", &self.resource, &fault);
                None
            }
        }
    }

    async fn fetch(&self) -> Result<String, Fault> {
        let url = metadata_url(&self.resource)
            .ok_or_else(|| Fault::new(FAULT, "the resource's identifier is not a URL"))?;
        let peer = match self.binding {
            Some(binding) => Peer::of(&self.env, binding),
            None => Peer::Network,
        };
        let outbound = Outbound {
            deadline: DEADLINE,
            limit: LARGEST,
            headers: &[("accept", "application/json")],
            ..Outbound::get(FAULT, &url)
        };
        let answer = peer.fetch(&outbound).await?;
        if answer.status != 200 {
            return Err(Fault::new(FAULT, format_args!("status {}", answer.status)));
        }
        String::from_utf8(answer.body).map_err(|_| Fault::new(FAULT, "the metadata is not UTF-8"))
    }

    /// Stores a copy for other isolates. If it is lost, the only cost is another request to the resource.
    async fn store(self, document: String, now: UnixTime) {
        let put = self.env.kv("KV").ok().and_then(|store| {
            let copy = Fetched::copy(&document, now);
            store.put(&key(&self.resource), copy).ok()
        });
        if let Some(put) = put {
            let _stored = put.execute().await;
        }
    }
}
