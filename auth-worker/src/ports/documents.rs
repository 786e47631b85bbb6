//! The port to clients' documents: what a stranger named is fetched by the guarded way alone.

use std::rc::Rc;

use edge::guarded::{self, Guard};
use oauth_core::{
    Fault, client_document::StoredDocument, id::ClientId, jose::JwkSet, remote_document::Reach,
};
use oauth_server::ports::{ClientDocuments, DocumentState, FetchedDocument, NotFetched};

use super::Ports;
use crate::{
    config::Config,
    store::{
        clients,
        documents::{self, Wanted},
    },
};

impl ClientDocuments for Ports {
    async fn document(&self, client_id: &ClientId) -> Result<DocumentState, Fault> {
        clients::document(&self.env, client_id, edge::now()).await
    }

    async fn fetch_document(&self, url: &str, asker: &str) -> Result<FetchedDocument, NotFetched> {
        match documents::fetch(guard(&self.config), url, asker).await {
            Ok(document) => Ok(FetchedDocument {
                body: document.body.clone(),
                fresh_for: document.fresh_for,
            }),
            Err(guarded::NotFetched::Refused(fault)) => Err(NotFetched::Failed(fault)),
            Err(guarded::NotFetched::Busy) => Err(NotFetched::Busy),
        }
    }

    fn keep_document(&self, stored: &StoredDocument, asker: &str) {
        self.remember_document(stored);
        let lasting = self.config.settings.lifetimes.grant();
        if let Some(storing) = documents::store(&self.env, stored, lasting) {
            self.later_boxed(storing);
        }
        if let Some(url) = stored.client.jwks_uri.clone() {
            // So that no code and no refresh waits for them.
            let (env, config) = (self.env.clone(), Rc::clone(&self.config));
            let (asker, is_used) = (asker.to_owned(), stored.is_used);
            self.later(async move {
                let wanted = Wanted {
                    url: &url,
                    key_id: None,
                    asker: &asker,
                    is_used,
                };
                let keys = documents::keys(&env, guard(&config), wanted, edge::now());
                if let Ok((_, Some(storing))) = keys.await {
                    storing.await;
                }
            });
        }
    }

    fn remember_document(&self, stored: &StoredDocument) {
        documents::remember(&Rc::new(stored.clone()), edge::now());
        clients::remember(&stored.client, edge::now());
    }

    fn use_document(&self, client_id: &ClientId) {
        let (env, client_id) = (self.env.clone(), client_id.clone());
        let lasting = self.config.settings.lifetimes.grant();
        self.later(async move {
            if let Some(storing) = documents::used(&env, &client_id, lasting, edge::now()).await {
                storing.await;
            }
        });
    }

    async fn client_keys(
        &self,
        url: &str,
        key_id: Option<&str>,
        asker: &str,
    ) -> Result<Rc<JwkSet>, Fault> {
        let wanted = Wanted {
            url,
            key_id,
            asker,
            is_used: true,
        };
        let keys = documents::keys(&self.env, guard(&self.config), wanted, edge::now());
        let (keys, storing) = keys.await?;
        if let Some(storing) = storing {
            self.later_boxed(storing);
        }
        Ok(keys)
    }
}

/// What a fetch for a stranger may reach.
fn guard(config: &Config) -> Guard<'_> {
    Guard {
        reach: config.settings.client_documents.unwrap_or(Reach::Public),
        resolver: config.resolver.as_deref(),
    }
}
