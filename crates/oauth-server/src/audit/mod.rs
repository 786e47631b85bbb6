//! The audit log: what happened, when, who did it, and to whom. It has no secret, and names only as keyed hashes where
//! they were not proven.
//!
//! [`Event`] is the vocabulary, [`AuditEvent`] one entry, and [`Buffer`] collects entries until they are written.

mod buffer;
mod event;
pub(crate) mod refused;

use oauth_core::{
    UnixTime,
    http::Incoming,
    id::{ClientId, GrantId, UserId},
    keyring::{Keyring, Purpose},
    network::Networks,
};
use serde::Serialize;

pub use buffer::{Buffer, Pushed};
pub use event::{Event, Outcome, Rows};

use crate::{context::Context, ports::Audit};

/// The version of the schema that this server writes. Version 0 is what servers before it wrote.
pub const VERSION: u8 = 1;

/// The most bytes of a client id that nobody has proven.
pub const LONGEST_PRESENTED: usize = 120;

/// An entry of the audit log. [`Context::event`] makes one with everything that is known of the request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AuditEvent {
    /// The entry's own id. Two with the same id are one, so what may be recorded twice gives its own; `None` for a
    /// random one.
    pub id: Option<String>,
    /// The version of the schema.
    pub version: u8,
    /// When it happened.
    pub at: UnixTime,
    /// The kind of event.
    pub event: Event,
    /// Whether it succeeded; follows from the event.
    pub outcome: Outcome,
    /// The user concerned, where that is proven.
    pub subject: Option<UserId>,
    /// The one who did it, where that is not the subject: the `sub` of an administrator, or `operator` for the command line.
    pub actor: Option<String>,
    /// The client concerned.
    pub client_id: Option<String>,
    /// Whether the client proved in this request that this is its id. A public client cannot.
    pub client_authenticated: bool,
    /// The keyed hash of the username that was entered, where it is not proven.
    pub account: Option<String>,
    /// The keyed hash of the network that the request came from.
    pub network: Option<String>,
    /// The grant concerned.
    #[serde(rename = "grant_id")]
    pub grant: Option<GrantId>,
    /// The id under which the request is logged.
    pub request_id: Option<String>,
    /// Why: the slug of a refusal, the grant type of a token request, the reason of an end.
    pub reason: Option<&'static str>,
    /// One more public word: the id of a signing key, the scope of a consent.
    pub detail: Option<String>,
    /// For how many events it stands.
    pub count: u32,
}

impl AuditEvent {
    /// An entry of which nothing but its time is known yet.
    pub const fn new(event: Event, at: UnixTime) -> Self {
        Self {
            id: None,
            version: VERSION,
            at,
            event,
            outcome: event.outcome(),
            subject: None,
            actor: None,
            client_id: None,
            client_authenticated: false,
            account: None,
            network: None,
            grant: None,
            request_id: None,
            reason: None,
            detail: None,
            count: 1,
        }
    }
}

/// The parts of an entry that follow from the request itself.
#[derive(Debug, Default)]
pub(crate) struct Origin {
    request_id: Option<String>,
    address: Option<String>,
    client_id: Option<String>,
    client_authenticated: bool,
    actor: Option<String>,
    recorded: bool,
}

impl Origin {
    /// The origin of a request, before its client is known.
    pub(crate) fn of(request: &Incoming) -> Self {
        Self {
            request_id: Some(request.request_id.clone()).filter(|id| !id.is_empty()),
            address: request.address.clone(),
            ..Self::default()
        }
    }

    /// The id under which the request is logged, if it has one.
    pub(crate) fn request_id(&self) -> String {
        self.request_id.clone().unwrap_or_default()
    }

    /// The caller's network address, where the platform knows it.
    pub(crate) fn address(&self) -> Option<&str> {
        self.address.as_deref()
    }

    /// Notes the client that the request names, cut to a sane length.
    pub(crate) fn presents(&mut self, client_id: &str) {
        self.client_id = Some(cut(client_id, LONGEST_PRESENTED).to_owned());
        self.client_authenticated = false;
    }

    /// Notes the client of the request, which there is. Its id may be a URL that is longer than what anyone presents.
    pub(crate) fn is_of(&mut self, client_id: &ClientId) {
        self.client_id = Some(client_id.to_string());
    }

    /// Notes that the client has proved who it is.
    pub(crate) const fn proves(&mut self) {
        self.client_authenticated = true;
    }

    /// Notes who acts: the `sub` of an administrator's token.
    pub(crate) fn acts(&mut self, subject: &str) {
        self.actor = Some(subject.to_owned());
    }

    /// Notes that the refusal of this request is recorded.
    pub(crate) const fn records(&mut self) {
        self.recorded = true;
    }

    /// Whether the refusal of this request is recorded.
    pub(crate) const fn is_recorded(&self) -> bool {
        self.recorded
    }

    /// The client that the request names, whether proven or not.
    pub(crate) fn client_id(&self) -> Option<&str> {
        self.client_id.as_deref()
    }

    /// An event of this request.
    pub(crate) fn event(&self, event: Event, at: UnixTime, keyring: &Keyring) -> AuditEvent {
        let network = self.address.as_deref();
        let network = network.map(|address| Networks::of(Some(address)).subscriber);
        AuditEvent {
            actor: self.actor.clone(),
            client_id: self.client_id.clone(),
            client_authenticated: self.client_authenticated,
            network: network.map(|network| keyed(keyring, "network", &network)),
            request_id: self.request_id.clone(),
            ..AuditEvent::new(event, at)
        }
    }
}

/// The hashes under which a username may stand in the log: under the current secret, and under the one before.
pub(crate) fn accounts(keyring: &Keyring, username: &str) -> Vec<String> {
    let parts = ["audit", "account", username];
    let hashes = keyring.mac_texts(Purpose::Name, &parts).into_iter();
    hashes.map(|hash| shortened(&hash)).collect()
}

/// The hash under which a username stands in the log.
pub(crate) fn account<P>(context: &Context<'_, P>, username: &str) -> String {
    keyed(context.keyring, "account", username)
}

fn keyed(keyring: &Keyring, kind: &str, value: &str) -> String {
    shortened(&keyring.mac_text(Purpose::Name, &["audit", kind, value]))
}

/// 132 bits of a hash: enough to tell names apart, and half the bytes in every index.
fn shortened(hash: &str) -> String {
    cut(hash, 22).to_owned()
}

/// At most `limit` bytes of `text`, at a character's end.
fn cut(text: &str, limit: usize) -> &str {
    let mut ends = (0..=limit.min(text.len())).rev();
    let end = ends.find(|&end| text.is_char_boundary(end));
    text.get(..end.unwrap_or(0)).unwrap_or_default()
}

impl<P> Context<'_, P> {
    /// An event of this request, with everything that is known of where it came from.
    pub(crate) fn event(&self, event: Event) -> AuditEvent {
        self.origin().event(event, self.now, self.keyring)
    }
}

impl<P: Audit> Context<'_, P> {
    /// Records an event. It is written outside the request's path.
    pub(crate) fn record(&self, event: AuditEvent) {
        self.ports.record_event(event);
    }
}
