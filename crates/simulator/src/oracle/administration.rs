//! Administrators: what they have done is so, and who must not is refused.

use super::{Act, By, Call, Invariant, Oracle, history::NEVER};

/// How long after signing in an administrator may change anything.
const RECENT: i64 = 900;

impl Oracle {
    /// Whether the refusal of an administrator's request can be right.
    pub(super) fn may_not_administer(&self, calls: &[Call], call: &Call, by: &By) -> bool {
        let skew = self.rules.skew;
        let now = call.ended.unwrap_or(NEVER).1;
        let is_old = self
            .delivered(&by.token)
            .is_none_or(|token| now >= token.earliest + token.lives - skew);
        let has_signed_in_lately = self
            .session(by.session)
            .is_some_and(|session| now <= session.asked.1 + RECENT - skew);
        let grant = super::grant_of(&by.token).unwrap_or_default();
        is_old
            || !has_signed_in_lately
            || self.may_be_disabled(call, by.person)
            || self.may_be_disabled(call, call.client)
            || self.may_be_over(calls, call, &grant)
            || self.is_out_of_reach(calls, call)
    }

    /// Whether what an administrator asks for may not be there, or must not be.
    fn is_out_of_reach(&self, calls: &[Call], call: &Call) -> bool {
        match &call.act {
            // Of two administrators, none disables the last.
            Act::Disable { who } => {
                ["grace", "edsger"]
                    .iter()
                    .any(|other| other != who && self.may_be_disabled(call, other))
                    && ["grace", "edsger"].contains(who)
            }
            Act::EndOne { grant, .. } => {
                let is_again = calls.iter().any(|other| {
                    !std::ptr::eq(other, call)
                        && matches!(&other.act, Act::EndOne { grant: same, .. } if same == grant)
                });
                is_again || self.may_be_over(calls, call, grant)
            }
            _ => false,
        }
    }

    /// Whether a grant belongs to a client that was disabled after it began; resource servers know it by a tombstone.
    pub(super) fn is_cut_off_by(&self, end: &Call, grant: &str, who: &str) -> Option<Invariant> {
        if self.copies.get() > 0 {
            return None;
        }
        let issued = self.issued(grant)?;
        let is_older = issued.client == who && issued.delivered.0 < end.started.0;
        is_older.then_some(Invariant::DisabledIsOut)
    }
}
