//! The port of clients that register themselves.

use oauth_core::{Fault, client::Client, id::ClientId};
use oauth_server::ports::{Registration, Registrations, Validity};

use super::Ports;
use crate::store::registrations;

impl Registrations for Ports {
    async fn register(
        &self,
        client: &Client,
        token_hash: &str,
        validity: Validity,
    ) -> Result<(), Fault> {
        registrations::add(&self.database()?, client, token_hash, validity).await
    }

    async fn registration(&self, client_id: &ClientId) -> Result<Option<Registration>, Fault> {
        registrations::find(&self.database()?, client_id).await
    }

    async fn change_registration(&self, client: &Client, token_hash: &str) -> Result<bool, Fault> {
        registrations::replace(&self.env, client, token_hash).await
    }

    async fn remove_registration(&self, client_id: &ClientId) -> Result<(), Fault> {
        registrations::remove(&self.env, client_id).await
    }
}
