//! The metadata documents of clients whose `client_id` is their URL: in the isolate for half a minute, with a copy in KV.
//! And the keys that a client has at a URL, in the same way.
//!
//! A document is fetched for a browser alone. Until a user has let its client in, its copy expires after an hour; after
//! that it lasts as long as what the user has granted.

use std::{pin::Pin, rc::Rc};

use edge::guarded::{self, Document, Guard, NotFetched};
use from_json::FromJson;
use oauth_core::{Fault, UnixTime, client_document::StoredDocument, id::ClientId, jose::JwkSet};
use oauth_server::client_document::{FAULT, KEYS_FAULT};
use serde::Serialize;
use worker::Env;

use super::{copies::Copies, log};

/// How long an isolate trusts its copy, in seconds.
const REMEMBERED: i64 = 30;
/// How long a copy is stored whose client nobody has let in yet, in seconds.
const UNUSED: u64 = 3_600;
/// How often the keys at a URL are asked for again because of a key id that is not among them: once in so many seconds.
const ASKED_AGAIN: i64 = 60;
/// For how long keys count whose URL does not answer, in seconds; and for how long they are stored, once their client is used.
const KEYS_OUTAGE: i64 = 7 * 86_400;

thread_local! {
    static DOCUMENTS: Copies<ClientId, StoredDocument> = Copies::lasting(REMEMBERED);
    static KEYS: Copies<String, StoredKeys> = Copies::lasting(REMEMBERED);
    /// The URLs of keys that were asked a moment ago, and whether they answered.
    static ASKED: Copies<String, bool> = Copies::lasting(ASKED_AGAIN);
}

/// Work that the answer need not wait for.
pub(crate) type Later = Pin<Box<dyn Future<Output = ()>>>;

/// The stored document of a client.
pub(crate) async fn find(
    env: &Env,
    client_id: &ClientId,
    now: UnixTime,
) -> Option<Rc<StoredDocument>> {
    if let Some(stored) = DOCUMENTS.with(|documents| documents.find(client_id, now)) {
        return Some(stored);
    }
    let record = read(env, "kv.read_document", &key(client_id)).await?;
    let stored = Rc::new(StoredDocument::from_record(client_id, &record)?);
    remember(&stored, now);
    Some(stored)
}

/// Keeps a document in this isolate.
pub(crate) fn remember(stored: &Rc<StoredDocument>, now: UnixTime) {
    let id = stored.client.client_id.clone();
    DOCUMENTS.with(|documents| documents.keep(id, Rc::clone(stored), now));
}

/// Stores a document; `lasting` is for how long, in seconds, once its client is used.
pub(crate) fn store(env: &Env, stored: &StoredDocument, lasting: i64) -> Option<Later> {
    let ttl = if stored.is_used {
        u64::try_from(lasting).unwrap_or(UNUSED).max(UNUSED)
    } else {
        UNUSED
    };
    let record = serde_json::to_string(stored).ok()?;
    write(env, &key(&stored.client.client_id), &record, ttl)
}

/// The storing of a document whose client a user has let in, if it was not stored so before.
pub(crate) async fn used(
    env: &Env,
    client_id: &ClientId,
    lasting: i64,
    now: UnixTime,
) -> Option<Later> {
    let stored = find(env, client_id, now).await?;
    if stored.is_used {
        return None;
    }
    let used = Rc::new(StoredDocument {
        is_used: true,
        ..StoredDocument::clone(&stored)
    });
    remember(&used, now);
    if let Some(url) = &used.client.jwks_uri
        && let Some(keys) = known_keys(env, url, now).await
        && let Some(storing) = store_keys(env, url, &keys, true)
    {
        storing.await;
    }
    store(env, &used, lasting)
}

fn key(client_id: &ClientId) -> String {
    ["document:", client_id.as_str()].concat()
}

/// Fetches a document.
pub(crate) async fn fetch(
    guard: Guard<'_>,
    url: &str,
    asker: &str,
) -> Result<Rc<Document>, NotFetched> {
    guarded::fetch(FAULT, guard, url, asker).await
}

/// The keys at a URL.
#[derive(Clone, Debug, Serialize, FromJson)]
#[serde(deny_unknown_fields)]
struct StoredKeys {
    keys: JwkSet,
    fetched_at: UnixTime,
    fresh_until: UnixTime,
}

impl StoredKeys {
    fn has(&self, key_id: Option<&str>) -> bool {
        let mut keys = self.keys.keys.iter();
        key_id.is_none_or(|id| keys.any(|key| key.key_id.as_deref() == Some(id)))
    }
}

/// The keys that are wanted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted<'a> {
    /// Where they are.
    pub(crate) url: &'a str,
    /// The key that must be among them.
    pub(crate) key_id: Option<&'a str>,
    /// Who makes this server fetch them.
    pub(crate) asker: &'a str,
    /// Whether their client is used: else they are stored as its document is.
    pub(crate) is_used: bool,
}

/// The keys at a URL, and the storing of new ones. They are fetched if they are not known, old, or lack the key that must be
/// among them; a key id that somebody made up costs one fetch a minute.
pub(crate) async fn keys(
    env: &Env,
    guard: Guard<'_>,
    wanted: Wanted<'_>,
    now: UnixTime,
) -> Result<(Rc<JwkSet>, Option<Later>), Fault> {
    let Wanted { url, key_id, .. } = wanted;
    let known = known_keys(env, url, now).await;
    let earlier = ASKED.with(|asked| asked.find(url, now));
    if let Some(decided) = at_hand(known.as_deref(), key_id, earlier.as_deref(), now) {
        return decided.map(|keys| (keys, None));
    }
    match (fetch_keys(guard, url, wanted.asker, now).await, known) {
        (Ok(stored), known) => {
            // The first fetch does not count: keys may be made at any moment after it.
            if known.is_some() {
                mark_asked(url, true, now);
            }
            let storing = store_keys(env, url, &stored, wanted.is_used);
            let keys = Rc::new(stored.keys.clone());
            KEYS.with(|all| all.keep(url.to_owned(), Rc::new(stored), now));
            Ok((keys, storing))
        }
        (Err(why), known) => {
            let fault = match why {
                NotFetched::Refused(fault) => {
                    mark_asked(url, false, now);
                    fault
                }
                // The URL was not asked: whoever comes next may.
                NotFetched::Busy => Fault::new(KEYS_FAULT, "too many fetches"),
            };
            // A key that is not among them may be there: only its host knows.
            let usable = |known: &Rc<StoredKeys>| {
                known.has(key_id) && now < known.fetched_at.plus(KEYS_OUTAGE)
            };
            let known = known.filter(usable).ok_or_else(|| fault.clone())?;
            log::say("client_keys_not_renewed", url, &fault);
            Ok((Rc::new(known.keys.clone()), None))
        }
    }
}

/// What can be said without asking the URL. Who has been asked a moment ago `has_answered`, or not.
fn at_hand(
    known: Option<&StoredKeys>,
    key_id: Option<&str>,
    has_answered: Option<&bool>,
    now: UnixTime,
) -> Option<Result<Rc<JwkSet>, Fault>> {
    let keys = |known: &StoredKeys| Some(Ok(Rc::new(known.keys.clone())));
    match (known, has_answered) {
        (Some(known), _)
            if known.has(key_id) && (now < known.fresh_until || has_answered.is_some()) =>
        {
            keys(known)
        }
        (Some(known), Some(true)) => keys(known),
        (_, Some(_)) => Some(Err(Fault::new(KEYS_FAULT, "not fetched a moment ago"))),
        (_, None) => None,
    }
}

fn mark_asked(url: &str, has_answered: bool, now: UnixTime) {
    ASKED.with(|asked| asked.keep(url.to_owned(), Rc::new(has_answered), now));
}

async fn fetch_keys(
    guard: Guard<'_>,
    url: &str,
    asker: &str,
    now: UnixTime,
) -> Result<StoredKeys, NotFetched> {
    let document = guarded::fetch(KEYS_FAULT, guard, url, asker).await?;
    let keys = JwkSet::parse(&document.body)
        .map_err(|error| NotFetched::Refused(Fault::new(KEYS_FAULT, error)))?;
    Ok(StoredKeys {
        keys,
        fetched_at: now,
        fresh_until: now.plus(document.fresh_for),
    })
}

async fn known_keys(env: &Env, url: &str, now: UnixTime) -> Option<Rc<StoredKeys>> {
    if let Some(keys) = KEYS.with(|keys| keys.find(url, now)) {
        return Some(keys);
    }
    let record = read(env, "kv.read_client_keys", &keys_key(url)?).await?;
    let stored: Rc<StoredKeys> = Rc::new(from_json::from_str(&record).ok()?);
    KEYS.with(|keys| keys.keep(url.to_owned(), Rc::clone(&stored), now));
    Some(stored)
}

fn store_keys(env: &Env, url: &str, stored: &StoredKeys, is_used: bool) -> Option<Later> {
    let record = serde_json::to_string(stored).ok()?;
    let ttl = if is_used {
        KEYS_OUTAGE.unsigned_abs()
    } else {
        UNUSED
    };
    write(env, &keys_key(url)?, &record, ttl)
}

/// A key of KV has 512 bytes at most: the keys at a longer URL have no copy there.
fn keys_key(url: &str) -> Option<String> {
    (url.len() <= 480).then(|| ["client_keys:", url].concat())
}

async fn read(env: &Env, what: &'static str, key: &str) -> Option<String> {
    let store = env.kv("KV").ok()?;
    let reading = async {
        let read = store.get(key).text().await;
        read.map_err(|error| Fault::new(what, error))
    };
    let read = edge::with_timeout(what, edge::deadline::STORE, reading).await;
    read.ok().flatten()
}

fn write(env: &Env, key: &str, record: &str, ttl: u64) -> Option<Later> {
    let put = env.kv("KV").ok()?.put(key, record).ok()?;
    Some(Box::pin(async move {
        // If the copy is lost, the only cost is another fetch.
        let _stored = put.expiration_ttl(ttl).execute().await;
    }))
}
