//! Whether an answer is consistent with all that were given before it.

use super::{Act, Call, Caller, Invariant, Oracle, Outcome, Tokens, Violation, generation_of};

type Verdict = Result<(), Violation>;

fn violated(invariant: Invariant, seen: String) -> Verdict {
    Err(Violation { invariant, seen })
}

/// Refusals that say: it was presented before, and all of it ends.
const THEFT: [&str; 2] = ["code_replayed", "refresh_token_reused"];

impl Oracle {
    /// Judges the answer to one call.
    pub(super) fn judge(&self, calls: &[Call], id: usize, call: &Call) -> Verdict {
        let Some(outcome) = &call.outcome else {
            return Ok(());
        };
        if call.caller == Caller::Stranger {
            return judge_stranger(call, outcome);
        }
        match outcome {
            Outcome::Broken(status) => violated(
                Invariant::FaultIs503,
                format!("{} was answered {status}", name(call)),
            ),
            Outcome::Unavailable if !call.troubled && !call.fate.doubled => violated(
                Invariant::FaultIs503,
                format!("{} was answered 503 without a fault", name(call)),
            ),
            Outcome::Refused(_) | Outcome::Inactive => self.judge_no(calls, id, call),
            Outcome::Tokens(tokens) => {
                judge_tokens(calls, id, call, tokens, self)?;
                self.judge_yes(calls, call)
            }
            Outcome::Active => self.judge_yes(calls, call),
            Outcome::Code(code) => {
                judge_code(calls, id, code)?;
                self.judge_session(calls, call)
            }
            Outcome::Done | Outcome::Unavailable => Ok(()),
        }
    }

    /// A refusal needs a reason.
    fn judge_no(&self, calls: &[Call], id: usize, call: &Call) -> Verdict {
        if self.explains(calls, call) {
            return Ok(());
        }
        let before = calls.iter().take(id).any(|other| {
            other.presented() == call.presented() && matches!(other.act, Act::Refresh { .. })
        });
        let invariant = match (&call.act, call.troubled, before) {
            (_, true, _) => Invariant::FaultIs503,
            (Act::Refresh { .. }, false, true) => Invariant::RetryRecovers,
            _ => Invariant::LiveIsNeverInactive,
        };
        let seen = format!(
            "{} was answered no ({:?}) for no reason",
            name(call),
            call.outcome
        );
        violated(invariant, seen)
    }

    /// A yes must not come after an end.
    fn judge_yes(&self, calls: &[Call], call: &Call) -> Verdict {
        let Some(grant) = call.grant() else {
            return Ok(());
        };
        for before in calls {
            let over = before.ended.is_some_and(|(step, _)| step < call.started);
            if !over || before.caller == Caller::Stranger {
                continue;
            }
            if let Some(invariant) = self.certificate(before, &grant) {
                let seen = format!(
                    "{} was answered yes after {} had been answered {:?}",
                    name(call),
                    name(before),
                    before.outcome
                );
                return violated(invariant, seen);
            }
        }
        Ok(())
    }

    /// No code for a session that was open when everything was ended.
    fn judge_session(&self, calls: &[Call], call: &Call) -> Verdict {
        let Act::Authorize { session } = call.act else {
            return Ok(());
        };
        let opened = self.session_opened_at(session);
        let ended = calls.iter().any(|end| {
            end.act == Act::EndAll
                && end.outcome == Some(Outcome::Done)
                && opened < end.started
                && end.ended.is_some_and(|(step, _)| step < call.started)
        });
        if ended {
            let seen = "a session that had ended was given a code".to_owned();
            return violated(Invariant::EndedMeansEnded, seen);
        }
        Ok(())
    }

    /// The reason why the answer to `call` ends the grant, if it does.
    fn certificate(&self, call: &Call, grant: &str) -> Option<Invariant> {
        let outcome = call.outcome.as_ref()?;
        match (&call.act, outcome) {
            (Act::EndAll, Outcome::Done) => self.rests_on_ended(call, grant, None),
            (Act::EndOf, Outcome::Done) => self.rests_on_ended(call, grant, Some(call.client)),
            _ if call.grant().as_deref() != Some(grant) => None,
            (Act::Revoke { .. }, Outcome::Done) => Some(Invariant::EndedMeansEnded),
            (_, Outcome::Refused(slug)) if THEFT.contains(slug) => Some(Invariant::ReuseKillsAll),
            (Act::Probe { token }, Outcome::Inactive) if generation_of(token).is_none() => {
                let (_, at) = call.ended?;
                let lived = self.lives_until(token)? > at + self.rules.skew;
                lived.then_some(Invariant::RevokedIsForEver)
            }
            _ => None,
        }
    }

    /// Whether the grant rests on a session that was open when everything was ended.
    fn rests_on_ended(&self, end: &Call, grant: &str, client: Option<&str>) -> Option<Invariant> {
        let issued = self.issued(grant)?;
        let concerned = client.is_none_or(|client| client == issued.client);
        let before = match client {
            None => self.session_opened_at(issued.session) < end.started,
            Some(_) => self.authorized_before(end, grant),
        };
        (concerned && before).then_some(Invariant::EndedMeansEnded)
    }

    /// Whether the grant was asked for before `end` was answered: its consent is gone since then.
    fn authorized_before(&self, end: &Call, grant: &str) -> bool {
        self.calls.borrow().iter().any(|call| {
            matches!(&call.outcome, Some(Outcome::Code(code))
                if super::grant_of(code).as_deref() == Some(grant))
                && end.ended.is_some_and(|(step, _)| call.started < step)
        })
    }
}

fn judge_stranger(call: &Call, outcome: &Outcome) -> Verdict {
    let harmless = matches!(
        (outcome, &call.act),
        (Outcome::Refused(_) | Outcome::Inactive | Outcome::Unavailable, _)
            // The unknown is revoked already (RFC 7009 §2.2).
            | (Outcome::Done, Act::Revoke { .. })
    );
    if harmless {
        return Ok(());
    }
    let seen = format!("a stranger's {} was answered {outcome:?}", name(call));
    violated(Invariant::ForgedChangesNothing, seen)
}

/// One code per request: two requests for one pushed request are not both given it.
fn judge_code(calls: &[Call], id: usize, code: &str) -> Verdict {
    let twice = calls.iter().enumerate().any(|(place, other)| {
        place != id && matches!(&other.outcome, Some(Outcome::Code(same)) if same == code)
    });
    if twice {
        let seen = "one pushed request was answered with a code twice".to_owned();
        return violated(Invariant::OneAnswerPerCode, seen);
    }
    Ok(())
}

/// One answer per code, one answer per generation.
fn judge_tokens(
    calls: &[Call],
    id: usize,
    call: &Call,
    tokens: &Tokens,
    oracle: &Oracle,
) -> Verdict {
    // A machine's token belongs to no grant.
    let Some(grant) = call.grant() else {
        return Ok(());
    };
    for (place, other) in calls.iter().enumerate() {
        let Some(theirs) = other
            .tokens()
            .filter(|_| place != id && other.grant().as_ref() == Some(&grant))
        else {
            continue;
        };
        let both_redeem = matches!(
            (&call.act, &other.act),
            (Act::Redeem { .. }, Act::Redeem { .. })
        );
        if both_redeem {
            let seen = format!("{} was answered with tokens twice", name(call));
            return violated(Invariant::OneAnswerPerCode, seen);
        }
        let same_token = call.presented() == other.presented();
        let same_successor = tokens.refresh_token == theirs.refresh_token;
        if (same_token || same_successor) && tokens.body != theirs.body {
            let seen = format!("{} has two different answers", name(call));
            return violated(Invariant::FamilyIsALine, seen);
        }
        if is_out_of_line(call, other, oracle) {
            let seen = format!("{} was answered when its time was over", name(call));
            return violated(Invariant::FamilyIsALine, seen);
        }
    }
    Ok(())
}

/// Whether `call` came with a token that was surely no longer good when `other` had been answered.
fn is_out_of_line(call: &Call, other: &Call, oracle: &Oracle) -> bool {
    let (Act::Refresh { token: mine }, Act::Refresh { token: theirs }) = (&call.act, &other.act)
    else {
        return false;
    };
    let (Some(mine), Some(theirs)) = (generation_of(mine), generation_of(theirs)) else {
        return false;
    };
    let Some((_, at)) = other.ended.filter(|(step, _)| *step < call.started) else {
        return false;
    };
    let late = call.started_at > at + oracle.rules.grace_of(call.client) + oracle.rules.skew;
    theirs > mine || (theirs == mine && late)
}

fn name(call: &Call) -> String {
    let credential = call.presented().unwrap_or("-");
    let kind = match &call.act {
        Act::Authorize { .. } => "authorize",
        Act::Redeem { .. } => "redeem",
        Act::Refresh { .. } => "refresh",
        Act::Probe { .. } => "probe",
        Act::Revoke { .. } => "revoke",
        Act::SignIn => "sign in",
        Act::AsItself => "client credentials",
        Act::EndAll => "end all",
        Act::EndOf => "end of client",
    };
    let generation =
        generation_of(credential).map_or_else(String::new, |n| format!(" generation {n}"));
    format!("{kind}{generation} of {}", call.client)
}
