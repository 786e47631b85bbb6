//! The authorization server's ports, in memory, each of which can be broken.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use oauth_core::{
    Fault, Secret, UnixTime,
    client::Client,
    id::{ClientId, GrantId, UserId},
    jose::{Jwk, JwkSet},
    keyring::Keyring,
    lifecycle::{
        object::{self, Hosted, MemoryStore},
        rows::Memory,
        signing_keys::KeyEntry,
    },
    password::Normalizer,
    places::Places,
    scope::Scope,
    settings::Settings,
};
use oauth_server::{
    Turns,
    access_record::AccessRecord,
    audit::AuditEvent,
    ports::{
        AccessTokens, Audit, AuditFilter, AuditLog, AuditRow, Consents, Objects, Place, Random,
        RememberedConsent, ScopeDescriptions, Seal, Tombstones, User, Users,
    },
    resource_scopes::ResourceScopes,
};

use unicode_normalization::UnicodeNormalization as _;

use crate::{
    any_key::AnyKey,
    consents::ConsentTable,
    crypto::{P256Key, Rs256Key},
    documents::Documents,
    endings::EndingTable,
    registrations::Managements,
    seal,
};

pub use crate::{
    part::{Asked, Part},
    rates::Rates,
};

/// An action that runs once, right before the n-th call to a part.
pub type Meanwhile = (Part, usize, Box<dyn FnOnce(&World)>);

/// The whole world outside the endpoints.
pub struct World {
    /// The registered clients.
    pub clients: RefCell<BTreeMap<ClientId, Rc<Client>>>,
    /// The users, by username, with their password's hash.
    pub users: RefCell<BTreeMap<String, (User, String)>>,
    /// The users who are disabled.
    pub disabled_users: RefCell<BTreeSet<UserId>>,
    /// The clients that are disabled.
    pub disabled_clients: RefCell<BTreeSet<ClientId>>,
    /// What manages the clients that registered themselves.
    pub managements: Managements,
    /// What changes of registrations have ended, by user or client.
    pub endings: EndingTable,
    /// The grants' records.
    pub grants: RefCell<BTreeMap<GrantId, String>>,
    /// Whether objects die right after they have committed, so that only their alarms are left.
    pub dies_after_commit: Cell<bool>,
    /// The times for which the grants' alarms are set.
    pub grant_alarms: RefCell<BTreeMap<GrantId, UnixTime>>,
    /// The descriptions of opaque access tokens that have arrived.
    pub access_records: RefCell<BTreeMap<String, AccessRecord>>,
    /// The scope descriptions of the resources.
    pub described: RefCell<BTreeMap<String, Rc<ResourceScopes>>>,
    /// Whether the public keys that are at hand were read before there were any.
    pub keys_are_old: Cell<bool>,
    /// The signing keys as an administrator sees them.
    pub key_entries: RefCell<Vec<KeyEntry>>,
    /// The documents of clients.
    pub documents: Documents,
    /// The tombstones.
    pub tombstones: RefCell<BTreeMap<String, UnixTime>>,
    /// The rates of requests.
    pub rates: Rates,
    /// The places for checks of passwords.
    pub password_places: Places,
    /// The settings.
    pub settings: Settings,
    /// The derived keys.
    pub keyring: Keyring,
    /// The words of the audit events.
    pub audit: RefCell<Vec<&'static str>>,
    /// The audit events.
    pub audit_events: RefCell<Vec<AuditEvent>>,
    /// The calls to it, in order.
    pub asked: RefCell<Vec<Asked>>,
    /// The parts that are down.
    pub broken: RefCell<BTreeSet<Part>>,
    /// An interleaved action.
    pub meanwhile: RefCell<Option<Meanwhile>>,
    /// The server's clock.
    pub now: Cell<UnixTime>,
    consents: ConsentTable,
    /// The times for which the users' alarms are set.
    pub person_alarms: RefCell<BTreeMap<UserId, UnixTime>>,
    /// The rows of each user's object.
    pub people: RefCell<BTreeMap<UserId, Memory>>,
    /// Whose turn it is to announce, in each user's object.
    pub(crate) person_turns: RefCell<BTreeMap<UserId, Turns>>,
    /// The store of each hosted object, by its binding and its name.
    objects: RefCell<BTreeMap<(&'static str, String), MemoryStore>>,
    counter: Cell<u64>,
    pub(crate) access_token_key: Rc<AnyKey>,
    pub(crate) id_token_key: Rc<AnyKey>,
    pub(crate) keys: Rc<JwkSet>,
}

fn public_keys(keys: [Jwk; 2]) -> JwkSet {
    let keys = keys.into_iter().map(|mut key| {
        key.key_id.get_or_insert(key.thumbprint());
        key
    });
    JwkSet {
        keys: keys.collect(),
    }
}

impl World {
    /// A world with keys, and without users.
    pub fn new(settings: Settings, keyring: Keyring) -> Self {
        let (ec, rsa) = (P256Key::from_seed(1), Rs256Key::of_rfc_7515());
        Self {
            keys: Rc::new(public_keys([ec.public(), rsa.public()])),
            access_token_key: Rc::new(AnyKey::P256(ec)),
            id_token_key: Rc::new(AnyKey::Rsa(Box::new(rsa))),
            clients: RefCell::default(),
            users: RefCell::default(),
            disabled_users: RefCell::default(),
            disabled_clients: RefCell::default(),
            managements: RefCell::default(),
            endings: EndingTable::default(),
            grants: RefCell::default(),
            dies_after_commit: Cell::default(),
            grant_alarms: RefCell::default(),
            access_records: RefCell::default(),
            described: RefCell::default(),
            keys_are_old: Cell::default(),
            key_entries: RefCell::default(),
            documents: Documents::default(),
            tombstones: RefCell::default(),
            rates: Rates::default(),
            password_places: Places::new(2, 1),
            settings,
            keyring,
            audit: RefCell::default(),
            audit_events: RefCell::default(),
            asked: RefCell::default(),
            broken: RefCell::default(),
            meanwhile: RefCell::default(),
            person_turns: RefCell::default(),
            now: Cell::new(UnixTime(1_800_000_000)),
            consents: ConsentTable::default(),
            people: RefCell::default(),
            person_alarms: RefCell::default(),
            objects: RefCell::default(),
            counter: Cell::new(1),
        }
    }

    /// Takes down that `part` was asked, which answers unless it is broken.
    pub(crate) fn up(&self, part: Part) -> Result<(), Fault> {
        self.took_down(Asked::Part(part));
        self.let_others_in(part);
        if self.broken.borrow().contains(&part) {
            return Err(Fault::new("testkit.broken", format!("{part:?} is down")));
        }
        Ok(())
    }

    /// Lets another request in, if it is its turn.
    fn let_others_in(&self, part: Part) {
        let mut meanwhile = self.meanwhile.borrow_mut();
        let Some((awaited, times, act)) = meanwhile.take() else {
            return;
        };
        if awaited != part {
            *meanwhile = Some((awaited, times, act));
        } else if times > 1 {
            *meanwhile = Some((awaited, times - 1, act));
        } else {
            drop(meanwhile);
            act(self);
        }
    }

    pub(crate) fn took_down(&self, asked: Asked) {
        self.asked.borrow_mut().push(asked);
    }
}

impl Users for World {
    async fn user_by_name(&self, username: &str) -> Result<Option<(User, Secret<String>)>, Fault> {
        self.up(Part::Users)?;
        let disabled = self.disabled_users.borrow();
        let found = self.users.borrow().get(username).cloned();
        let found = found.filter(|(user, _)| !disabled.contains(&user.user_id));
        Ok(found.map(|(user, hash)| (user, Secret::new(hash))))
    }

    async fn user(&self, user_id: &UserId) -> Result<Option<User>, Fault> {
        self.up(Part::Users)?;
        let users = self.users.borrow();
        Ok(users
            .values()
            .filter(|_| !self.disabled_users.borrow().contains(user_id))
            .find(|(user, _)| user.user_id == *user_id)
            .map(|(user, _)| user.clone()))
    }
}

impl Consents for World {
    async fn consented(
        &self,
        user_id: &UserId,
        client_id: &ClientId,
        resource: &str,
    ) -> Result<Option<Scope>, Fault> {
        self.up(Part::Consents)?;
        Ok(self.consents.find(user_id, client_id, resource))
    }

    async fn remember(
        &self,
        user_id: &UserId,
        consent: &RememberedConsent,
        event: AuditEvent,
    ) -> Result<(), Fault> {
        self.up(Part::Consents)?;
        self.consents.remember(user_id, consent);
        self.record_event(event);
        Ok(())
    }

    async fn consents_between(
        &self,
        user_id: &UserId,
        after: Option<&ClientId>,
        last: Option<&ClientId>,
    ) -> Result<Vec<RememberedConsent>, Fault> {
        self.up(Part::Consents)?;
        Ok(self.consents.between(user_id, after, last))
    }

    async fn withdraw(
        &self,
        user_id: &UserId,
        client_id: Option<&ClientId>,
        given_until: Option<UnixTime>,
    ) -> Result<(), Fault> {
        self.up(Part::Consents)?;
        self.consents.withdraw(user_id, client_id, given_until);
        Ok(())
    }
}

impl ScopeDescriptions for World {
    async fn scopes_of(&self, resource: &str, _: &Scope) -> Rc<ResourceScopes> {
        let described = self.described.borrow();
        described.get(resource).cloned().unwrap_or_default()
    }
}

impl AccessTokens for World {
    async fn keep_access_token(&self, name: String, record: AccessRecord) {
        if self.up(Part::Cache).is_ok() {
            self.access_records.borrow_mut().insert(name, record);
        }
    }

    async fn find_access_token(&self, name: &str) -> Result<Option<AccessRecord>, Fault> {
        self.took_down(Asked::CacheRead);
        self.up(Part::Cache)?;
        Ok(self.access_records.borrow().get(name).cloned())
    }
}

impl Tombstones for World {
    async fn record_revocation(
        &self,
        name: &str,
        before: UnixTime,
        _: UnixTime,
    ) -> Result<(), Fault> {
        self.up(Part::Cache)?;
        self.tombstones.borrow_mut().insert(name.to_owned(), before);
        Ok(())
    }
}

impl Seal for World {
    async fn seal(
        &self,
        key: &Secret<[u8; 32]>,
        plaintext: &[u8],
        about: &[u8],
    ) -> Result<Vec<u8>, Fault> {
        seal::seal(key.expose(), self.random()?, plaintext, about)
    }

    async fn open(
        &self,
        key: &Secret<[u8; 32]>,
        sealed: &[u8],
        about: &[u8],
    ) -> Result<Secret<Vec<u8>>, Fault> {
        seal::open(key.expose(), sealed, about).map(Secret::new)
    }
}

impl Objects for World {
    async fn object<K: Hosted>(&self, name: &str, command: K::Command) -> Result<K::Reply, Fault> {
        self.up(Part::Object(K::BINDING))?;
        let mut objects = self.objects.borrow_mut();
        let store = objects.entry((K::BINDING, name.to_owned())).or_default();
        object::run::<K>(store, command, self.now.get())
    }
}

impl Random for World {
    /// Bytes that never repeat and that every run repeats.
    fn random<const N: usize>(&self) -> Result<[u8; N], Fault> {
        let count = self.counter.replace(self.counter.get() + 1).to_be_bytes();
        Ok(std::array::from_fn(|index| {
            count.get(index % 8).copied().unwrap_or_default()
        }))
    }
}

impl Normalizer for World {
    fn nfc(&self, text: &str) -> String {
        text.nfc().collect()
    }
}

impl AuditLog for World {
    async fn audit_rows(&self, filter: &AuditFilter) -> Result<Vec<AuditRow>, Fault> {
        let events = self.audit_events.borrow();
        let rows = events.iter().zip(1..).filter(|(event, seq)| {
            let place = Place {
                at: event.at,
                seq: *seq,
            };
            let account = event.account.as_ref();
            filter.event.is_none_or(|wanted| event.event == wanted)
                && (filter.subject.is_none() || filter.subject == event.subject)
                && (filter.client_id.is_none() || filter.client_id == event.client_id)
                && (filter.accounts.is_empty()
                    || account.is_some_and(|account| filter.accounts.contains(account)))
                && event.at >= filter.since
                && place < filter.before
        });
        let rows = rows.map(|(event, seq)| AuditRow {
            place: Place { at: event.at, seq },
            json: serde_json::to_string(event).unwrap_or_default(),
        });
        let mut rows: Vec<AuditRow> = rows.collect();
        rows.sort_by_key(|row| std::cmp::Reverse(row.place));
        rows.truncate(usize::try_from(filter.limit).unwrap_or(usize::MAX));
        Ok(rows)
    }
}

impl Audit for World {
    fn record_event(&self, event: AuditEvent) {
        let mut events = self.audit_events.borrow_mut();
        let is_known = event.id.is_some() && events.iter().any(|known| known.id == event.id);
        if !is_known {
            self.audit.borrow_mut().push(event.event.word());
            events.push(event);
        }
    }

    async fn store_events(&self, events: Vec<AuditEvent>) -> Result<(), Fault> {
        if self.broken.borrow().contains(&Part::Audit) {
            return Err(Fault::new("testkit.broken", "the audit log is down"));
        }
        for event in events {
            self.record_event(event);
        }
        Ok(())
    }
}
