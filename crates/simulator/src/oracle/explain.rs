//! Whether a refusal can be right: what in the story could have ended a grant, or spent or outlived a credential.
//!
//! Each cause counts only for what it can have changed: an end for what began before it, a lost answer for what its
//! request really wrote.

use super::{
    Act, Call, Caller, Oracle, Outcome, generation_of,
    history::{Issued, NEVER},
    judge::TRIES,
};

impl Oracle {
    /// Whether anything explains the refusal of `call`.
    pub(super) fn explains(&self, calls: &[Call], call: &Call) -> bool {
        if may_be_replayed(calls, call) {
            return true;
        }
        if let Some(by) = &call.by {
            return self.may_not_administer(calls, call, by);
        }
        match &call.act {
            Act::SignIn { person } | Act::LogIn { person } => {
                self.may_be_disabled(call, person)
                    || is_hit_by_an_end(calls, call, person)
                    || self.may_have_to_wait(calls, call)
            }
            Act::Authorize {
                session, pushed, ..
            } => self.may_not_authorize(calls, call, *session, pushed.as_deref()),
            Act::EndAll { person }
            | Act::EndOf { person }
            | Act::EndOne { person, .. }
            | Act::Disable { who: person }
            | Act::Enable { who: person }
            | Act::SignOut { person, .. } => {
                self.may_be_disabled(call, person) || self.session_may_be_over(calls, call, person)
            }
            Act::Push | Act::AsItself => self.may_be_disabled(call, call.client),
            Act::Redeem { .. } | Act::Refresh { .. } | Act::Probe { .. } | Act::Revoke { .. } => {
                let Some(grant) = call.grant() else {
                    return true;
                };
                self.may_be_over(calls, call, &grant)
                    || self.may_be_spent(calls, call)
                    || self.may_be_covered(calls, call)
            }
        }
    }

    /// Whether the user or the client of a grant may have been disabled while `call` was served.
    pub(super) fn is_out(&self, call: &Call, grant: &str) -> bool {
        let issued = self.issued(grant);
        issued.is_some_and(|issued| {
            self.may_be_disabled(call, issued.person) || self.may_be_disabled(call, issued.client)
        })
    }

    /// Whether a user or a client may have been disabled while `call` was served.
    pub(super) fn may_be_disabled(&self, call: &Call, who: &str) -> bool {
        let ended = call.ended.unwrap_or(NEVER);
        self.disabled.borrow().iter().any(|span| {
            span.who == who
                && span.from.0 <= ended.0
                && span
                    .until
                    .is_none_or(|until| until.1 + self.copies.get() >= call.started.1)
        })
    }

    /// Whether the session of an account page may have ended, or have had its time.
    fn session_may_be_over(&self, calls: &[Call], call: &Call, person: &str) -> bool {
        let old = call.started.1 - self.rules.session + self.rules.skew;
        calls.iter().any(|end| match &end.act {
            Act::EndAll { person: whose }
            | Act::Disable { who: whose }
            | Act::Enable { who: whose }
            | Act::SignOut { person: whose, .. } => {
                *whose == person && end.last_effect().is_some() && !std::ptr::eq(end, call)
            }
            _ => false,
        }) || self
            .sessions
            .borrow()
            .iter()
            .any(|session| session.asked.1 <= old)
    }

    fn may_not_authorize(
        &self,
        calls: &[Call],
        call: &Call,
        number: usize,
        pushed: Option<&str>,
    ) -> bool {
        let Some(session) = self.session(number) else {
            return true;
        };
        let ended = |end: &Call| end.last_effect().is_some_and(|at| at.0 >= session.asked.0);
        let no_consent = calls.iter().any(|end| match &end.act {
            Act::EndAll { person } | Act::Disable { who: person } | Act::Enable { who: person } => {
                *person == session.person && ended(end)
            }
            Act::SignOut { session, .. } => *session == number && ended(end),
            Act::EndOf { person } => {
                *person == session.person && end.client == call.client && end.may_have_acted()
            }
            _ => false,
        });
        let is_old = call.last_look().1 >= session.asked.1 + self.rules.session - self.rules.skew;
        let is_used = pushed.is_some_and(|uri| self.may_be_used(calls, call, uri));
        no_consent
            || is_old
            || is_used
            || self.may_be_disabled(call, session.person)
            || self.may_be_disabled(call, call.client)
    }

    /// Whether a pushed request may have been used by another request, or have had its time.
    fn may_be_used(&self, calls: &[Call], call: &Call, uri: &str) -> bool {
        let by_another = calls.iter().any(|other| {
            !std::ptr::eq(other, call)
                && matches!(&other.act, Act::Authorize { pushed: Some(same), .. } if same == uri)
                && other.presentations() > 0
        });
        let pushed = calls
            .iter()
            .find(|push| matches!(&push.outcome, Some(Outcome::RequestUri(same)) if same == uri));
        let old = pushed.is_none_or(|push| {
            call.last_look().1 >= push.started.1 + self.rules.pushed - self.rules.skew
        });
        by_another || old || call.fate.get().doubled
    }

    /// Whether the grant may have ended before its time.
    pub(super) fn may_be_over(&self, calls: &[Call], call: &Call, grant: &str) -> bool {
        let of_grant: Vec<&Call> = calls
            .iter()
            .filter(|other| other.caller != Caller::Stranger)
            .filter(|other| other.grant().as_deref() == Some(grant))
            .collect();
        let revoked = of_grant.iter().any(|other| {
            matches!(other.act, Act::Revoke { .. })
                && (other.last_effect().is_some() || other.outcome == Some(Outcome::Done))
        });
        let redeemed: usize = of_grant
            .iter()
            .filter(|other| {
                matches!(other.act, Act::Redeem { .. }) && other.caller == Caller::Owner
            })
            .map(|other| other.presentations())
            .sum();
        let slips = of_grant.iter().filter(|other| {
            matches!(other.act, Act::Redeem { .. }) && other.caller == Caller::Slip
        });
        let issued = self.issued(grant);
        revoked
            || redeemed > 1
            || slips.map(|slip| slip.presentations()).sum::<usize>() >= TRIES
            || issued.is_some_and(|issued| may_be_ended(calls, &issued))
            || may_be_ended_alone(calls, grant)
            || self.may_be_cut_off(call, issued.as_ref())
            || self.may_be_reuse(&of_grant)
    }

    /// Whether its user or its client was disabled while the grant lived, which ends it.
    pub(super) fn may_be_cut_off(&self, call: &Call, issued: Option<&Issued>) -> bool {
        let (asked, person, client) = issued.map_or((0, "", call.client), |issued| {
            (issued.asked.0, issued.person, issued.client)
        });
        let ended = call.ended.unwrap_or(NEVER);
        self.disabled.borrow().iter().any(|span| {
            (span.who == person || span.who == client)
                && span.from.0 <= ended.0
                && span.until.is_none_or(|until| until.0 >= asked)
        })
    }

    /// Whether a refresh token may have been presented too late for a retry.
    pub(super) fn may_be_reuse(&self, of_grant: &[&Call]) -> bool {
        let uses: Vec<(&Call, u32)> = of_grant
            .iter()
            .filter_map(|call| Some((*call, call.used_generation()?)))
            .filter(|(call, _)| call.presentations() > 0)
            .collect();
        uses.iter().any(|(late, generation)| {
            uses.iter().any(|(early, used)| {
                let Some(effect) = early.first_effect() else {
                    return false;
                };
                let is_again = !std::ptr::eq(*early, *late) || late.fate.get().doubled;
                let is_late = late.last_look().1.saturating_sub(effect.1)
                    >= self.rules.grace_of(late.client) - self.rules.skew;
                // With another key it is no retry.
                let is_other = early.jkt != late.jkt;
                is_again && used == generation && (is_late || is_other)
                    || self.rules.successor_ends_grace
                        && used > generation
                        && effect.0 < late.last_look().0
            })
        })
    }

    /// Whether the credential itself is spent or too old.
    fn may_be_spent(&self, calls: &[Call], call: &Call) -> bool {
        let now = call.last_look().1;
        let Some(presented) = call.presented() else {
            return false;
        };
        let is_old = |lives: i64, since: i64| now >= since + lives - self.rules.skew;
        let is_too_old = |token: &str| {
            let begun = call.grant().and_then(|grant| self.issued(&grant));
            issued_at(calls, token).is_none_or(|issued| is_old(self.rules.idle, issued))
                || begun.is_none_or(|issued| is_old(self.rules.absolute, issued.asked.1))
        };
        match &call.act {
            Act::Redeem { code } => {
                let issued = call.grant().and_then(|grant| self.issued(&grant));
                issued.is_none_or(|issued| is_old(self.rules.code, issued.asked.1))
                    || calls.iter().any(|other| {
                        !std::ptr::eq(other, call)
                            && other.caller == Caller::Owner
                            && matches!(&other.act, Act::Redeem { code: same } if same == code)
                            && other.presentations() > 0
                    })
            }
            Act::Refresh { token, .. } => is_too_old(token),
            Act::Probe { token, .. } if generation_of(token).is_some() => {
                let used = calls.iter().any(|other| {
                    matches!(&other.act, Act::Refresh { token, .. } if token == presented)
                        && other.presentations() > 0
                });
                used || is_too_old(token)
            }
            Act::Probe { .. } => self
                .delivered(presented)
                .is_none_or(|token| is_old(token.lives, token.earliest)),
            _ => false,
        }
    }
}

/// Whether what counts once in `call` may have come before, or twice.
fn may_be_replayed(calls: &[Call], call: &Call) -> bool {
    let by_another = calls.iter().any(|other| {
        !std::ptr::eq(other, call)
            && other.once.is_some()
            && other.once == call.once
            && call.ended.is_none_or(|ended| other.started.0 < ended.0)
    });
    // The object of a grant spends the proof of a call as often as the call arrives.
    let is_spent_twice = call.is_spent_twice || call.fate.get().doubled;
    by_another || call.once.is_some() && is_spent_twice
}

/// Whether everything of this person may have been ended after `call` began.
pub(super) fn is_hit_by_an_end(calls: &[Call], call: &Call, person: &str) -> bool {
    calls.iter().any(|end| {
        end.act.ends_all_of() == Some(person)
            && end.last_effect().is_some_and(|at| at.0 >= call.started.0)
    })
}

/// Whether its person may have ended the grant with others.
fn may_be_ended(calls: &[Call], issued: &Issued) -> bool {
    calls.iter().any(|end| {
        let concerned = match &end.act {
            Act::EndAll { person } | Act::Disable { who: person } | Act::Enable { who: person } => {
                *person == issued.person
            }
            Act::EndOf { person } => *person == issued.person && end.client == issued.client,
            _ => false,
        };
        // What began after the end is not the end's.
        concerned && end.last_effect().is_some_and(|at| at.0 >= issued.asked.0)
    })
}

/// Whether its person may have ended just this grant.
fn may_be_ended_alone(calls: &[Call], grant: &str) -> bool {
    calls.iter().any(|end| {
        matches!(&end.act, Act::EndOne { grant: ended, .. } if ended == grant)
            && (end.last_effect().is_some() || end.outcome == Some(Outcome::Done))
    })
}

/// The earliest moment at which this refresh token can have been issued: the token before may have been presented
/// more than once for it.
fn issued_at(calls: &[Call], token: &str) -> Option<i64> {
    let parent = calls.iter().find(|call| {
        call.tokens()
            .is_some_and(|tokens| tokens.refresh_token.as_deref() == Some(token))
    })?;
    let asked = calls
        .iter()
        .filter(|call| call.presented() == parent.presented());
    asked.map(|call| call.started.1).min()
}
