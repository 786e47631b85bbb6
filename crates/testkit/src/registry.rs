//! The registrations of users and clients, in memory.

use std::rc::Rc;

use oauth_core::{
    Fault,
    client::Client,
    client_document,
    id::{ClientId, UserId},
};
use oauth_server::{
    audit::AuditEvent,
    ports::{
        AccountState, Audit as _, Change, Clients, Registry, UnannouncedEnd, UnannouncedEnds,
        Validity,
    },
};

use crate::memory::{Part, World};

impl Clients for World {
    async fn client(&self, client_id: &ClientId) -> Result<Option<Rc<Client>>, Fault> {
        self.up(Part::Clients)?;
        let disabled = self.disabled_clients.borrow().contains(client_id);
        if disabled {
            return Ok(None);
        }
        let client = self.clients.borrow().get(client_id).cloned();
        let is_document = client.is_none() && client_document::is_url(client_id);
        if !is_document || self.settings.client_documents.is_none() {
            return Ok(client);
        }
        let stored = self.documents.stored.borrow().get(client_id).cloned();
        let stored = stored.ok_or_else(oauth_server::client_document::absent)?;
        Ok(Some(Rc::new(stored.client.clone())))
    }

    /// Every registered one, as after its first request.
    fn has_copy(&self, client_id: &ClientId) -> bool {
        self.clients.borrow().contains_key(client_id)
    }

    fn client_is_used(&self, client_id: &ClientId, validity: Validity) {
        if let Some(management) = self.managements.borrow_mut().get_mut(client_id) {
            management.until = validity.until;
        }
    }

    async fn client_again(&self, client_id: &ClientId) -> Result<Option<Rc<Client>>, Fault> {
        self.client(client_id).await
    }

    async fn renew_secret_hash(&self, client_id: &ClientId, old: &str, renewed: &str) {
        let mut clients = self.clients.borrow_mut();
        if let Some(client) = clients.get_mut(client_id) {
            let client = Rc::make_mut(client);
            let secrets = client.secret_hashes.iter_mut();
            for stored in secrets.chain(&mut client.sealed_secrets) {
                if stored == old {
                    renewed.clone_into(stored);
                }
            }
        }
    }
}

impl Registry for World {
    async fn is_user(&self, user_id: &UserId) -> Result<bool, Fault> {
        self.up(Part::Users)?;
        let users = self.users.borrow();
        Ok(users.values().any(|(user, _)| user.user_id == *user_id))
    }

    async fn set_user_state(
        &self,
        user_id: &UserId,
        to: AccountState,
        event: AuditEvent,
    ) -> Result<Change, Fault> {
        self.up(Part::Users)?;
        let users = self.users.borrow();
        let mut disabled = self.disabled_users.borrow_mut();
        let mut all = users.values().map(|(user, _)| user);
        let Some(user) = all.find(|user| user.user_id == *user_id) else {
            return Ok(Change::Unknown);
        };
        let is_last = || {
            let others = users.values().map(|(user, _)| user);
            let mut others = others.filter(|other| other.user_id != *user_id);
            user.roles.administrator
                && !disabled.contains(user_id)
                && !others.any(|it| it.roles.administrator && !disabled.contains(&it.user_id))
        };
        match to {
            AccountState::Disabled if is_last() => return Ok(Change::LocksOut),
            AccountState::Disabled => {
                disabled.insert(user_id.clone());
                self.note_ending(user_id.as_str(), &event);
            }
            AccountState::Enabled if !disabled.remove(user_id) => return Ok(Change::Made),
            AccountState::Enabled => {}
        }
        self.record_event(event);
        Ok(Change::Made)
    }

    async fn set_client_state(
        &self,
        client_id: &ClientId,
        to: AccountState,
        by: Option<&ClientId>,
        event: AuditEvent,
    ) -> Result<Change, Fault> {
        self.up(Part::Clients)?;
        let mut clients = self.clients.borrow_mut();
        let mut disabled = self.disabled_clients.borrow_mut();
        let Some(client) = clients.get_mut(client_id) else {
            return Ok(Change::Unknown);
        };
        if disabled.contains(client_id) == (to == AccountState::Disabled) {
            return Ok(Change::Made);
        }
        match to {
            AccountState::Disabled if by.is_some_and(|by| disabled.contains(by)) => {
                return Ok(Change::LocksOut);
            }
            AccountState::Disabled => drop(disabled.insert(client_id.clone())),
            AccountState::Enabled => drop(disabled.remove(client_id)),
        }
        Rc::make_mut(client).not_before = Some(event.at);
        self.note_ending(client_id.as_str(), &event);
        self.record_event(event);
        Ok(Change::Made)
    }
}

impl World {
    fn note_ending(&self, subject: &str, event: &AuditEvent) {
        let id = format!("ending-{}", self.audit.borrow().len());
        self.endings.note_change(id, subject, event);
    }
}

impl UnannouncedEnds for World {
    async fn unannounced_ends(&self, of: Option<&str>) -> Result<Vec<UnannouncedEnd>, Fault> {
        Ok(self.endings.find(of))
    }

    async fn announced(&self, end: &UnannouncedEnd) -> Result<(), Fault> {
        self.endings.forget(end);
        Ok(())
    }
}
