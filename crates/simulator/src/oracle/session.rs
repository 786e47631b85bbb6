//! Sessions: nothing for one that has ended.

use super::{
    Act, Call, Invariant, Oracle, Outcome,
    judge::{Verdict, violated},
};

impl Oracle {
    /// No code for a session that had ended: by itself, or with everything.
    pub(super) fn judge_session(&self, calls: &[Call], call: &Call) -> Verdict {
        let Act::Authorize {
            session: number, ..
        } = &call.act
        else {
            return Ok(());
        };
        let Some(session) = self.session(*number) else {
            return Ok(());
        };
        let ended = calls.iter().any(|end| {
            let concerned = match &end.act {
                Act::EndAll { person } | Act::Disable { who: person } => *person == session.person,
                Act::SignOut { session, .. } => session == number,
                _ => false,
            };
            concerned
                && (end.outcome == Some(Outcome::Done) || end.has_written())
                && session.opened.0 < end.started.0
                && end.is_before(call)
        });
        if ended {
            let seen = "a session that had ended was given a code".to_owned();
            return violated(Invariant::EndedMeansEnded, seen);
        }
        Ok(())
    }
}
