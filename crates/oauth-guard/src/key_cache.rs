//! The issuer's keys: in memory, then in the copy that isolates share, then at the issuer (RFC 7517, RFC 9068 §4).

use std::cell::{Cell, RefCell};

use oauth_core::jose::{Algorithm, Jwk, JwkSet};
use oauth_core::{Fault, UnixTime};

use crate::config::{Config, KeptKeys};
use crate::key_copy::{self, Confirmed};
use crate::peer::{Peer, Unanswered};
use crate::ports::{JwtPorts, KeyCopies, Timer};
use crate::shared_request::{Lookup, SharedRequests};
use crate::timeout::with_timeout;

/// So many seconds after the issuer confirmed the keys it is asked again.
const MAX_AGE: i64 = 300;
/// While the issuer cannot be reached, its keys serve until so many seconds after it confirmed them.
const KEPT: i64 = 24 * 3600;
/// A key that is not in the set may be new: it is looked for at most this often, so that a flood of
/// invented ids costs the issuer one request a minute.
const LOOK_AGAIN: i64 = 60;
/// After a failure the old keys serve this long before the issuer is asked again.
const AFTER_FAILURE: i64 = 10;
/// How many keys that are not in the set are remembered by their ids.
const MOST_ABSENT: usize = 32;
/// How long a request waits for the shared copy. There is always another way.
const COPY_MS: u32 = 500;

const WHAT: &str = "guard.jwks";

/// Whether there are keys to go on with.
type Asked = Result<(), Unanswered>;

/// The keys and when they were asked for.
#[derive(Debug)]
pub(crate) struct KeyCache {
    held: RefCell<Option<Confirmed>>,
    /// Until then they are used without asking the issuer.
    due: Cell<Option<UnixTime>>,
    /// The ids of keys that are not in the set: withdrawn ones, and those that were looked for.
    absent: RefCell<Vec<String>>,
    /// Counts the changes.
    era: Cell<u64>,
    /// When the issuer was last asked by us.
    asked: Cell<Option<UnixTime>>,
    /// How often it was. A second is too coarse to tell whether a look came before a token or after it.
    looks: Cell<u64>,
    /// Why that gave no answer, if it gave none.
    unanswered: RefCell<Option<Unanswered>>,
    requests: SharedRequests<(), Asked>,
    issuer: Peer,
}

impl Default for KeyCache {
    fn default() -> Self {
        Self {
            held: RefCell::default(),
            due: Cell::default(),
            absent: RefCell::default(),
            era: Cell::default(),
            asked: Cell::default(),
            looks: Cell::default(),
            unanswered: RefCell::default(),
            requests: SharedRequests::default(),
            issuer: Peer::new(WHAT),
        }
    }
}

impl KeyCache {
    /// Whether the keys can be used now without asking the issuer.
    pub(crate) fn are_fresh(&self, now: UnixTime) -> bool {
        self.due.get().is_some_and(|due| now < due)
    }

    /// Counts how often they changed: a key may have been withdrawn then, and with it what it signed.
    pub(crate) fn era(&self) -> u64 {
        self.era.get()
    }

    /// How often the issuer was asked: a look that is counted later may find what was published before.
    pub(crate) fn looks(&self) -> u64 {
        self.looks.get()
    }

    /// Asks for the keys if they are due. If the issuer cannot be reached, the old ones are used for as long as they
    /// are stored, and the failure is returned beside them; without any it is an error.
    pub(crate) async fn refresh(
        &self,
        ports: &impl JwtPorts,
        config: &Config,
        now: UnixTime,
    ) -> Result<Option<Fault>, Unanswered> {
        if self.are_fresh(now) {
            return Ok(None);
        }
        if !self.serve(now) {
            return self.first(ports, config, now).await.map(|()| None);
        }
        // One request asks; those that come meanwhile use the old keys.
        self.serve_on(now);
        let update = async || self.update(ports, config, now).await;
        let asked = self.requests.ask((), now, update).await;
        Ok(asked.err().map(|unanswered| unanswered.fault))
    }

    /// Waits for the first keys, or for those after a long silence.
    async fn first(&self, ports: &impl JwtPorts, config: &Config, now: UnixTime) -> Asked {
        let lookup = self.lookup(now);
        let update = async || match self.update(ports, config, now).await {
            Err(_) if self.serve(now) => Ok(()),
            asked => asked,
        };
        let asked = self.requests.once(ports, &lookup, now, update).await;
        asked.unwrap_or_else(|| Err(Fault::new(WHAT, "no answer to others in time").into()))
    }

    fn lookup(&self, now: UnixTime) -> Lookup<(), impl Fn() -> Option<Asked>> {
        Lookup {
            key: (),
            asked_after: now.plus(-AFTER_FAILURE),
            known: move || self.are_fresh(now).then_some(Ok(())),
        }
    }

    /// Looks once more for a key that is not in the set, unless that was done a moment ago. Then, and while the issuer
    /// cannot be reached, it is not known whether there is such a key: that is a fault, not a bad token. `looks` were made
    /// when the token came; one that began since would have found it.
    pub(crate) async fn look_again(
        &self,
        ports: &impl JwtPorts,
        config: &Config,
        (key_id, algorithm): (Option<&str>, Algorithm),
        (now, looks): (UnixTime, u64),
    ) -> Asked {
        let is_found = || self.find(key_id, algorithm).is_some();
        let lookup = Lookup {
            key: (),
            asked_after: now.plus(-AFTER_FAILURE),
            known: || is_found().then_some(Ok(())),
        };
        // The one that asks now may bring it.
        match self.requests.join(ports, &lookup).await {
            Some(Ok(())) if is_found() => return Ok(()),
            Some(Err(unanswered)) => return Err(unanswered),
            Some(Ok(())) | None => {}
        }
        let unanswered = self.unanswered.borrow().clone();
        let pause = match unanswered {
            Some(_) => AFTER_FAILURE,
            None => LOOK_AGAIN,
        };
        let asked = self.asked.get().unwrap_or(now.plus(-pause));
        let seconds = asked.plus(pause).since(now);
        if seconds > 0 {
            let may_be_new = self.looks() == looks && key_id.is_some_and(|id| self.may_be_new(id));
            return match unanswered {
                Some(unanswered) => Err(unanswered),
                None if may_be_new => Err(Unanswered {
                    fault: Fault::new(WHAT, "the key is not known yet"),
                    seconds,
                }),
                None => Ok(()),
            };
        }
        // A copy would not do: the key may be newer.
        let ask = async || self.ask_issuer(ports, config, now).await;
        self.requests.ask((), now, ask).await?;
        if let Some(key_id) = key_id.filter(|key_id| self.may_be_new(key_id)) {
            self.note_absent(key_id);
        }
        Ok(())
    }

    /// Whether a key of this id may have been published since the issuer was last asked: it is none that was withdrawn or
    /// looked for before.
    fn may_be_new(&self, key_id: &str) -> bool {
        let held = self.held.borrow();
        held.as_ref().is_none_or(|held| held.keys.may_gain(key_id))
            && !self.absent.borrow().iter().any(|id| id == key_id)
    }

    fn note_absent(&self, key_id: &str) {
        let mut absent = self.absent.borrow_mut();
        if absent.len() >= MOST_ABSENT {
            absent.remove(0);
        }
        absent.push(key_id.to_owned());
    }

    /// The key for a token.
    pub(crate) fn find(&self, key_id: Option<&str>, algorithm: Algorithm) -> Option<Jwk> {
        let held = self.held.borrow();
        held.as_ref()?.keys.find(key_id, algorithm).cloned()
    }

    /// Whether there are keys that are not too old.
    fn serve(&self, now: UnixTime) -> bool {
        let held = self.held.borrow();
        held.as_ref().is_some_and(|held| now.since(held.at) < KEPT)
    }

    /// Takes the copy if it is fresh, else asks the issuer, and takes an older copy if that fails.
    async fn update(&self, ports: &impl JwtPorts, config: &Config, now: UnixTime) -> Asked {
        let copy = match config.keys {
            KeptKeys::InMemory => None,
            KeptKeys::WithCopy => read_copy(ports, &config.issuer, now).await,
        };
        match copy {
            Some(copy) if now.since(copy.at) < MAX_AGE => {
                self.adopt(copy, now);
                Ok(())
            }
            Some(_) | None => {
                let asked = self.ask_issuer(ports, config, now).await;
                if let (Err(_), Some(copy)) = (&asked, copy) {
                    self.adopt(copy, now);
                }
                asked
            }
        }
    }

    async fn ask_issuer(&self, ports: &impl JwtPorts, config: &Config, now: UnixTime) -> Asked {
        self.asked.set(Some(now));
        self.looks.set(self.looks.get().wrapping_add(1));
        // What a frozen request would leave behind.
        *self.unanswered.borrow_mut() =
            Some(Fault::new(WHAT, "the last look had no answer").into());
        let answer = self.issuer.ask(ports, ports.fetch_jwks(), now).await;
        let confirmed = match answer.and_then(|json| read(&json, now)) {
            Ok(confirmed) => confirmed,
            Err(unanswered) => {
                *self.unanswered.borrow_mut() = Some(unanswered.clone());
                return Err(unanswered);
            }
        };
        *self.unanswered.borrow_mut() = None;
        let copy = key_copy::write(&config.issuer, &confirmed);
        self.adopt(confirmed, now);
        if let (KeptKeys::WithCopy, Some(copy)) = (config.keys, copy) {
            with_timeout(ports, COPY_MS, ports.write_keys(&copy)).await;
        }
        Ok(())
    }

    /// Takes keys, unless there are newer ones or these are too old.
    fn adopt(&self, new: Confirmed, now: UnixTime) {
        {
            let mut held = self.held.borrow_mut();
            let is_older = held.as_ref().is_some_and(|held| new.at < held.at);
            if is_older || now.since(new.at) >= KEPT {
                return;
            }
            if held.as_ref().is_none_or(|held| held.keys != new.keys) {
                self.era.set(self.era.get() + 1);
            }
            let is_gone = |id: &&String| {
                new.keys
                    .keys
                    .iter()
                    .all(|key| key.key_id.as_ref() != Some(*id))
            };
            let former = held.iter().flat_map(|held| &held.keys.keys);
            for id in former.filter_map(|key| key.key_id.as_ref()).filter(is_gone) {
                self.note_absent(id);
            }
            *held = Some(new);
        }
        self.serve_on(now);
    }

    /// Lets the keys serve: for as long as they are fresh, and after that for a while at a time, until they are too old.
    fn serve_on(&self, now: UnixTime) {
        if let Some(held) = &*self.held.borrow() {
            let fresh_until = held.at.plus(MAX_AGE);
            let due = if now < fresh_until {
                fresh_until
            } else {
                now.plus(AFTER_FAILURE).min(held.at.plus(KEPT))
            };
            self.due.set(Some(due));
        }
    }
}

async fn read_copy(
    ports: &(impl KeyCopies + Timer),
    issuer: &str,
    now: UnixTime,
) -> Option<Confirmed> {
    let record = with_timeout(ports, COPY_MS, ports.read_keys()).await??;
    key_copy::read(&record, issuer, now)
}

fn read(json: &[u8], now: UnixTime) -> Result<Confirmed, Unanswered> {
    let keys = JwkSet::parse(json).map_err(|error| Fault::new(WHAT, error))?;
    if keys.keys.is_empty() {
        return Err(Fault::new(WHAT, "the key set is empty").into());
    }
    Ok(Confirmed { keys, at: now })
}
