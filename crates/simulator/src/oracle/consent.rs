//! Consent: nothing without asking, once it was withdrawn and not given again.

use super::{
    Act, Call, Invariant, Oracle, Outcome,
    judge::{Verdict, violated},
};

impl Oracle {
    /// No code without asking for a client whose consent was withdrawn, and not given since.
    pub(super) fn judge_consent(&self, calls: &[Call], call: &Call) -> Verdict {
        let Act::Authorize {
            session,
            by_hand: false,
            ..
        } = &call.act
        else {
            return Ok(());
        };
        let Some(session) = self.session(*session) else {
            return Ok(());
        };
        let mut ends = calls.iter().filter(|end| {
            matches!(&end.act, Act::EndOf { person } if *person == session.person)
                && end.client == call.client
                && end.outcome == Some(Outcome::Done)
                && end.is_before(call)
        });
        let is_given_since = |end: &Call| {
            let mut others = calls.iter().filter(|other| other.client == call.client);
            others.any(|other| self.may_consent_after(other, session.person, end))
        };
        if ends.any(|end| !is_given_since(end)) {
            let seen = format!("{} was given a code without asking", call.client);
            return violated(Invariant::EndedMeansEnded, seen);
        }
        Ok(())
    }

    /// Whether the person may have consented by `call`, so that `end` has not withdrawn it. One who was not given a code
    /// has not.
    fn may_consent_after(&self, call: &Call, person: &str, end: &Call) -> bool {
        let Act::Authorize {
            session,
            by_hand: true,
            ..
        } = &call.act
        else {
            return false;
        };
        let is_theirs = self
            .session(*session)
            .is_some_and(|session| session.person == person);
        let is_refused = matches!(call.outcome, Some(Outcome::Refused(_)));
        is_theirs && !is_refused && call.ended.is_none_or(|ended| ended.0 > end.started.0)
    }
}
