//! The ports of the administration: what an administrator sees and changes.

use from_json::FromJson;
use oauth_core::{
    Fault, UnixTime,
    id::{ClientId, UserId},
    lifecycle::signing_keys::KeyEntry,
};

use super::{Ports, Tombstones};
use crate::audit::{AuditEvent, Event};

/// Whether a user or a client is enabled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountState {
    /// The account can be used.
    Enabled,
    /// To the other ports it is as if they were not registered.
    Disabled,
}

/// The outcome of disabling or enabling a user or a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is as wanted.
    Made,
    /// There is none with this id.
    Unknown,
    /// Nothing was changed: there would be no administrator left who can sign in, or no client left for them.
    LocksOut,
}

/// The registrations of users and clients, as an administrator changes them. A disabled one is not the same as an
/// unknown one.
pub trait Registry {
    /// Whether a user with this id is registered.
    async fn is_user(&self, user_id: &UserId) -> Result<bool, Fault>;
    /// Disables or enables a user, and records the event. In the same step it makes sure that another administrator is
    /// enabled, before one is disabled, and notes what that ends among the [`UnannouncedEnds`].
    async fn set_user_state(
        &self,
        user_id: &UserId,
        to: AccountState,
        event: AuditEvent,
    ) -> Result<Change, Fault>;
    /// Disables or enables a client, and records the event. When a client is disabled, and when it is enabled again, its
    /// `not_before` becomes the time of the event: its older grants remain ended. In the same step it makes sure that the
    /// client of the administrator, `by`, is enabled, before another is disabled, and notes what that ends among the
    /// [`UnannouncedEnds`].
    async fn set_client_state(
        &self,
        client_id: &ClientId,
        to: AccountState,
        by: Option<&ClientId>,
        event: AuditEvent,
    ) -> Result<Change, Fault>;
}

/// What the change of a registration has ended.
#[derive(Clone, Debug, PartialEq, Eq, FromJson)]
pub struct UnannouncedEnd {
    /// The id of the act.
    pub id: String,
    /// The user or the client.
    pub subject: String,
    /// When it was changed.
    pub at: UnixTime,
    /// Who changed it.
    pub actor: String,
}

/// What changes of registrations have ended, until everyone who must know it has been told.
pub trait UnannouncedEnds {
    /// Those of a user or a client, or of all: the oldest, some at a time.
    async fn unannounced_ends(&self, of: Option<&str>) -> Result<Vec<UnannouncedEnd>, Fault>;
    /// Takes one out. A later one of the same user or client stays.
    async fn announced(&self, end: &UnannouncedEnd) -> Result<(), Fault>;
}

/// The time when a new key begins to sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// After it has been published for long enough.
    Published,
    /// At once, to replace a key that may be compromised.
    AtOnce,
}

/// The signing keys, as an administrator sees and changes them.
pub trait KeyAdministration {
    /// All of them, as they are now.
    async fn signing_keys(&self) -> Result<Vec<KeyEntry>, Fault>;
    /// Makes a successor of `active`, unless it has one, and schedules it. Does nothing if `active` no longer signs. The
    /// event is recorded in the same step.
    async fn succeed(
        &self,
        active: &KeyEntry,
        start: Start,
        event: AuditEvent,
    ) -> Result<(), Fault>;
    /// Stops publishing a retired key. Does nothing to any other. The event is recorded in the same step.
    async fn drop_key(&self, kid: &str, event: AuditEvent) -> Result<(), Fault>;
}

/// The place of an entry in the audit log: they are listed by time, then in the order of writing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// When it happened.
    pub at: UnixTime,
    /// Its number in the order of writing.
    pub seq: i64,
}

/// The entries of the audit log that an administrator asks for. An absent filter matches everything.
#[derive(Clone, Debug)]
pub struct AuditFilter {
    /// Of this kind.
    pub event: Option<Event>,
    /// About this user.
    pub subject: Option<UserId>,
    /// About this client.
    pub client_id: Option<String>,
    /// About the username with one of these hashes; about any if there is none.
    pub accounts: Vec<String>,
    /// No earlier than this.
    pub since: UnixTime,
    /// Before this place.
    pub before: Place,
    /// At most this many.
    pub limit: u32,
}

/// An entry of the audit log.
#[derive(Clone, Debug)]
pub struct AuditRow {
    /// Its place.
    pub place: Place,
    /// The entry, as a JSON object.
    pub json: String,
}

/// The audit log, as an administrator reads it.
pub trait AuditLog {
    /// The newest entries that match.
    async fn audit_rows(&self, filter: &AuditFilter) -> Result<Vec<AuditRow>, Fault>;
}

/// The ports of administering users, clients and grants.
pub trait Administering: Ports + Tombstones + Registry + UnannouncedEnds {}

impl<P: Ports + Tombstones + Registry + UnannouncedEnds> Administering for P {}

/// The ports of the administration.
pub trait AdminPorts: Administering + KeyAdministration + AuditLog {}

impl<P: Administering + KeyAdministration + AuditLog> AdminPorts for P {}
