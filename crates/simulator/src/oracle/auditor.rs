//! The auditor, who reads at the end what was recorded and published: each end must be there once, and no theft that
//! never happened.

use std::collections::BTreeSet;

use super::{Act, Call, Invariant, Oracle, Outcome, judge::name};

/// The events that say: a credential was in two hands.
const THEFT: [&str; 2] = ["code_replayed", "refresh_token_reused"];

/// An event in the audit log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Noted {
    /// Its id: two with the same are one.
    pub id: Option<String>,
    /// Its kind.
    pub event: &'static str,
    /// The user concerned.
    pub subject: Option<String>,
    /// Who did it, where that is not the user.
    pub actor: Option<String>,
    /// The grant concerned.
    pub grant: Option<String>,
}

/// A tombstone that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tombstone {
    /// What has ended: a grant, a user, a client.
    pub name: String,
    /// What was issued until this moment has ended.
    pub before: i64,
    /// The steps in which the write began and was done.
    pub written: (u64, u64),
}

impl Oracle {
    /// Reads the audit log and the tombstones, when all is over.
    pub fn audit(&self) {
        let calls = self.calls.borrow();
        self.audit_ends(&calls);
        for call in calls.iter() {
            if let Some(missing) = self.missing(&calls, call) {
                let seen = format!("{} left no {missing}", name(call));
                self.report(Invariant::EveryEndIsRecorded, seen);
            }
        }
        for noted in self.noted.borrow().iter() {
            let grant = noted.grant.as_deref().unwrap_or_default();
            if THEFT.contains(&noted.event) && !self.may_be_theft(&calls, grant) {
                let seen = format!("{noted:?}, and there was no theft");
                self.report(Invariant::EveryEndIsRecorded, seen);
            }
        }
    }

    /// The record that the end by `call` should have left and has not.
    fn missing(&self, calls: &[Call], call: &Call) -> Option<&'static str> {
        if !call.has_written() || !self.is_announced(call) {
            return None;
        }
        let grant = call.grant()?;
        if self.may_be_cut_off(call, self.issued(&grant).as_ref()) {
            return None;
        }
        if self.theft(calls, call).is_some() {
            return self.lacking(self.times(&THEFT, &grant), &grant);
        }
        match &call.act {
            Act::Revoke { .. } => self.lacking(self.times(&["token_revoked"], &grant), &grant),
            _ => None,
        }
    }

    fn lacking(&self, events: usize, name: &str) -> Option<&'static str> {
        let tombstones = self.tombstones.borrow();
        let is_buried = tombstones.iter().any(|tombstone| tombstone.name == name);
        match (events, is_buried) {
            (0, _) => Some("event in the audit log"),
            (1, true) => None,
            (1, false) => Some("tombstone"),
            (_, _) => Some("audit log with its event in it once"),
        }
    }

    /// Whether the end by `call` must have been announced by now.
    pub(super) fn is_announced(&self, call: &Call) -> bool {
        let answered = matches!(call.outcome, Some(Outcome::Refused(_) | Outcome::Done));
        answered && !call.troubled && !call.fate.get().doubled || self.rules.announced_by_alarm
    }

    /// How often one of these events is in the log, about this grant and its user.
    fn times(&self, events: &[&str], grant: &str) -> usize {
        let user = self
            .issued(grant)
            .map(|issued| ["u_", issued.person].concat());
        let noted = self.noted.borrow();
        let found = noted.iter().filter(|noted| {
            events.contains(&noted.event)
                && noted.grant.as_deref() == Some(grant)
                && (noted.subject.is_none() || noted.subject == user)
        });
        let (named, others): (Vec<&Noted>, Vec<&Noted>) =
            found.partition(|noted| noted.id.is_some());
        let named: BTreeSet<_> = named.iter().map(|noted| &noted.id).collect();
        named.len() + others.len()
    }

    /// Whether the grant may have ended by itself, because a credential of it was presented more than once.
    pub fn may_have_ended_itself(&self, grant: &str) -> bool {
        self.may_be_theft(&self.calls.borrow(), grant)
    }

    /// Whether a credential of the grant was presented more than once.
    fn may_be_theft(&self, calls: &[Call], grant: &str) -> bool {
        let of_grant: Vec<&Call> = calls
            .iter()
            .filter(|call| call.grant().as_deref() == Some(grant))
            .collect();
        let redeemed = of_grant
            .iter()
            .filter(|call| matches!(call.act, Act::Redeem { .. }));
        redeemed.map(|call| call.presentations()).sum::<usize>() > 1 || self.may_be_reuse(&of_grant)
    }
}
