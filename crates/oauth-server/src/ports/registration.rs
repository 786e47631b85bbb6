//! The port of clients that register themselves.

use oauth_core::{Fault, UnixTime, client::Client, id::ClientId};

use super::{Ports, Tombstones, UnannouncedEnds};

/// The time for which a registration is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    /// Its beginning.
    pub from: UnixTime,
    /// Its end: then it is deleted.
    pub until: UnixTime,
}

/// The registration of a client that registered itself.
#[derive(Clone, Debug)]
pub struct Registration {
    /// The client.
    pub client: Client,
    /// The keyed hash of the registration access token.
    pub token_hash: String,
    /// When it was registered.
    pub created_at: UnixTime,
    /// Whether an administrator has disabled it.
    pub is_disabled: bool,
}

/// The clients that registered themselves.
pub trait Registrations {
    /// Stores a new client.
    async fn register(
        &self,
        client: &Client,
        token_hash: &str,
        validity: Validity,
    ) -> Result<(), Fault>;
    /// The registration with this id, as it is now.
    async fn registration(&self, client_id: &ClientId) -> Result<Option<Registration>, Fault>;
    /// Puts `client` in the place of what is registered under its id. `not_before` stays as it is. Says whether that was
    /// done: not if it is gone, or an administrator has disabled it.
    async fn change_registration(&self, client: &Client, token_hash: &str) -> Result<bool, Fault>;
    /// Deletes a client that is not disabled, with the consents to it, and notes what that ends among the
    /// [`UnannouncedEnds`].
    async fn remove_registration(&self, client_id: &ClientId) -> Result<(), Fault>;
}

/// The ports of registration.
pub trait RegistrationPorts: Ports + Registrations + Tombstones + UnannouncedEnds {}

impl<P: Ports + Registrations + Tombstones + UnannouncedEnds> RegistrationPorts for P {}
