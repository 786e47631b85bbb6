//! A machine that serves one request: the ports of the endpoints, over the simulated stores.

use std::{cell::Cell, rc::Rc};

use oauth_core::{
    Fault, Secret, UnixTime,
    client::Client,
    id::{ClientId, GrantId, UserId},
    jose::{Algorithm, JwkSet},
    lifecycle::{
        grant::{Call, Command, Reply},
        object::{self, Hosted},
        person,
    },
    password::Normalizer,
    places::Places,
    scope::Scope,
};
use oauth_server::{
    Context,
    access_record::AccessRecord,
    audit::AuditEvent,
    ports::{
        AccessTokens, Audit, ClientDocuments, Clients, Consents, Grants, Keys, Objects,
        PasswordChecks, People, Random, Rate, RateLimits, RememberedConsent, ScopeDescriptions,
        Seal, User, Users,
    },
    resource_scopes::ResourceScopes,
};

use crate::{
    design::Design,
    keys::Wanted,
    object::{Object, SharedFate},
    oracle::{Noted, Write},
    people,
    scheduler::UNGROUPED,
    signer::{self, HashSigner, HashVerifier},
    storage::{Kind, Plain, Stored},
    stub::{self, Route},
    world::World,
};

/// One machine, for one request.
pub struct Machine {
    pub(crate) world: Rc<World>,
    pub(crate) request: usize,
    pub(crate) fate: SharedFate,
    offset: i64,
    pub(crate) isolate: usize,
    signer_failed: Rc<Cell<bool>>,
    /// The object that it runs in, where it announces what was committed there.
    within: Option<Rc<Object<Stored>>>,
}

impl Machine {
    /// A machine that serves request number `request`, whose fate is not looked at.
    pub fn new(world: &Rc<World>, request: usize) -> Self {
        Self::serving(world, request, SharedFate::default())
    }

    /// A machine that serves request number `request`, with its fate.
    pub fn serving(world: &Rc<World>, request: usize, fate: SharedFate) -> Self {
        Self {
            offset: world.any_offset(),
            isolate: world.any_isolate(),
            world: Rc::clone(world),
            request,
            fate,
            signer_failed: Rc::default(),
            within: None,
        }
    }

    /// A machine that runs in an object and serves no request.
    pub(crate) fn within(world: &Rc<World>, object: &Rc<Object<Stored>>) -> Self {
        Self {
            within: Some(Rc::clone(object)),
            ..Self::new(world, usize::MAX)
        }
    }

    /// Nothing leaves an object before its writes are durable.
    pub(crate) async fn output_gate(&self) {
        if let Some(object) = &self.within {
            object.output_gate(&self.world.scheduler).await;
        }
    }

    /// The context of the endpoints.
    pub fn context(&self) -> Context<'_, Self> {
        Context::new(
            &self.world.template.settings,
            self.world.any_keyring(),
            self,
            self.now(),
        )
    }

    /// Its clock.
    pub(crate) fn now(&self) -> UnixTime {
        UnixTime(self.world.scheduler.now() + self.offset)
    }

    /// Whether a signature of this machine has failed.
    pub(crate) fn signer_has_failed(&self) -> bool {
        self.signer_failed.get()
    }

    /// Asks D1: it takes a turn, and it can fail. In a search it does neither: it touches nothing that changes.
    pub(crate) async fn d1(&self, what: &'static str) -> Result<(), Fault> {
        let scheduler = &self.world.scheduler;
        if scheduler.choices.is_scripted() {
            return Ok(());
        }
        self.output_gate().await;
        scheduler.turn().await;
        if scheduler.strikes(50) {
            scheduler.note(|| format!("{what} fails"));
            return self.hit(Err(Fault::new(what, "D1 is overloaded")));
        }
        Ok(())
    }

    /// Remembers that a fault hit the request.
    pub(crate) fn hit<T>(&self, result: Result<T, Fault>) -> Result<T, Fault> {
        if result.is_err() {
            self.world.oracle.troubled(self.request);
        }
        result
    }
}

impl Clients for Machine {
    async fn client(&self, client_id: &ClientId) -> Result<Option<Rc<Client>>, Fault> {
        self.d1("d1.read_client").await?;
        Ok(self.world.client_copy(client_id))
    }

    fn has_copy(&self, _: &ClientId) -> bool {
        false
    }

    async fn client_again(&self, client_id: &ClientId) -> Result<Option<Rc<Client>>, Fault> {
        self.d1("d1.read_client").await?;
        Ok(self.world.client(client_id))
    }
}

impl ClientDocuments for Machine {}

impl Users for Machine {
    async fn user_by_name(&self, username: &str) -> Result<Option<(User, Secret<String>)>, Fault> {
        self.d1("d1.read_user").await?;
        let hash = &self.world.template.password_hash;
        let user = self.world.user(username);
        Ok(user.map(|user| (user, Secret::new(hash.clone()))))
    }

    async fn user(&self, user_id: &UserId) -> Result<Option<User>, Fault> {
        self.d1("d1.read_user").await?;
        let name = user_id.as_str().strip_prefix("u_");
        Ok(name.and_then(|name| self.world.user_copy(name)))
    }
}

impl Consents for Machine {
    async fn consented(
        &self,
        user_id: &UserId,
        client_id: &ClientId,
        resource: &str,
    ) -> Result<Option<Scope>, Fault> {
        self.d1("d1.read_consent").await?;
        Ok(self.world.consents.find(user_id, client_id, resource))
    }

    async fn remember(
        &self,
        user_id: &UserId,
        consent: &RememberedConsent,
        event: AuditEvent,
    ) -> Result<(), Fault> {
        self.d1("d1.write_consent").await?;
        self.world
            .oracle
            .writes(self.request, Write::Lasting("a consent"));
        self.world.consents.remember(user_id, consent);
        self.record_event(event);
        Ok(())
    }

    async fn consents_between(
        &self,
        user_id: &UserId,
        after: Option<&ClientId>,
        last: Option<&ClientId>,
    ) -> Result<Vec<RememberedConsent>, Fault> {
        self.d1("d1.list_consents").await?;
        Ok(self.world.consents.between(user_id, after, last))
    }

    async fn withdraw(
        &self,
        user_id: &UserId,
        client_id: Option<&ClientId>,
        given_until: Option<UnixTime>,
    ) -> Result<(), Fault> {
        self.d1("d1.delete_consents").await?;
        self.world
            .oracle
            .writes(self.request, Write::Lasting("a consent"));
        let consents = &self.world.consents;
        consents.withdraw(user_id, client_id, given_until);
        Ok(())
    }
}

impl ScopeDescriptions for Machine {
    async fn scopes_of(&self, _: &str, _: &Scope) -> Rc<ResourceScopes> {
        Rc::default()
    }
}

impl Grants for Machine {
    async fn send_to_grant(&self, id: &GrantId, command: Command) -> Result<Reply, Fault> {
        let call = Call {
            id: id.clone(),
            command,
        };
        let answer = self.hit(stub::ask(self, call.clone()).await);
        match answer {
            Err(_) if self.world.design == Design::FaultToldAsNo => Ok(stub::told_as_no(&call)),
            answer => answer,
        }
    }
}

impl People for Machine {
    async fn send_to_person(
        &self,
        user_id: &UserId,
        command: person::Command,
    ) -> Result<person::Reply, Fault> {
        let answer = people::ask(self, user_id, command).await;
        self.hit(answer)
    }
}

impl Objects for Machine {
    async fn object<K: Hosted>(&self, name: &str, command: K::Command) -> Result<K::Reply, Fault> {
        // A value that is spent, or an attempt that is counted, is no effect on a grant.
        let fate = SharedFate::default();
        let route = Route {
            machine: self,
            object: self.world.other_object(&format!("{} {name}", K::WHAT)),
            kind: Kind::Other(Plain::of::<K>()),
            fate: &fate,
        };
        let answer = object::ask::<K>(&route, &command).await;
        if fate.get().doubled {
            self.world.oracle.spent_twice(self.request);
        }
        self.hit(answer)
    }
}

impl Keys for Machine {
    type Signer = HashSigner;
    type Verifier = HashVerifier;

    async fn signer(&self, algorithm: Algorithm) -> Result<Rc<HashSigner>, Fault> {
        let scheduler = Rc::clone(&self.world.scheduler);
        let key_id = self.active_key(algorithm).await?;
        let failed = Rc::clone(&self.signer_failed);
        let signer = HashSigner::new((algorithm, key_id), scheduler, failed);
        Ok(Rc::new(signer))
    }

    async fn public_keys(&self) -> Result<Rc<JwkSet>, Fault> {
        self.known_keys(Wanted::All).await
    }

    async fn newer_public_keys(&self, key_id: Option<&str>) -> Result<Rc<JwkSet>, Fault> {
        self.known_keys(Wanted::With(key_id)).await
    }

    fn verifier(&self) -> &HashVerifier {
        &HashVerifier
    }
}

impl Random for Machine {
    fn random<const N: usize>(&self) -> Result<[u8; N], Fault> {
        Ok(self.world.random_bytes())
    }
}

impl RateLimits for Machine {
    fn within_rate(&self, _: Rate, _: &str, _: UnixTime) -> bool {
        true
    }

    fn is_refused(&self, _: Rate, _: &str, _: UnixTime) -> bool {
        false
    }
}

impl PasswordChecks for Machine {
    fn password_places(&self) -> Places {
        Places::new(1, 1)
    }

    fn hash_of_nobody(&self) -> &str {
        &self.world.template.password_hash_of_nobody
    }
}

impl Audit for Machine {
    fn record_event(&self, event: AuditEvent) {
        let oracle = &self.world.oracle;
        oracle.writes(self.request, Write::Event(&event));
        oracle.noted.borrow_mut().push(Noted {
            id: event.id,
            event: event.event.word(),
            actor: event.actor,
            subject: event.subject.map(|subject| subject.to_string()),
            grant: event.grant.map(|grant| grant.to_string()),
        });
    }

    async fn store_events(&self, events: Vec<AuditEvent>) -> Result<(), Fault> {
        self.d1("d1.write_audit").await?;
        for event in events {
            self.record_event(event);
        }
        Ok(())
    }
}

impl AccessTokens for Machine {
    async fn keep_access_token(&self, name: String, record: AccessRecord) {
        let text = serde_json::to_string(&record).unwrap_or_default();
        self.later(format!("token:{name}"), text);
    }

    async fn find_access_token(&self, name: &str) -> Result<Option<AccessRecord>, Fault> {
        let found = self
            .world
            .kv
            .read(&self.world.scheduler, &format!("token:{name}"))
            .await;
        let found = self.hit(found)?;
        if found.is_none() {
            // Lost, or not arrived yet: there is no other way to miss what was delivered.
            self.world.oracle.troubled(self.request);
        }
        Ok(found.and_then(|text| serde_json::from_str(&text).ok()))
    }
}

impl Machine {
    /// Writes to KV after the answer, as well as it goes.
    fn later(&self, key: String, text: String) {
        self.world.oracle.writes(self.request, Write::Lasting("KV"));
        let world = Rc::clone(&self.world);
        self.world.scheduler.spawn(UNGROUPED, async move {
            let _lost = world.kv.write(&world.scheduler, &key, &text).await;
        });
    }
}

impl Seal for Machine {
    async fn seal(
        &self,
        key: &Secret<[u8; 32]>,
        plaintext: &[u8],
        about: &[u8],
    ) -> Result<Vec<u8>, Fault> {
        Ok(signer::seal(key.expose(), plaintext, about))
    }

    async fn open(
        &self,
        key: &Secret<[u8; 32]>,
        sealed: &[u8],
        about: &[u8],
    ) -> Result<Secret<Vec<u8>>, Fault> {
        signer::open(key.expose(), sealed, about).map(Secret::new)
    }
}

impl Normalizer for Machine {
    fn nfc(&self, text: &str) -> String {
        text.to_owned()
    }
}
