//! The consents of a simulated database.

use std::{cell::RefCell, collections::BTreeMap};

use oauth_core::{
    UnixTime,
    id::{ClientId, UserId},
    scope::Scope,
};
use oauth_server::ports::RememberedConsent;

/// Consents, exact in client and resource.
#[derive(Debug, Default)]
pub struct ConsentTable(RefCell<BTreeMap<(UserId, ClientId, String), Scope>>);

impl ConsentTable {
    /// The scope that was consented to.
    pub fn find(&self, user_id: &UserId, client_id: &ClientId, resource: &str) -> Option<Scope> {
        let key = (user_id.clone(), client_id.clone(), resource.to_owned());
        self.0.borrow().get(&key).cloned()
    }

    /// Remembers a consent in place of an earlier one.
    pub fn remember(&self, user_id: &UserId, consent: &RememberedConsent) {
        let RememberedConsent {
            client_id,
            resource,
            scope,
            ..
        } = consent.clone();
        let key = (user_id.clone(), client_id, resource);
        self.0.borrow_mut().insert(key, scope);
    }

    /// The consents to the clients after `after` and up to `last`, as if each was given at `since`.
    pub fn between(
        &self,
        user_id: &UserId,
        after: Option<&ClientId>,
        last: Option<&ClientId>,
        since: UnixTime,
    ) -> Vec<RememberedConsent> {
        let consents = self.0.borrow();
        let listed = consents.iter().filter(|((user, client, _), _)| {
            user == user_id
                && after.is_none_or(|after| client > after)
                && last.is_none_or(|last| client <= last)
        });
        let listed = listed.map(|((_, client_id, resource), scope)| RememberedConsent {
            client_id: client_id.clone(),
            resource: resource.clone(),
            scope: scope.clone(),
            since,
        });
        listed.collect()
    }

    /// Forgets what a user has agreed to, with one client or with all.
    pub fn withdraw(&self, user_id: &UserId, client_id: Option<&ClientId>) {
        self.0.borrow_mut().retain(|(user, client, _), _| {
            user != user_id || client_id.is_some_and(|only| only != client)
        });
    }

    /// Forgets all of them.
    pub fn clear(&self) {
        self.0.borrow_mut().clear();
    }
}
