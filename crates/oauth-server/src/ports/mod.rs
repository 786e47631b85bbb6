//! The ports of the endpoints. Each verb is an act of the protocol, not of a store.
//!
//! A method fails only with a [`Fault`]: a store that is down never looks like an answer.

mod administration;
mod documents;
mod registration;

use std::rc::Rc;

use oauth_core::{
    Fault, Secret, UnixTime,
    client::Client,
    id::{ClientId, GrantId, UserId},
    jose::{Algorithm, JwkSet, SignatureVerifier, Signer},
    lifecycle::{ask::Ask, grant, object::Hosted, one_time, person},
    password::{self, Normalizer},
    places::Places,
    scope::Scope,
    settings::Roles,
};

use crate::{access_record::AccessRecord, audit::AuditEvent, resource_scopes::ResourceScopes};

pub use registration::{Registration, RegistrationPorts, Registrations, Validity};

pub use administration::{
    AccountState, AdminPorts, Administering, AuditFilter, AuditLog, AuditRow, Change,
    KeyAdministration, Place, Registry, Start, UnannouncedEnd, UnannouncedEnds,
};

pub use documents::{ClientDocuments, DocumentState, FetchedDocument, NotFetched};

/// The registered clients.
pub trait Clients {
    /// The client with this id, unless it is unknown or disabled.
    async fn client(&self, client_id: &ClientId) -> Result<Option<Rc<Client>>, Fault>;
    /// Whether [`Clients::client`] answers without asking a store, because there is a copy.
    fn has_copy(&self, client_id: &ClientId) -> bool;
    /// The same, as it is now, for a client that has just failed to authenticate; `None` also if that was asked a moment
    /// ago. It takes as long as asking for an unknown id.
    async fn client_again(&self, client_id: &ClientId) -> Result<Option<Rc<Client>>, Fault>;
    /// Stores a hash of a client's secret, or a sealed one, in place of another, some time after the answer. Where that fails the old one
    /// stays, and is renewed the next time.
    async fn renew_secret_hash(&self, _client_id: &ClientId, _old: &str, _renewed: &str) {}
    /// Notes, some time after the answer, that a client which registered itself was used: it lives on for a while.
    fn client_is_used(&self, _client_id: &ClientId, _validity: Validity) {}
}

/// A user, as the login and the claims need them.
#[derive(Clone, Debug)]
pub struct User {
    /// Their id, the `sub` of tokens.
    pub user_id: UserId,
    /// The username.
    pub username: String,
    /// Their full name, where known.
    pub name: Option<String>,
    /// Their email address, where known.
    pub email: Option<String>,
    /// Their roles, which allow privileged scopes.
    pub roles: Roles,
}

impl User {
    /// The name to show: the full name, or else the username.
    pub fn display_name(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.username)
    }
}

/// The users who can sign in.
pub trait Users {
    /// The user with this username and their password's PHC string, unless unknown or disabled.
    async fn user_by_name(&self, username: &str) -> Result<Option<(User, Secret<String>)>, Fault>;
    /// The user with this id, unless unknown or disabled.
    async fn user(&self, user_id: &UserId) -> Result<Option<User>, Fault>;
}

/// A consent that is remembered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RememberedConsent {
    /// The client that it was given to.
    pub client_id: ClientId,
    /// The resource that it is for.
    pub resource: String,
    /// The scope that was consented to.
    pub scope: Scope,
    /// The time when it was last given.
    pub since: UnixTime,
}

/// The consents of users, each for one client, scope and resource.
pub trait Consents {
    /// The scope that `user_id` has consented to before, for this client and resource.
    async fn consented(
        &self,
        user_id: &UserId,
        client_id: &ClientId,
        resource: &str,
    ) -> Result<Option<Scope>, Fault>;
    /// Remembers a consent, in place of an earlier one for the same client and resource, and records it: both, or neither.
    async fn remember(
        &self,
        user_id: &UserId,
        consent: &RememberedConsent,
        event: AuditEvent,
    ) -> Result<(), Fault>;
    /// The consents of `user_id` in the order of their clients: those of the clients after `after` and up to `last`.
    async fn consents_between(
        &self,
        user_id: &UserId,
        after: Option<&ClientId>,
        last: Option<&ClientId>,
    ) -> Result<Vec<RememberedConsent>, Fault>;
    /// Forgets all consents of `user_id`, or those to one client; only what was last given at `given_until` or before, where
    /// that is said.
    async fn withdraw(
        &self,
        user_id: &UserId,
        client_id: Option<&ClientId>,
        given_until: Option<UnixTime>,
    ) -> Result<(), Fault>;
}

/// The descriptions that resource servers publish for their scopes. They decide nothing, so a port that cannot reach
/// them returns none.
pub trait ScopeDescriptions {
    /// The descriptions of `resource`. A user is waiting to read about the scopes in `wanted`.
    async fn scopes_of(&self, resource: &str, wanted: &Scope) -> Rc<ResourceScopes>;
}

/// The grants, each in an object of its own that runs [`crate::grant_host::run_command`].
pub trait Grants {
    /// Sends a command to the grant's object, in one call.
    async fn send_to_grant(
        &self,
        id: &GrantId,
        command: grant::Command,
    ) -> Result<grant::Reply, Fault>;

    /// Asks a grant, and narrows its reply to those that the command can have.
    async fn grant<C: Ask<grant::Command, grant::Reply>>(
        &self,
        id: &GrantId,
        command: C,
    ) -> Result<C::Reply, Fault> {
        let reply = self.send_to_grant(id, command.into()).await?;
        C::narrow(reply, "grant.reply")
    }
}

/// Descriptions of opaque access tokens, where they are cheap to read from everywhere. They may be late, old or
/// lost, so they decide nothing.
pub trait AccessTokens {
    /// Writes a description, once. It outlives the request, and never fails it.
    async fn keep_access_token(&self, name: String, record: AccessRecord);
    /// The description under this name, if it has arrived.
    async fn find_access_token(&self, name: &str) -> Result<Option<AccessRecord>, Fault>;
}

/// Tombstones of what has ended, for resource servers that do not introspect.
pub trait Tombstones {
    /// Publishes that everything of `name` (a grant, a user, a client) that was issued no later than `before` has
    /// ended. It may be published again.
    async fn record_revocation(
        &self,
        name: &str,
        before: UnixTime,
        until: UnixTime,
    ) -> Result<(), Fault>;
}

/// Encryption: AES-256-GCM under this server's key.
pub trait Seal {
    /// Seals `plaintext`; `about` is its associated data, which must be the same to open it.
    async fn seal(
        &self,
        key: &Secret<[u8; 32]>,
        plaintext: &[u8],
        about: &[u8],
    ) -> Result<Vec<u8>, Fault>;
    /// Opens a sealed text.
    async fn open(
        &self,
        key: &Secret<[u8; 32]>,
        sealed: &[u8],
        about: &[u8],
    ) -> Result<Secret<Vec<u8>>, Fault>;
}

/// The login sessions of users and the index of their grants, each user's in an object of its own that runs
/// [`person::step`].
pub trait People {
    /// Sends a command to the user's object, in one atomic step.
    async fn send_to_person(
        &self,
        user_id: &UserId,
        command: person::Command,
    ) -> Result<person::Reply, Fault>;

    /// Asks a user's object, and narrows its reply to those that the command can have.
    async fn person<C: Ask<person::Command, person::Reply>>(
        &self,
        user_id: &UserId,
        command: C,
    ) -> Result<C::Reply, Fault> {
        let reply = self.send_to_person(user_id, command.into()).await?;
        C::narrow(reply, "person.reply")
    }
}

/// The objects that host a lifecycle and do nothing else. A new one needs no port of its own.
pub trait Objects {
    /// Sends a command to the object of this name, in one atomic step. The name is public, so it says nothing about a
    /// user.
    async fn object<K: Hosted>(&self, name: &str, command: K::Command) -> Result<K::Reply, Fault>;

    /// Records a value that may be used once, and says whether it was the first time.
    async fn present(&self, value: one_time::Present) -> Result<one_time::Verdict, Fault> {
        let shard = one_time::shard(&value.hash);
        self.object::<one_time::ReplayKind>(&shard, value).await
    }
}

/// The signing keys.
pub trait Keys {
    /// A signer with an active private key.
    type Signer: Signer;
    /// A verifier of signatures.
    type Verifier: SignatureVerifier;

    /// The active signer for an algorithm.
    async fn signer(&self, algorithm: Algorithm) -> Result<Rc<Self::Signer>, Fault>;
    /// All public keys for verifying signatures of this server.
    async fn public_keys(&self) -> Result<Rc<JwkSet>, Fault>;
    /// The same, for a signature by a key that is not among them: after an immediate rotation the key may have become
    /// active a moment ago. Invented key ids must cost no more than an occasional read: a fault where the key may be one
    /// that can be read in a moment.
    async fn newer_public_keys(&self, key_id: Option<&str>) -> Result<Rc<JwkSet>, Fault> {
        let _ = key_id;
        self.public_keys().await
    }
    /// The verifier, for this server's signatures and for clients' assertions.
    fn verifier(&self) -> &Self::Verifier;
}

/// Randomness from the platform's cryptographic source.
pub trait Random {
    /// `N` random bytes.
    fn random<const N: usize>(&self) -> Result<[u8; N], Fault>;
}

/// The audit log.
pub trait Audit {
    /// Records an event, outside the request's path. It never fails a request: an event that cannot be stored goes to
    /// the log.
    fn record_event(&self, event: AuditEvent);
    /// Stores events before it returns, for what is announced again until it is stored: such an event has an id of its
    /// own, and is stored once.
    async fn store_events(&self, events: Vec<AuditEvent>) -> Result<(), Fault>;
}

/// The rates at which requests are answered. Each has its own limit, in the platform's configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rate {
    /// Pages, by network.
    Pages,
    /// Requests of clients that have not proved who they are, by network.
    Strangers,
    /// The same, where they ask for something to be made.
    Making,
    /// What is made for strangers, by its kind: all of them together, because many networks make more than one.
    Everyone,
    /// Requests of authenticated callers, by caller.
    Clients,
}

/// The limits of rates. They are no part of any decision about rights, so they never fail a request: one that is missing
/// or down refuses nothing.
pub trait RateLimits {
    /// Counts a request of `name`, and says whether it may be answered. It does not wait for the count, so a few more
    /// than the limit may be answered.
    fn within_rate(&self, rate: Rate, name: &str, now: UnixTime) -> bool;
    /// Whether requests of `name` are refused now. This one is not counted.
    fn is_refused(&self, rate: Rate, name: &str, now: UnixTime) -> bool;
}

/// The bound on the passwords that are checked at a time. A check takes tens of milliseconds in which nothing else runs.
pub trait PasswordChecks {
    /// The places for checks, which all requests of one isolate share.
    fn password_places(&self) -> Places;

    /// The hash that is checked for a name that nobody has. It costs as much as those of the users.
    fn hash_of_nobody(&self) -> &str {
        password::OF_NOBODY
    }
}

/// The ports of minting a token response.
pub trait Minting: Keys + Users + Objects + Random + Seal {}

impl<P: Keys + Users + Objects + Random + Seal> Minting for P {}

/// The ports of delivering what a grant has committed.
pub trait Delivering: AccessTokens + Audit {}

impl<P: AccessTokens + Audit> Delivering for P {}

/// The ports of authenticating a client.
pub trait ClientAuthentication:
    Clients + ClientDocuments + Objects + Keys + RateLimits + Audit + Seal
{
}

impl<P: Clients + ClientDocuments + Objects + Keys + RateLimits + Audit + Seal> ClientAuthentication
    for P
{
}

/// The ports of finding the login of a browser.
pub trait SigningIn: People + Users {}

impl<P: People + Users> SigningIn for P {}

/// The ports of announcing an end.
pub trait Announcing: Tombstones + Audit + People {}

impl<P: Tombstones + Audit + People> Announcing for P {}

/// The ports of ending grants.
pub trait Ending: People + Grants + Random {}

impl<P: People + Grants + Random> Ending for P {}

/// The ports of admitting the bearer of an access token.
pub trait Admitting: ClientAuthentication + Grants + AccessTokens {}

impl<P: ClientAuthentication + Grants + AccessTokens> Admitting for P {}

/// The ports of the endpoints.
pub trait Ports:
    Minting
    + Delivering
    + ClientAuthentication
    + SigningIn
    + Grants
    + Consents
    + ScopeDescriptions
    + Normalizer
    + PasswordChecks
{
}

impl<P> Ports for P where
    P: Minting
        + Delivering
        + ClientAuthentication
        + SigningIn
        + Grants
        + Consents
        + ScopeDescriptions
        + Normalizer
        + PasswordChecks
{
}
