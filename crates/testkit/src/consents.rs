//! The consents of a simulated database.

use std::{cell::RefCell, collections::BTreeMap};

use oauth_core::{
    UnixTime,
    id::{ClientId, UserId},
    scope::Scope,
};
use oauth_server::ports::RememberedConsent;

/// Whose consent it is, to which client, for which resource.
type Key = (UserId, ClientId, String);

/// Consents, exact in client and resource, each with the time when it was given.
#[derive(Debug, Default)]
pub struct ConsentTable(RefCell<BTreeMap<Key, (Scope, UnixTime)>>);

impl ConsentTable {
    /// The scope that was consented to.
    pub fn find(&self, user_id: &UserId, client_id: &ClientId, resource: &str) -> Option<Scope> {
        let key = (user_id.clone(), client_id.clone(), resource.to_owned());
        self.0.borrow().get(&key).map(|(scope, _)| scope.clone())
    }

    /// Remembers a consent in place of an earlier one.
    pub fn remember(&self, user_id: &UserId, consent: &RememberedConsent) {
        let RememberedConsent {
            client_id,
            resource,
            scope,
            since,
        } = consent.clone();
        let key = (user_id.clone(), client_id, resource);
        self.0.borrow_mut().insert(key, (scope, since));
    }

    /// The consents to the clients after `after` and up to `last`.
    pub fn between(
        &self,
        user_id: &UserId,
        after: Option<&ClientId>,
        last: Option<&ClientId>,
    ) -> Vec<RememberedConsent> {
        let consents = self.0.borrow();
        let listed = consents.iter().filter(|((user, client, _), _)| {
            user == user_id
                && after.is_none_or(|after| client > after)
                && last.is_none_or(|last| client <= last)
        });
        let listed = listed.map(
            |((_, client_id, resource), (scope, since))| RememberedConsent {
                client_id: client_id.clone(),
                resource: resource.clone(),
                scope: scope.clone(),
                since: *since,
            },
        );
        listed.collect()
    }

    /// Forgets what a user has agreed to, with one client or with all, and at a time or before, where one is said.
    pub fn withdraw(
        &self,
        user_id: &UserId,
        client_id: Option<&ClientId>,
        given_until: Option<UnixTime>,
    ) {
        self.0.borrow_mut().retain(|(user, client, _), (_, since)| {
            user != user_id
                || client_id.is_some_and(|only| only != client)
                || given_until.is_some_and(|until| *since > until)
        });
    }

    /// Forgets all of them.
    pub fn clear(&self) {
        self.0.borrow_mut().clear();
    }
}
