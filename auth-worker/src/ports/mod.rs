//! The endpoints' ports, each made of the store that holds what it is about.

mod administration;
mod documents;
mod registration;

use std::{pin::Pin, rc::Rc};

use edge::{d1::Database, object::ask};
use oauth_core::{
    Fault, Secret, UnixTime,
    client::Client,
    id::{ClientId, GrantId, UserId},
    jose::{Algorithm, JwkSet},
    keyring::Purpose,
    lifecycle::{
        grant::{self, GrantKind},
        object::Hosted,
        person::{self, PersonKind},
        signing_keys::Lives,
    },
    password::Normalizer,
    places::Places,
    protected_resource::origin,
    scope::Scope,
};
use oauth_server::{
    access_record::AccessRecord,
    audit::AuditEvent,
    ports::{
        AccessTokens, Audit, Clients, Consents, Grants, Keys, Objects, PasswordChecks, People,
        Random, Rate, RateLimits, RememberedConsent, ScopeDescriptions, Seal, Tombstones, User,
        Users, Validity,
    },
    resource_scopes::ResourceScopes,
};
use webcrypto::{SigningKey, WebCrypto};
use worker::{Context, Env, ScheduleContext};

use crate::{
    config::Config,
    store::{
        access_tokens, audit, clients, consents, keys, log, rates, registrations,
        scope_descriptions, tombstones, users,
    },
};

/// What these ports serve: it must last for as long as the work that its answer does not wait for.
enum Event {
    Request(Context),
    Schedule(ScheduleContext),
    /// A Durable Object lasts by itself.
    Object,
}

/// The world outside, for one request.
pub(crate) struct Ports {
    env: Env,
    event: Event,
    config: Rc<Config>,
    verifier: Rc<WebCrypto>,
}

impl Ports {
    /// The ports of a request.
    pub(crate) fn new(env: Env, context: Context, config: Rc<Config>) -> Self {
        Self::of(Event::Request(context), env, config)
    }

    /// The ports of the jobs that the schedule runs.
    pub(crate) fn of_schedule(env: Env, context: ScheduleContext, config: Rc<Config>) -> Self {
        Self::of(Event::Schedule(context), env, config)
    }

    /// The ports of a Durable Object; `object` names it in the log.
    pub(crate) fn of_object(env: &Env, object: &'static str) -> Result<Self, Fault> {
        let config = Config::current(env)
            .map_err(|_| Fault::new(object, "the configuration is incomplete"))?;
        Ok(Self::of(Event::Object, env.clone(), config))
    }

    fn of(event: Event, env: Env, config: Rc<Config>) -> Self {
        Self {
            env,
            event,
            config,
            verifier: keys::verifier(),
        }
    }

    /// The context in which an endpoint or an object uses these ports.
    pub(crate) fn context(&self) -> oauth_server::Context<'_, Self> {
        let Config {
            settings, keyring, ..
        } = &*self.config;
        oauth_server::Context::new(settings, keyring, self, edge::now())
    }

    /// Does something that the answer need not wait for.
    fn later(&self, work: impl Future<Output = ()> + 'static) {
        self.later_boxed(Box::pin(work));
    }

    /// The same for all of them: its code is there once.
    fn later_boxed(&self, work: Pin<Box<dyn Future<Output = ()>>>) {
        match &self.event {
            Event::Request(context) => context.wait_until(work),
            Event::Schedule(context) => context.wait_until(work),
            Event::Object => wasm_bindgen_futures::spawn_local(work),
        }
    }

    /// The platform's bindings.
    pub(crate) const fn env(&self) -> &Env {
        &self.env
    }

    /// The days for which an entry of the audit log is kept.
    pub(crate) fn audit_days(&self) -> i64 {
        self.config.audit_days
    }

    /// The rules for reading and making signing keys.
    pub(crate) fn key_rules(&self) -> keys::Rules {
        let lifetimes = &self.config.settings.lifetimes;
        let keyring = Some(&self.config.keyring).filter(|_| self.config.has_secret);
        keys::Rules {
            seals: keyring.map_or_else(Vec::new, |keyring| keyring.keys(Purpose::Seal)),
            lives: Lives {
                key: lifetimes.signing_key,
                token: lifetimes.signed(),
            },
        }
    }

    fn has_documents(&self) -> bool {
        self.config.settings.client_documents.is_some()
    }

    fn database(&self) -> Result<Database, Fault> {
        Database::open(&self.env)
    }
}

impl Clients for Ports {
    async fn client(&self, client_id: &ClientId) -> Result<Option<Rc<Client>>, Fault> {
        let (client, copy) =
            clients::find(&self.env, client_id, self.has_documents(), edge::now()).await?;
        if let Some(copy) = copy {
            self.later_boxed(copy);
        }
        Ok(client)
    }

    async fn renew_secret_hash(&self, client_id: &ClientId, old: &str, renewed: &str) {
        let (env, client_id) = (self.env.clone(), client_id.clone());
        let hashes = [old, renewed].map(str::to_owned);
        self.later(async move { clients::renew_secret_hash(&env, &client_id, &hashes).await });
    }

    fn client_is_used(&self, client_id: &ClientId, validity: Validity) {
        let (env, client_id) = (self.env.clone(), client_id.clone());
        self.later(async move { registrations::note_use(&env, &client_id, validity).await });
    }

    fn has_copy(&self, client_id: &ClientId) -> bool {
        clients::has_copy(client_id, edge::now())
    }

    async fn client_again(&self, client_id: &ClientId) -> Result<Option<Rc<Client>>, Fault> {
        clients::find_again(&self.env, client_id, self.has_documents(), edge::now()).await
    }
}

impl Users for Ports {
    async fn user_by_name(&self, username: &str) -> Result<Option<(User, Secret<String>)>, Fault> {
        users::by_name(&self.database()?, username).await
    }

    async fn user(&self, user_id: &UserId) -> Result<Option<User>, Fault> {
        users::by_id(&self.database()?, user_id, edge::now()).await
    }
}

impl Consents for Ports {
    async fn consented(
        &self,
        user_id: &UserId,
        client_id: &ClientId,
        resource: &str,
    ) -> Result<Option<Scope>, Fault> {
        consents::find(&self.database()?, user_id, client_id, resource).await
    }

    async fn remember(
        &self,
        user_id: &UserId,
        consent: &RememberedConsent,
        event: AuditEvent,
    ) -> Result<(), Fault> {
        consents::remember(&self.database()?, user_id, consent, &event).await
    }

    async fn consents_between(
        &self,
        user_id: &UserId,
        after: Option<&ClientId>,
        last: Option<&ClientId>,
    ) -> Result<Vec<RememberedConsent>, Fault> {
        consents::between(&self.database()?, user_id, after, last).await
    }

    async fn withdraw(
        &self,
        user_id: &UserId,
        client_id: Option<&ClientId>,
        given_until: Option<UnixTime>,
    ) -> Result<(), Fault> {
        consents::withdraw(&self.database()?, user_id, client_id, given_until).await
    }
}

impl ScopeDescriptions for Ports {
    async fn scopes_of(&self, resource: &str, wanted: &Scope) -> Rc<ResourceScopes> {
        // The default resource may be a worker beside this one.
        let default = self.config.settings.resource(None);
        let is_default = default
            .and_then(origin)
            .is_some_and(|it| Some(it) == origin(resource));
        let binding = is_default.then_some("API");
        let known = scope_descriptions::find(&self.env, (resource, binding), wanted, edge::now());
        let (scopes, later) = known.await;
        if let Some(later) = later {
            self.later_boxed(later);
        }
        scopes
    }
}

impl Grants for Ports {
    async fn send_to_grant(
        &self,
        id: &GrantId,
        command: grant::Command,
    ) -> Result<grant::Reply, Fault> {
        let call = grant::Call {
            id: id.clone(),
            command,
        };
        ask::<GrantKind>(&self.env, id.as_str(), &call).await
    }
}

impl People for Ports {
    async fn send_to_person(
        &self,
        user_id: &UserId,
        command: person::Command,
    ) -> Result<person::Reply, Fault> {
        ask::<PersonKind>(&self.env, user_id.as_str(), &command).await
    }
}

impl Objects for Ports {
    async fn object<K: Hosted>(&self, name: &str, command: K::Command) -> Result<K::Reply, Fault> {
        ask::<K>(&self.env, name, &command).await
    }
}

impl Keys for Ports {
    type Signer = SigningKey;
    type Verifier = WebCrypto;

    async fn signer(&self, algorithm: Algorithm) -> Result<Rc<SigningKey>, Fault> {
        keys::signer(&self.env, &self.key_rules(), algorithm, edge::now()).await
    }

    async fn public_keys(&self) -> Result<Rc<JwkSet>, Fault> {
        keys::public_keys(&self.env, &self.key_rules(), edge::now()).await
    }

    async fn newer_public_keys(&self, key_id: Option<&str>) -> Result<Rc<JwkSet>, Fault> {
        keys::newer_public_keys(&self.env, &self.key_rules(), key_id, edge::now()).await
    }

    fn verifier(&self) -> &WebCrypto {
        &self.verifier
    }
}

impl Seal for Ports {
    async fn seal(
        &self,
        key: &Secret<[u8; 32]>,
        plaintext: &[u8],
        about: &[u8],
    ) -> Result<Vec<u8>, Fault> {
        webcrypto::seal(key.expose(), plaintext, about).await
    }

    async fn open(
        &self,
        key: &Secret<[u8; 32]>,
        sealed: &[u8],
        about: &[u8],
    ) -> Result<Secret<Vec<u8>>, Fault> {
        webcrypto::open(key.expose(), sealed, about).await
    }
}

impl AccessTokens for Ports {
    async fn keep_access_token(&self, name: String, record: AccessRecord) {
        if let Some(writing) = access_tokens::keep(&self.env, &name, &record, edge::now()) {
            self.later(writing);
        }
    }

    async fn find_access_token(&self, name: &str) -> Result<Option<AccessRecord>, Fault> {
        access_tokens::find(&self.env, name).await
    }
}

impl Tombstones for Ports {
    async fn record_revocation(
        &self,
        name: &str,
        before: UnixTime,
        until: UnixTime,
    ) -> Result<(), Fault> {
        tombstones::record_revocation(&self.env, name, before, until, edge::now()).await
    }
}

impl RateLimits for Ports {
    fn within_rate(&self, rate: Rate, name: &str, now: UnixTime) -> bool {
        let (is_within, counting) = rates::count(&self.env, rate, name, now);
        if let Some(counting) = counting {
            self.later_boxed(counting);
        }
        is_within
    }

    fn is_refused(&self, rate: Rate, name: &str, now: UnixTime) -> bool {
        rates::is_refused(rate, name, now)
    }
}

impl Random for Ports {
    fn random<const N: usize>(&self) -> Result<[u8; N], Fault> {
        edge::random_bytes()
    }
}

impl Audit for Ports {
    fn record_event(&self, event: AuditEvent) {
        if let Some(writing) = audit::record(&self.env, event) {
            self.later(writing);
        }
    }

    async fn store_events(&self, events: Vec<AuditEvent>) -> Result<(), Fault> {
        let stored = audit::store(&self.database()?, &events).await;
        stored.inspect_err(|fault| log::say("audit_late", "", fault))
    }
}

/// How many passwords an isolate checks at a time, together: each takes about 40 ms, so that nobody waits for more than
/// two seconds. Whatever strangers do, those of known browsers are free.
const PASSWORD_PLACES: u32 = 32;
const PLACES_OF_KNOWN_BROWSERS: usize = 8;

thread_local! {
    static PLACES: Places = Places::new(PASSWORD_PLACES, PLACES_OF_KNOWN_BROWSERS);
}

impl PasswordChecks for Ports {
    fn password_places(&self) -> Places {
        PLACES.with(Places::clone)
    }
}

impl Normalizer for Ports {
    fn nfc(&self, text: &str) -> String {
        js_sys::JsString::from(text).normalize("NFC").into()
    }
}
