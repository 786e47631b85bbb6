//! The clients that registered themselves, in memory.

use std::{cell::RefCell, collections::BTreeMap, rc::Rc};

use oauth_core::{Fault, UnixTime, client::Client, id::ClientId};
use oauth_server::ports::{Registration, Registrations, UnannouncedEnd, Validity};

use crate::memory::{Part, World};

/// What manages each client, beside its record.
pub type Managements = RefCell<BTreeMap<ClientId, Management>>;

/// What manages a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Management {
    /// The keyed hash of its registration access token.
    pub token_hash: String,
    /// When it was registered.
    pub created_at: UnixTime,
    /// When it goes.
    pub until: UnixTime,
}

impl World {
    fn registered(&self, client_id: &ClientId) -> Option<Rc<Client>> {
        self.clients.borrow().get(client_id).cloned()
    }

    fn is_disabled(&self, client_id: &ClientId) -> bool {
        self.disabled_clients.borrow().contains(client_id)
    }
}

impl Registrations for World {
    async fn register(
        &self,
        client: &Client,
        token_hash: &str,
        validity: Validity,
    ) -> Result<(), Fault> {
        self.up(Part::Clients)?;
        let id = client.client_id.clone();
        let mut clients = self.clients.borrow_mut();
        clients.insert(id.clone(), Rc::new(client.clone()));
        let management = Management {
            token_hash: token_hash.to_owned(),
            created_at: validity.from,
            until: validity.until,
        };
        self.managements.borrow_mut().insert(id, management);
        Ok(())
    }

    async fn registration(&self, client_id: &ClientId) -> Result<Option<Registration>, Fault> {
        self.up(Part::Clients)?;
        let management = self.managements.borrow().get(client_id).cloned();
        let found = self.registered(client_id).zip(management);
        Ok(found.map(|(client, management)| Registration {
            client: Client::clone(&client),
            token_hash: management.token_hash,
            created_at: management.created_at,
            is_disabled: self.is_disabled(client_id),
        }))
    }

    async fn change_registration(&self, client: &Client, token_hash: &str) -> Result<bool, Fault> {
        self.up(Part::Clients)?;
        let id = &client.client_id;
        let Some(former) = self.registered(id).filter(|_| !self.is_disabled(id)) else {
            return Ok(false);
        };
        let mut client = client.clone();
        client.not_before = former.not_before;
        let mut clients = self.clients.borrow_mut();
        clients.insert(id.clone(), Rc::new(client));
        if let Some(management) = self.managements.borrow_mut().get_mut(id) {
            token_hash.clone_into(&mut management.token_hash);
        }
        Ok(true)
    }

    async fn remove_registration(&self, client_id: &ClientId) -> Result<(), Fault> {
        self.up(Part::Clients)?;
        if self.is_disabled(client_id) {
            return Ok(());
        }
        self.clients.borrow_mut().remove(client_id);
        self.managements.borrow_mut().remove(client_id);
        self.endings.note(UnannouncedEnd {
            id: ["removal of ", client_id.as_str()].concat(),
            subject: client_id.to_string(),
            at: self.now.get(),
            actor: "client".to_owned(),
        });
        Ok(())
    }
}
