//! The duty to detect: a credential that was used, and comes again too late for a retry, is in two hands. Whatever the
//! server says then, everything that was issued from the grant is over.

use super::{Act, Call, Caller, Oracle, Outcome};

impl Oracle {
    /// The step from which the grant of `call` must be over because its credential was used before, if it must.
    pub(super) fn theft(&self, calls: &[Call], call: &Call) -> Option<u64> {
        let is_theft = match &call.act {
            Act::Redeem { code } => calls.iter().any(|early| {
                matches!(&early.act, Act::Redeem { code: same } if same == code)
                    && early.is_used_before(call)
            }),
            Act::Refresh { token, .. } => {
                !self.is_beyond_the_family(calls, call)
                    && calls.iter().any(|early| {
                        matches!(&early.act, Act::Refresh { token: same, .. } if same == token)
                            && early.is_used_before(call)
                            && self.is_no_retry(early, call)
                    })
            }
            _ => false,
        };
        // Whoever is disabled is turned back before their grant is asked.
        let is_out = call.grant().is_some_and(|grant| self.is_out(call, &grant));
        if !is_theft || is_out || call.caller != Caller::Owner || call.is_turned_back() {
            return None;
        }
        match &call.outcome {
            // What was answered is over at the latest when the answer arrives.
            Some(Outcome::Refused(_)) => call.ended.map(|ended| ended.0),
            // The answer was lost, but not what it was the answer to.
            Some(Outcome::Unavailable) if call.has_written() => {
                call.fate.get().last_write.map(|at| at.0)
            }
            _ => None,
        }
    }

    /// Whether `call`, which repeats `early`, is surely no retry: it comes too late, or with another key.
    pub(super) fn is_no_retry(&self, early: &Call, call: &Call) -> bool {
        early.jkt != call.jkt || self.is_late(early, call)
    }

    /// Whether `call` surely began after the time in which the answer to `early` may be asked for again.
    fn is_late(&self, early: &Call, call: &Call) -> bool {
        let Some(used) = early.fate.get().last_write.or(early.ended) else {
            return false;
        };
        call.started.1 > used.1 + self.rules.grace_of(call.client) + self.rules.skew
    }

    /// Whether the whole family may have had its time: then a token of it is only too old.
    fn is_beyond_the_family(&self, calls: &[Call], call: &Call) -> bool {
        let begun = calls.iter().filter(|other| {
            matches!(other.act, Act::Redeem { .. }) && other.grant() == call.grant()
        });
        let begun = begun.map(|other| other.started.1).min();
        begun.is_some_and(|begun| {
            call.last_look().1 >= begun + self.rules.absolute - self.rules.skew
        })
    }
}
