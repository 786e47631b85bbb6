//! What a resource server must know of an end, and when. It checks signed tokens itself, so it knows what the tombstones
//! say; and it goes on with an answer about an opaque token for some seconds.

use super::{Act, Call, Oracle, Outcome};
use crate::resource_server::CACHE;

impl Oracle {
    /// Whether whoever answered `call` must have known of the end of the grant by `end`.
    pub(super) fn must_be_known(&self, end: &Call, call: &Call, grant: &str) -> bool {
        // What a resource server refuses may have ended there only, or not there yet.
        if matches!(end.act, Act::Probe { .. })
            && end.is_at_resource_server() != call.is_at_resource_server()
        {
            return false;
        }
        if !call.is_at_resource_server() {
            return true;
        }
        if call.troubled || self.is_newer_than_the_cut(end, call) {
            return false;
        }
        if !call.presented().is_some_and(is_signed) {
            return end
                .ended
                .is_some_and(|ended| ended.1 + CACHE < call.started.1);
        }
        // An answer without a fault says that the tombstone is written; else the alarm writes it later.
        let is_told = matches!(end.outcome, Some(Outcome::Done | Outcome::Refused(_)))
            && !end.troubled
            && !end.fate.get().doubled;
        is_told && !self.is_lost(grant)
    }

    /// Whether a token may be newer than the tombstone of its client that was disabled: an isolate with a copy of before
    /// may have issued it.
    fn is_newer_than_the_cut(&self, end: &Call, call: &Call) -> bool {
        let Act::Disable { who } = &end.act else {
            return false;
        };
        let issued = call.grant().and_then(|grant| self.issued(&grant));
        let is_of_client = issued.is_some_and(|issued| issued.client == *who);
        let token = call.presented().and_then(|token| self.delivered(token));
        is_of_client && token.is_none_or(|token| token.latest + self.rules.skew >= end.started.1)
    }

    /// Whether KV has lost a tombstone of the grant or of its user.
    fn is_lost(&self, grant: &str) -> bool {
        let user = self
            .issued(grant)
            .map(|issued| ["u_", issued.person].concat());
        let lost = self.lost.borrow();
        let client = self.issued(grant).map(|issued| issued.client);
        lost.contains(grant)
            || client.is_some_and(|client| lost.contains(client))
            || user.is_some_and(|user| lost.contains(&user))
    }

    /// Whether a tombstone of its user may cover a token that was issued at nearly the same time: seconds are compared,
    /// of two clocks.
    pub(super) fn may_be_covered(&self, calls: &[Call], call: &Call) -> bool {
        let issued = call.grant().and_then(|grant| self.issued(&grant));
        let token = call.presented().and_then(|token| self.delivered(token));
        let (Some(issued), Some(token)) = (issued, token) else {
            return false;
        };
        call.is_at_resource_server()
            && calls.iter().any(|end| {
                (end.act.ends_all_of() == Some(issued.person)
                    || end.act.ends_all_of() == Some(issued.client))
                    && end
                        .last_effect()
                        .is_some_and(|at| token.earliest <= at.1.saturating_add(self.rules.skew))
            })
    }
}

fn is_signed(token: &str) -> bool {
    token.starts_with("ey")
}
