//! What people have ended, and what had to end for another: each is in the audit log once, nothing else is, and each has
//! its tombstones.

use std::collections::BTreeSet;

use oauth_core::lifecycle::person::{self, Extent};

use super::{Act, Call, Invariant, Noted, Oracle, Outcome, Tombstone, grant_of, history::Issued};
use crate::object::SharedFate;

/// What a person has ended, as their object committed it.
pub(crate) struct Acted {
    pub(crate) act: person::Act,
    pub(crate) ended: Extent,
    /// When, by the object's clock.
    pub(crate) at: i64,
    /// What became of it.
    pub(crate) fate: SharedFate,
}

/// A registration was changed, so that everything that was issued until then has ended.
pub(crate) struct Cut {
    /// The user's id or the client's.
    pub(crate) name: String,
    /// When.
    pub(crate) at: i64,
}

impl Acted {
    /// The step in which it was committed, if that is durable.
    fn step(&self) -> Option<u64> {
        self.fate.get().first_write.map(|(step, _)| step)
    }

    /// The event that says it.
    const fn word(&self) -> &'static str {
        match self.ended {
            Extent::Everything => "everything_ended",
            Extent::Client(_) => "client_grants_ended",
            Extent::Grant(_) => "grant_ended",
            Extent::Session => "logout",
        }
    }

    /// The grant that it has ended, if it is one.
    fn grant(&self) -> Option<String> {
        match &self.ended {
            Extent::Grant(key) => key.parts().map(|(_, grant)| grant.to_string()),
            Extent::Everything | Extent::Client(_) | Extent::Session => None,
        }
    }

    /// Whether the event says just this.
    fn is_told_by(&self, noted: &Noted) -> bool {
        noted.id.as_ref() == Some(&self.act.id)
            && noted.event == self.word()
            && noted.subject.as_deref() == Some(self.act.user_id.as_str())
            && noted.actor.as_deref()
                == Some(self.act.by.as_str()).filter(|by| noted.subject.as_deref() != Some(by))
            && noted.grant == self.grant()
    }

    /// Whether it has ended this grant alone, or with others of its client.
    fn concerns(&self, grant: &str, issued: &Issued) -> bool {
        let is_theirs = self.act.user_id.as_str().strip_prefix("u_") == Some(issued.person);
        let is_meant = match &self.ended {
            Extent::Client(client_id) => client_id.as_str() == issued.client,
            Extent::Grant(_) => self.grant().as_deref() == Some(grant),
            Extent::Everything | Extent::Session => false,
        };
        is_theirs && is_meant && self.step().is_some_and(|step| issued.delivered.0 < step)
    }
}

impl Oracle {
    /// A person's object commits an end.
    pub(crate) fn acted(&self, acted: Acted) {
        self.acted.borrow_mut().push(acted);
    }

    /// A registration is changed.
    pub(crate) fn cut(&self, cut: Cut) {
        self.cuts.borrow_mut().push(cut);
    }

    /// Judges all of them.
    pub(super) fn audit_ends(&self, calls: &[Call]) {
        let lacks = |what: String| self.report(Invariant::EveryEndIsRecorded, what);
        for end in self.acted.borrow().iter().filter(|it| it.step().is_some()) {
            if let Some(missing) = self.missing_of(calls, end) {
                lacks(format!(
                    "{:?} of {:?} left no {missing}",
                    end.ended, end.act
                ));
            }
        }
        for cut in self.cuts.borrow().iter() {
            if !self.is_covered(&cut.name, cut.at) {
                lacks(format!("what ended with {} left no tombstone", cut.name));
            }
        }
        for noted in self.noted.borrow().iter() {
            if !self.has_happened(noted) {
                lacks(format!("{noted:?}, and there was no such end"));
            }
        }
        for person in ["ada", "alan"] {
            if let Some((events, ends)) = self.uncounted(calls, person) {
                lacks(format!("{ends} ends of everything left {events} events"));
            }
        }
        if let Some(seen) = self.surplus(calls) {
            lacks(seen);
        }
    }

    /// What an end should have left and has not.
    fn missing_of(&self, calls: &[Call], end: &Acted) -> Option<&'static str> {
        if !self.noted.borrow().iter().any(|it| end.is_told_by(it)) {
            return Some("event in the audit log");
        }
        let user = end.act.user_id.as_str();
        if end.ended == Extent::Everything {
            return (!self.is_covered(user, end.at)).then_some("tombstone that is new enough");
        }
        let grants = self.grants.borrow();
        let mut over = grants.iter().filter(|(grant, issued)| {
            end.concerns(grant, issued)
                && was_redeemed(calls, grant, end)
                && !self.was_disabled(issued.person)
                && !self.was_disabled(issued.client)
        });
        let is_buried =
            |name: &str| self.last_tombstone(name).is_some() || self.last_tombstone(user).is_some();
        over.any(|(grant, _)| !is_buried(grant))
            .then_some("tombstone of a grant")
    }

    /// Whether the tombstone of a user covers an end of everything. The last one that was written is the one that counts;
    /// which of two that are written at the same time comes last, nobody decides.
    fn is_covered(&self, user: &str, at: i64) -> bool {
        let tombstones = self.tombstones.borrow();
        let mut theirs = tombstones.iter().filter(|it| it.name == user);
        let covers = |it: &Tombstone| it.before + self.rules.skew >= at;
        self.last_tombstone(user).is_some_and(|last| {
            covers(&last) || theirs.any(|it| covers(it) && last.written.0 < it.written.1)
        })
    }

    /// The tombstone that KV would have, had it lost nothing.
    fn last_tombstone(&self, name: &str) -> Option<Tombstone> {
        let tombstones = self.tombstones.borrow();
        tombstones.iter().rfind(|it| it.name == name).cloned()
    }

    fn was_disabled(&self, who: &str) -> bool {
        self.disabled.borrow().iter().any(|span| span.who == who)
    }

    /// Whether what an event says of a person's end has happened.
    fn has_happened(&self, noted: &Noted) -> bool {
        let is_an_act = match noted.event {
            "everything_ended" | "client_grants_ended" | "logout" => true,
            // One that ended by itself has this id.
            "grant_ended" => noted.id.as_ref().is_none_or(|id| !id.starts_with("end.")),
            _ => false,
        };
        let acted = self.acted.borrow();
        !is_an_act
            || acted
                .iter()
                .any(|end| end.step().is_some() && end.is_told_by(noted))
    }

    /// The events and the ends of everything, where there are too few: each request is one, whatever the server counts.
    fn uncounted(&self, calls: &[Call], person: &str) -> Option<(usize, usize)> {
        let ends = calls.iter().filter(|call| {
            matches!(&call.act, Act::EndAll { person: whose } if *whose == person)
                && call.has_written()
                && self.is_announced(call)
        });
        let user = ["u_", person].concat();
        let noted = self.noted.borrow();
        let events = noted.iter().filter(|noted| {
            noted.event == "everything_ended" && noted.subject.as_ref() == Some(&user)
        });
        let events: BTreeSet<_> = events.map(|noted| &noted.id).collect();
        let (events, ends) = (events.len(), ends.count());
        (events < ends).then_some((events, ends))
    }

    /// What is wrong where a client had as many grants as it may have: one had to end for each that began.
    fn surplus(&self, calls: &[Call]) -> Option<String> {
        let full = self.full.borrow();
        if full.is_empty() {
            return None;
        }
        let noted = self.noted.borrow();
        let ended = full.iter().filter(|grant| {
            let id = ["end.", grant].concat();
            noted.iter().any(|it| {
                it.event == "grant_ended"
                    && it.id.as_ref() == Some(&id)
                    && it.grant.as_ref() == Some(*grant)
            })
        });
        let ended: Vec<&String> = ended.collect();
        // One that has ended by itself may have made room for the next.
        let is_living = |code: &str| {
            let id = grant_of(code).map(|grant| ["end.", &grant].concat());
            noted.iter().all(|it| it.id != id)
        };
        let begun = calls
            .iter()
            .filter(|call| matches!(&call.outcome, Some(Outcome::Code(code)) if is_living(code)))
            .count();
        if ended.len() < begun {
            let events = ended.len();
            return Some(format!("{begun} grants too many left {events} events"));
        }
        let mut unburied = ended.into_iter();
        let unburied = unburied.find(|grant| self.last_tombstone(grant).is_none())?;
        Some(format!("grant {unburied}, one too many, has no tombstone"))
    }
}

/// Whether the grant had begun when it was ended.
fn was_redeemed(calls: &[Call], grant: &str, end: &Acted) -> bool {
    calls.iter().any(|call| {
        matches!(call.act, Act::Redeem { .. })
            && call.grant().as_deref() == Some(grant)
            && call.tokens().is_some()
            && call.ended.map(|(step, _)| step) < end.step()
    })
}
