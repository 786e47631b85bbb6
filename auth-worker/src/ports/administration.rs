//! The ports of the administration.

use oauth_core::{
    Fault,
    id::{ClientId, UserId},
    keyring::Purpose,
    lifecycle::signing_keys::KeyEntry,
};
use oauth_server::{
    audit::AuditEvent,
    ports::{
        AccountState, AuditFilter, AuditLog, AuditRow, Change, KeyAdministration, Registry, Start,
        UnannouncedEnd, UnannouncedEnds,
    },
};

use super::Ports;
use crate::store::{audit, clients, endings, key_rotation, keys, users};

impl Registry for Ports {
    async fn is_user(&self, user_id: &UserId) -> Result<bool, Fault> {
        users::is_known(&self.database()?, user_id).await
    }

    async fn set_user_state(
        &self,
        user_id: &UserId,
        to: AccountState,
        event: AuditEvent,
    ) -> Result<Change, Fault> {
        users::set(&self.database()?, user_id, to, &event).await
    }

    async fn set_client_state(
        &self,
        client_id: &ClientId,
        to: AccountState,
        by: Option<&ClientId>,
        event: AuditEvent,
    ) -> Result<Change, Fault> {
        clients::set(&self.env, client_id, to, by, &event).await
    }
}

impl UnannouncedEnds for Ports {
    async fn unannounced_ends(&self, of: Option<&str>) -> Result<Vec<UnannouncedEnd>, Fault> {
        endings::find(&self.database()?, of).await
    }

    async fn announced(&self, end: &UnannouncedEnd) -> Result<(), Fault> {
        endings::forget(&self.database()?, end).await
    }
}

impl KeyAdministration for Ports {
    async fn signing_keys(&self) -> Result<Vec<KeyEntry>, Fault> {
        keys::entries(&self.env).await
    }

    async fn succeed(
        &self,
        active: &KeyEntry,
        start: Start,
        event: AuditEvent,
    ) -> Result<(), Fault> {
        let seals = self.config.keyring.keys(Purpose::Seal);
        key_rotation::succeed(&self.env, &seals, active, start, &event).await?;
        keys::forget();
        Ok(())
    }

    async fn drop_key(&self, kid: &str, event: AuditEvent) -> Result<(), Fault> {
        key_rotation::drop_key(&self.env, kid, &event).await?;
        keys::forget();
        Ok(())
    }
}

impl AuditLog for Ports {
    async fn audit_rows(&self, filter: &AuditFilter) -> Result<Vec<AuditRow>, Fault> {
        audit::rows(&self.database()?, filter).await
    }
}
