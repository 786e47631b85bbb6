//! What changes of registrations have ended and nobody has announced, in a simulated database.

use std::{cell::RefCell, collections::BTreeMap};

use oauth_server::{audit::AuditEvent, ports::UnannouncedEnd};

/// Unannounced ends, one for each user or client.
#[derive(Debug, Default)]
pub struct EndingTable(RefCell<BTreeMap<String, UnannouncedEnd>>);

impl EndingTable {
    /// Notes an end, in the place of an older one of the same user or client.
    pub fn note(&self, end: UnannouncedEnd) {
        self.0.borrow_mut().insert(end.subject.clone(), end);
    }

    /// Notes what the change of a user or a client has ended, as its event says it.
    pub fn note_change(&self, id: String, subject: &str, event: &AuditEvent) {
        self.note(UnannouncedEnd {
            id,
            subject: subject.to_owned(),
            at: event.at,
            actor: event.actor.clone().unwrap_or_default(),
        });
    }

    /// Those of one user or client, or of all.
    pub fn find(&self, of: Option<&str>) -> Vec<UnannouncedEnd> {
        let ends = self.0.borrow();
        let wanted = ends
            .values()
            .filter(|end| of.is_none_or(|of| of == end.subject));
        wanted.cloned().collect()
    }

    /// Takes one out, unless a later one has come in its place.
    pub fn forget(&self, end: &UnannouncedEnd) {
        self.0.borrow_mut().retain(|_, one| one.id != end.id);
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.borrow().is_empty()
    }
}
