//! The world of one schedule: stores, people, clients, and the history of their answers.

use std::{
    cell::{Cell, OnceCell, RefCell},
    collections::BTreeMap,
    rc::Rc,
};

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher as _, SaltString},
};
use oauth_core::{
    UnixTime, base64url,
    client::{AuthMethod, Client},
    id::{ClientId, GrantId, UserId},
    jose::{JwkSet, Signer as _},
    keyring::Keyring,
    lifecycle::grant::TokenFormat,
    scope::Scope,
    settings::{Roles, Settings},
};
use oauth_guard::Guard;
use oauth_server::ports::User;
use testkit::{
    consents::ConsentTable,
    fixture::{self, Fixture, PASSWORD, SECRET},
};

use crate::{
    choices::Choices,
    design::Design,
    keys,
    kv::Kv,
    object::Object,
    oracle::{Oracle, Rules},
    registry::Registrations,
    resource_server::{self, OTHER_RESOURCE, RESOURCE},
    scheduler::{Scheduler, Trouble, UNGROUPED},
    signer::{self, HashVerifier, ROBOT_KEY},
    storage::Stored,
};

/// When every schedule begins.
const DAWN: i64 = 1_800_000_000;

/// The constants that all schedules of a thread share.
pub struct Template {
    pub(crate) settings: Settings,
    pub(crate) keyring: Keyring,
    /// While the secret is replaced: machines before and after, each of which accepts both secrets.
    pub(crate) replaced: [Keyring; 2],
    pub(crate) clients: BTreeMap<ClientId, Rc<Client>>,
    pub(crate) users: [User; 4],
    /// The hash of everybody's password, by the production algorithm at next to no cost.
    pub(crate) password_hash: String,
    /// The same of a password that nobody has.
    pub(crate) password_hash_of_nobody: String,
    pub(crate) keys: Rc<JwkSet>,
}

impl Template {
    /// The fixture's clients, its person and its settings.
    ///
    /// # Panics
    ///
    /// If the fixture has no Ada.
    pub fn new() -> Self {
        let fixture = Fixture::new();
        for client in clients(&fixture) {
            fixture.register(client);
        }
        let users = fixture.world.users.borrow();
        let (ada, _) = users.get("ada").cloned().expect("the fixture has Ada");
        Self {
            clients: fixture.world.clients.borrow().clone(),
            keys: Rc::new(signer::public_keys()),
            users: [
                another(&ada, "alan", ""),
                another(&ada, "grace", "administrator"),
                another(&ada, "edsger", "administrator"),
                ada,
            ],
            password_hash: cheap_hash(PASSWORD),
            password_hash_of_nobody: cheap_hash("nobody's"),
            settings: with_short_grace(fixture.world.settings.clone()),
            keyring: fixture.world.keyring.clone(),
            replaced: replaced(),
        }
    }
}

/// The fixture's secret, and the one that takes its place (`docs/operations.md`).
fn replaced() -> [Keyring; 2] {
    let secrets = [8, 9].map(|byte| base64url::encode(&[byte; 32]));
    let [old, new] = &secrets;
    [(old, new), (new, old)].map(|(current, other)| {
        let keyring = Keyring::from_secret(current).expect("a secret");
        keyring.with_previous(other).expect("a secret")
    })
}

fn another(like: &User, username: &str, roles: &str) -> User {
    User {
        user_id: UserId::parse(&["u_", username].concat()).expect("an id"),
        username: username.to_owned(),
        name: None,
        email: None,
        roles: if roles.is_empty() {
            like.roles
        } else {
            Roles::parse(roles)
        },
    }
}

fn cheap_hash(password: &str) -> String {
    let params = Params::new(8, 1, 1, None).expect("the least that there is");
    let salt = SaltString::encode_b64(&[1; 16]).expect("a salt");
    let hasher = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let hash = hasher.hash_password(password.as_bytes(), &salt);
    hash.expect("a hash").to_string()
}

/// `web` gets opaque access tokens, `desk` is the administrators', `api` and `mcp` are the servers of the resources, `robot` has a key.
fn clients(fixture: &Fixture) -> [Client; 5] {
    let [mut web, mut api, mut mcp] = ["web", "api", "mcp"].map(|name| {
        let mut client = fixture::client(name, vec![AuthMethod::ClientSecretPost]);
        let keyring = &fixture.world.keyring;
        client.secret_hashes = vec![keyring.client_secret_hash(&client.client_id, SECRET)];
        client
    });
    web.access_token_format = TokenFormat::Opaque;
    api.resource_server_for = vec![RESOURCE.to_owned()];
    mcp.resource_server_for = vec![OTHER_RESOURCE.to_owned()];
    let mut robot = fixture::client("robot", vec![AuthMethod::PrivateKeyJwt]);
    let mut key = ROBOT_KEY.public();
    key.key_id = Some(ROBOT_KEY.key_id().to_owned());
    robot.jwks = Some(JwkSet { keys: vec![key] });
    let mut desk = fixture::client("desk", vec![AuthMethod::None]);
    desk.scope = Scope::parse("openid profile read admin").expect("a scope");
    [web, api, mcp, robot, desk]
}

impl Default for Template {
    fn default() -> Self {
        Self::new()
    }
}

/// One world.
pub struct World {
    /// The scheduler.
    pub scheduler: Rc<Scheduler>,
    /// The oracle.
    pub oracle: Oracle,
    /// Which design is tried.
    pub design: Design,
    pub(crate) template: Rc<Template>,
    pub(crate) kv: Kv,
    /// The resource server's.
    pub(crate) guard: Guard<HashVerifier>,
    pub(crate) consents: ConsentTable,
    pub(crate) registrations: Registrations,
    grants: RefCell<BTreeMap<GrantId, Rc<Object<Stored>>>>,
    people: RefCell<BTreeMap<UserId, Rc<Object<Stored>>>>,
    /// The objects that host their lifecycle and do nothing else.
    others: RefCell<BTreeMap<String, Rc<Object<Stored>>>>,
    /// Whether the secret is being replaced.
    pub(crate) has_two_secrets: Cell<bool>,
    /// The signing keys, where they follow one another.
    pub(crate) keys: OnceCell<keys::Table>,
    objects: Cell<usize>,
    random: Cell<u64>,
}

/// A grace that the pauses of the stories can outlast.
fn with_short_grace(mut settings: Settings) -> Settings {
    settings.lifetimes.refresh_grace = 30;
    settings.lifetimes.refresh_grace_public = 10;
    settings
}

impl World {
    /// An empty world.
    pub fn new(template: &Rc<Template>, choices: Choices, plan: &Plan) -> Rc<Self> {
        let lifetimes = &template.settings.lifetimes;
        let access = lifetimes.access_token.max(lifetimes.opaque_access_token);
        let rules = Rules {
            code: lifetimes.authorization_code,
            pushed: lifetimes.pushed_request,
            access: access.max(lifetimes.machine_access_token),
            idle: lifetimes.refresh_idle,
            absolute: lifetimes.refresh_absolute,
            session: lifetimes.session,
            grace: lifetimes.refresh_grace,
            grace_public: lifetimes.refresh_grace_public,
            skew: 4,
            successor_ends_grace: false,
            announced_by_alarm: true,
        };
        let scheduler = Scheduler::new(choices, DAWN, (plan.most, plan.trouble), plan.traced);
        let scheduler = Rc::new(scheduler);
        Rc::new(Self {
            scheduler,
            oracle: Oracle::new(rules),
            design: plan.design,
            template: Rc::clone(template),
            kv: Kv::default(),
            guard: resource_server::guard(),
            consents: ConsentTable::default(),
            registrations: Registrations::default(),
            grants: RefCell::default(),
            people: RefCell::default(),
            others: RefCell::default(),
            has_two_secrets: Cell::default(),
            keys: OnceCell::default(),
            objects: Cell::new(0),
            random: Cell::new(1),
        })
    }

    /// The user of this name, unless they are disabled.
    pub(crate) fn user(&self, name: &str) -> Option<User> {
        let users = &self.template.users;
        let user = users.iter().find(|user| user.username == name)?;
        (!self.is_disabled(name)).then(|| {
            let mut user = user.clone();
            if self.registrations.demoted.borrow().contains(name) {
                user.roles = Roles::default();
            }
            user
        })
    }

    /// The client, unless it is disabled.
    pub(crate) fn client(&self, id: &ClientId) -> Option<Rc<Client>> {
        if self.is_disabled(id.as_str()) {
            return None;
        }
        let client = self.template.clients.get(id)?;
        let Some(not_before) = self.since(id.as_str()) else {
            return Some(Rc::clone(client));
        };
        let mut client = Client::clone(client);
        client.not_before = Some(UnixTime(not_before));
        Some(Rc::new(client))
    }

    /// The client as some machine knows it, which may have a copy of before.
    pub(crate) fn client_copy(&self, id: &ClientId) -> Option<Rc<Client>> {
        if self.has_copy(id.as_str()) {
            return self.template.clients.get(id).map(Rc::clone);
        }
        self.client(id)
    }

    /// The user as some machine knows them.
    pub(crate) fn user_copy(&self, name: &str) -> Option<User> {
        if self.has_copy(name) {
            let mut users = self.template.users.iter();
            return users.find(|user| user.username == name).cloned();
        }
        self.user(name)
    }

    /// Whether a machine goes on with a copy that was made while they were enabled.
    fn has_copy(&self, who: &str) -> bool {
        let life = self.oracle.copies.get();
        if life == 0 {
            return false;
        }
        let age = [0, life / 2, life][self.scheduler.choices.one_of(3)];
        age > 0 && self.oracle.was_enabled(who, self.scheduler.now() - age)
    }

    /// The grant's object.
    pub(crate) fn grant_object(&self, id: &GrantId) -> Rc<Object<Stored>> {
        let mut grants = self.grants.borrow_mut();
        let object = grants.entry(id.clone()).or_insert_with(|| {
            let name = format!("grant {}", &id.as_str().get(..6).unwrap_or_default());
            self.found(name)
        });
        Rc::clone(object)
    }

    /// The person's object.
    pub(crate) fn person_object(&self, id: &UserId) -> Rc<Object<Stored>> {
        let mut people = self.people.borrow_mut();
        let object = people
            .entry(id.clone())
            .or_insert_with(|| self.found(format!("person {id}")));
        Rc::clone(object)
    }

    /// Another object, by its name.
    pub(crate) fn other_object(&self, name: &str) -> Rc<Object<Stored>> {
        let mut others = self.others.borrow_mut();
        let object = others
            .entry(name.to_owned())
            .or_insert_with(|| self.found(name.to_owned()));
        Rc::clone(object)
    }

    fn found(&self, name: String) -> Rc<Object<Stored>> {
        let group = self.objects.replace(self.objects.get() + 1);
        let offset = self.any_offset();
        let gated = self.design != Design::AnswersBeforeDurable;
        Rc::new(Object::new(name, group, Stored::default(), offset, gated))
    }

    /// By how much the clock of some machine is off.
    pub(crate) fn any_offset(&self) -> i64 {
        if self.scheduler.choices.is_scripted() {
            return 0;
        }
        [0, 0, -2, 2]
            .get(self.scheduler.choices.one_of(4))
            .copied()
            .unwrap_or(0)
    }

    /// The keys of some machine.
    pub(crate) fn any_keyring(&self) -> &Keyring {
        if !self.has_two_secrets.get() {
            return &self.template.keyring;
        }
        let [before, after] = &self.template.replaced;
        match self.scheduler.choices.one_of(2) {
            0 => before,
            _ => after,
        }
    }

    /// All keys under which something may be stored.
    pub(crate) fn keyrings(&self) -> impl Iterator<Item = &Keyring> {
        let replaced = self.template.replaced.iter();
        let replaced = replaced.filter(|_| self.has_two_secrets.get());
        [&self.template.keyring].into_iter().chain(replaced)
    }

    /// Bytes that never repeat, and that every run of the schedule repeats.
    pub(crate) fn random_bytes<const N: usize>(&self) -> [u8; N] {
        let count = self.random.replace(self.random.get() + 1);
        let word = count.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes();
        std::array::from_fn(|place| {
            let byte = word.get(place % 8).copied().unwrap_or_default();
            byte.wrapping_add(u8::try_from(place / 8).unwrap_or_default())
        })
    }

    /// The step and the moment.
    pub fn moment(&self) -> (u64, i64) {
        (self.scheduler.step(), self.scheduler.now())
    }

    /// Lets the alarms ring that finish what was begun, without faults.
    pub(crate) fn let_alarms_ring(self: &Rc<Self>) {
        self.scheduler.set_calm(true);
        let world = Rc::clone(self);
        self.scheduler.spawn(UNGROUPED, async move {
            world.run_schedule().await;
            world.wait(20_000).await;
        });
        self.scheduler.run();
    }

    /// Waits for some seconds.
    pub async fn wait(&self, seconds: i64) {
        self.scheduler
            .sleep_until(self.scheduler.now() + seconds)
            .await;
    }
}

/// How a schedule is run.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Which design is tried.
    pub design: Design,
    /// How many faults there may be.
    pub most: u32,
    /// Which.
    pub trouble: Trouble,
    /// Whether a trace is recorded.
    pub traced: bool,
}
