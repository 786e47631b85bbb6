//! Whether a refusal can be right: events that could have ended a grant or spent a credential.

use super::{Act, Call, Caller, Oracle, Outcome, generation_of};

impl Oracle {
    /// Whether anything explains the refusal of `call`.
    pub(super) fn explains(&self, calls: &[Call], call: &Call) -> bool {
        let Some(grant) = call.grant() else {
            return calls
                .iter()
                .any(|other| matches!(other.act, Act::EndAll | Act::EndOf))
                || may_be_used(calls);
        };
        self.may_be_over(calls, &grant) || self.may_be_spent(calls, call)
    }

    /// Whether the grant may have ended before its time.
    fn may_be_over(&self, calls: &[Call], grant: &str) -> bool {
        let of_grant: Vec<&Call> = calls
            .iter()
            .filter(|call| call.caller == Caller::Owner)
            .filter(|call| call.grant().as_deref() == Some(grant))
            .collect();
        let revoked = of_grant
            .iter()
            .any(|call| matches!(call.act, Act::Revoke { .. }));
        let ended = calls.iter().any(|call| match call.act {
            Act::EndAll => true,
            Act::EndOf => self
                .issued(grant)
                .is_none_or(|issued| issued.client == call.client),
            _ => false,
        });
        let redeemed: usize = of_grant
            .iter()
            .filter(|call| matches!(call.act, Act::Redeem { .. }))
            .map(|call| presentations(call))
            .sum();
        revoked || ended || redeemed > 1 || self.may_be_reuse(&of_grant)
    }

    /// Whether a refresh token may have been presented when its successor was already used, or too late.
    fn may_be_reuse(&self, of_grant: &[&Call]) -> bool {
        let uses: Vec<(usize, &Call, u32)> = of_grant
            .iter()
            .enumerate()
            .filter_map(|(place, call)| match &call.act {
                Act::Refresh { token } => Some((place, *call, generation_of(token)?)),
                _ => None,
            })
            .filter(|(_, call, _)| presentations(call) > 0)
            .collect();
        uses.iter().any(|(place, late, generation)| {
            uses.iter().any(|(other, early, used)| {
                if *used > *generation {
                    return early.started < done_by(late).0;
                }
                let twice = place != other || presentations(late) > 1;
                twice && used == generation && self.is_late(early, late)
            })
        })
    }

    /// Whether `late` may have been looked at when the grace that began with `early` was over.
    fn is_late(&self, early: &Call, late: &Call) -> bool {
        let (_, latest) = done_by(late);
        latest.saturating_sub(early.started_at)
            >= self.rules.grace_of(late.client) - self.rules.skew
    }

    /// Whether the credential itself is spent or too old.
    fn may_be_spent(&self, calls: &[Call], call: &Call) -> bool {
        let (_, now) = done_by(call);
        let Some(presented) = call.presented() else {
            return false;
        };
        match &call.act {
            Act::Redeem { code } => {
                let others = calls.iter().filter(|other| {
                    other.caller == Caller::Owner
                        && matches!(&other.act, Act::Redeem { code: same } if same == code)
                });
                let issued = call.grant().and_then(|grant| self.issued(&grant));
                let old = issued.is_some_and(|issued| {
                    now.saturating_sub(issued.at) >= self.rules.code - self.rules.skew
                });
                old || others.map(presentations).sum::<usize>() > 1
            }
            Act::Probe { .. } if generation_of(presented).is_some() => calls.iter().any(|other| {
                matches!(&other.act, Act::Refresh { token } if token == presented)
                    && presentations(other) > 0
            }),
            Act::Probe { .. } => self
                .lives_until(presented)
                .is_none_or(|until| now >= until - self.rules.skew),
            _ => false,
        }
    }
}

/// Whether a request for a code may have used what another one came with: they pushed only one.
fn may_be_used(calls: &[Call]) -> bool {
    let asked = calls
        .iter()
        .filter(|call| matches!(call.act, Act::Authorize { .. }));
    asked.map(presentations).sum::<usize>() > 1
}

/// How often the server may have looked at what `call` presented. A reported fault, after which
/// nothing can have been done, does not count.
pub(super) fn presentations(call: &Call) -> usize {
    let undone =
        call.outcome == Some(Outcome::Unavailable) && !call.fate.done && !call.fate.under_way;
    match (undone, call.fate.doubled) {
        (_, true) => 2,
        (true, false) => 0,
        (false, false) => 1,
    }
}

/// By which step and moment all that `call` could do is done: never, if something of it may still be on
/// its way.
pub(super) fn done_by(call: &Call) -> (u64, i64) {
    if call.fate.under_way || call.fate.doubled {
        return (u64::MAX, i64::MAX);
    }
    call.ended.unwrap_or((u64::MAX, i64::MAX))
}
