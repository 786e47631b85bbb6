//! The port to the documents of clients.

use std::rc::Rc;

use oauth_core::{
    Fault, UnixTime, client::Client, client_document::StoredDocument, id::ClientId, jose::JwkSet,
};

/// What is known of a client whose `client_id` is a URL.
#[derive(Clone, Debug)]
pub enum DocumentState {
    /// An operator has registered it under this id.
    Registered(Rc<Client>),
    /// An administrator has disabled it.
    Disabled,
    /// Its document was fetched before.
    Known(Rc<StoredDocument>),
    /// Nothing but what an administrator has decided.
    Unknown {
        /// Grants that began no later are over: it was disabled then.
        not_before: Option<UnixTime>,
    },
}

/// A document that was fetched: one JSON object, no member twice.
#[derive(Clone, Debug)]
pub struct FetchedDocument {
    /// Its bytes.
    pub body: Vec<u8>,
    /// For how many seconds it is fresh.
    pub fresh_for: i64,
}

/// Why a document was not fetched.
#[derive(Clone, Debug)]
pub enum NotFetched {
    /// It may not be, or its host does not answer as it should. Only the log says more.
    Failed(Fault),
    /// Too many are being fetched.
    Busy,
}

/// The metadata documents of clients whose `client_id` is their URL, and the keys of clients that have them at a URL. What
/// fetches is guarded (see [`oauth_core::remote_document`]).
pub trait ClientDocuments {
    /// What is known of a client. [`Clients::client`](super::Clients::client) finds it too, if its document was fetched before.
    async fn document(&self, _client_id: &ClientId) -> Result<DocumentState, Fault> {
        Ok(DocumentState::Unknown { not_before: None })
    }
    /// Fetches a document for `asker`, which leaves room for others.
    async fn fetch_document(
        &self,
        _url: &str,
        _asker: &str,
    ) -> Result<FetchedDocument, NotFetched> {
        Err(NotFetched::Busy)
    }
    /// Stores a document, and fetches the client's keys for `asker`, some time after the answer.
    fn keep_document(&self, _stored: &StoredDocument, _asker: &str) {}
    /// Uses a document for a while more, here alone.
    fn remember_document(&self, _stored: &StoredDocument) {}
    /// Stores a document for longer: a user has let its client in.
    fn use_document(&self, _client_id: &ClientId) {}
    /// The keys at a client's `jwks_uri`, as new as the key `key_id`, as far as strangers may make this server ask.
    async fn client_keys(
        &self,
        _url: &str,
        _key_id: Option<&str>,
        _asker: &str,
    ) -> Result<Rc<JwkSet>, Fault> {
        Ok(Rc::default())
    }
}
