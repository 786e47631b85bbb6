//! Clients' documents: what is at URLs, and what the server has stored of it.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use oauth_core::{Fault, client_document::StoredDocument, id::ClientId, jose::JwkSet};
use oauth_server::ports::{
    ClientDocuments, Clients as _, DocumentState, FetchedDocument, NotFetched,
};

use crate::memory::World;

/// The documents.
#[derive(Default)]
pub struct Documents {
    /// What a fetch of a URL finds: a document, and for how many seconds it is fresh.
    pub remote: RefCell<BTreeMap<String, (String, i64)>>,
    /// What is stored.
    pub stored: RefCell<BTreeMap<ClientId, Rc<StoredDocument>>>,
    /// How many fetches there were.
    pub fetches: Cell<usize>,
    /// Whether too many are under way.
    pub is_busy: Cell<bool>,
}

impl Documents {
    fn fetch(&self, url: &str) -> Result<(String, i64), NotFetched> {
        self.fetches.set(self.fetches.get() + 1);
        if self.is_busy.get() {
            return Err(NotFetched::Busy);
        }
        let found = self.remote.borrow().get(url).cloned();
        found.ok_or_else(|| NotFetched::Failed(Fault::new("client_document", "nothing there")))
    }
}

impl ClientDocuments for World {
    async fn document(&self, client_id: &ClientId) -> Result<DocumentState, Fault> {
        if self.disabled_clients.borrow().contains(client_id) {
            return Ok(DocumentState::Disabled);
        }
        if self.clients.borrow().contains_key(client_id) {
            let client = self.client(client_id).await?;
            return Ok(client.map_or(DocumentState::Disabled, DocumentState::Registered));
        }
        let stored = self.documents.stored.borrow().get(client_id).cloned();
        let unknown = DocumentState::Unknown { not_before: None };
        Ok(stored.map_or(unknown, DocumentState::Known))
    }

    async fn fetch_document(&self, url: &str, _: &str) -> Result<FetchedDocument, NotFetched> {
        let (body, fresh_for) = self.documents.fetch(url)?;
        Ok(FetchedDocument {
            body: body.into_bytes(),
            fresh_for,
        })
    }

    fn keep_document(&self, stored: &StoredDocument, _: &str) {
        let id = stored.client.client_id.clone();
        let mut all = self.documents.stored.borrow_mut();
        all.insert(id, Rc::new(stored.clone()));
    }

    fn remember_document(&self, stored: &StoredDocument) {
        self.keep_document(stored, "");
    }

    fn use_document(&self, client_id: &ClientId) {
        if let Some(stored) = self.documents.stored.borrow_mut().get_mut(client_id) {
            Rc::make_mut(stored).is_used = true;
        }
    }

    async fn client_keys(&self, url: &str, _: Option<&str>, _: &str) -> Result<Rc<JwkSet>, Fault> {
        match self.documents.fetch(url) {
            Ok((keys, _)) => JwkSet::parse(keys.as_bytes())
                .map(Rc::new)
                .map_err(|error| Fault::new("client_keys", error)),
            Err(NotFetched::Failed(fault)) => Err(fault),
            Err(NotFetched::Busy) => Err(Fault::new("client_keys", "too many")),
        }
    }
}
