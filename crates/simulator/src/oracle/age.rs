//! Upper bounds: nothing is accepted after its lifetime. Each bound is counted from the last moment at which the thing
//! can have been made.

use oauth_core::clock_skew::OF_JWT_ISSUERS;

use super::{
    Act, Call, Invariant, Oracle, Outcome, Place,
    judge::{Verdict, name, violated},
};

impl Oracle {
    /// A yes must not come after the lifetime of what was presented.
    pub(super) fn judge_age(&self, calls: &[Call], call: &Call) -> Verdict {
        let Some((what, until)) = self.outlived(calls, call) else {
            return Ok(());
        };
        let seen = format!(
            "{} was accepted, though its {what} had ended {} s before",
            name(call),
            call.started.1 - until
        );
        violated(Invariant::EverythingExpires, seen)
    }

    /// The lifetime that was over when `call` began, and its end.
    fn outlived(&self, calls: &[Call], call: &Call) -> Option<(&'static str, i64)> {
        let over = |(_, until): &(&'static str, i64)| call.started.1 > until + self.rules.skew;
        self.bounds(calls, call).into_iter().find(over)
    }

    fn bounds(&self, calls: &[Call], call: &Call) -> Vec<(&'static str, i64)> {
        let mut bounds = Vec::new();
        let issued = call.grant().and_then(|grant| self.issued(&grant));
        match &call.act {
            Act::Redeem { .. } => {
                let code = issued.map(|issued| issued.delivered.1 + self.rules.code);
                bounds.extend(code.map(|until| ("code", until)));
            }
            Act::Refresh { token, .. } | Act::Probe { token, .. } => {
                let delivered = self.delivered(token);
                let leeway = match call.act {
                    // It allows for the clocks of other servers.
                    Act::Probe {
                        at: Place::UserInfo | Place::ResourceServer,
                        ..
                    } => OF_JWT_ISSUERS.expired,
                    _ => 0,
                };
                let until = delivered.map(|token| token.latest + token.lives + leeway);
                bounds.extend(until.map(|until| ("token", until)));
                let begun = call.grant().and_then(|grant| redeemed_at(calls, &grant));
                if matches!(call.act, Act::Refresh { .. }) {
                    let until = begun.map(|begun| begun + self.rules.absolute);
                    bounds.extend(until.map(|until| ("family", until)));
                }
            }
            Act::Authorize {
                session, pushed, ..
            } => {
                let session = self.session(*session);
                let until = session.map(|session| session.opened.1 + self.rules.session);
                bounds.extend(until.map(|until| ("session", until)));
                let until = pushed
                    .as_deref()
                    .and_then(|uri| self.pushed_until(calls, call, uri));
                bounds.extend(until.map(|until| ("pushed request", until)));
            }
            _ => {}
        }
        bounds
    }

    /// Until when a pushed request can be opened, if no browser had opened it before.
    fn pushed_until(&self, calls: &[Call], call: &Call, uri: &str) -> Option<i64> {
        let is_opened = calls.iter().any(|other| {
            !std::ptr::eq(other, call)
                && matches!(&other.act, Act::Authorize { pushed: Some(same), .. } if same == uri)
        });
        let push = calls
            .iter()
            .find(|push| matches!(&push.outcome, Some(Outcome::RequestUri(same)) if same == uri))?;
        let pushed = push.ended?.1 + self.rules.pushed;
        (!is_opened).then_some(pushed)
    }
}

/// When the code of a grant had been redeemed.
fn redeemed_at(calls: &[Call], grant: &str) -> Option<i64> {
    let redeemed = calls.iter().find(|call| {
        matches!(call.act, Act::Redeem { .. })
            && call.tokens().is_some()
            && call.grant().as_deref() == Some(grant)
    });
    Some(redeemed?.ended?.1)
}
