//! The registrations of users and clients, in memory.

use std::rc::Rc;

use oauth_core::{
    Fault, UnixTime,
    client::Client,
    id::{ClientId, UserId},
};
use oauth_server::ports::{AccountState, Clients, Registry};

use crate::memory::{Part, World};

impl Clients for World {
    async fn client(&self, client_id: &ClientId) -> Result<Option<Rc<Client>>, Fault> {
        self.up(Part::Clients)?;
        let disabled = self.disabled_clients.borrow().contains(client_id);
        let client = self.clients.borrow().get(client_id).cloned();
        Ok(client.filter(|_| !disabled))
    }

    async fn client_again(&self, client_id: &ClientId) -> Result<Option<Rc<Client>>, Fault> {
        self.client(client_id).await
    }
}

impl Registry for World {
    async fn is_user(&self, user_id: &UserId) -> Result<bool, Fault> {
        self.up(Part::Users)?;
        let users = self.users.borrow();
        Ok(users.values().any(|(user, _)| user.user_id == *user_id))
    }

    async fn set_user_state(&self, user_id: &UserId, to: AccountState) -> Result<bool, Fault> {
        let is_known = self.is_user(user_id).await?;
        let mut disabled = self.disabled_users.borrow_mut();
        match to {
            AccountState::Enabled => disabled.remove(user_id),
            AccountState::Disabled => is_known && disabled.insert(user_id.clone()),
        };
        Ok(is_known)
    }

    async fn set_client_state(
        &self,
        client_id: &ClientId,
        to: AccountState,
        now: UnixTime,
    ) -> Result<bool, Fault> {
        self.up(Part::Clients)?;
        let mut clients = self.clients.borrow_mut();
        let mut disabled = self.disabled_clients.borrow_mut();
        let Some(client) = clients.get_mut(client_id) else {
            return Ok(false);
        };
        let was_disabled = match to {
            AccountState::Enabled => disabled.remove(client_id),
            AccountState::Disabled => !disabled.insert(client_id.clone()),
        };
        if to == AccountState::Disabled || was_disabled {
            Rc::make_mut(client).not_before = Some(now);
        }
        Ok(true)
    }
}
