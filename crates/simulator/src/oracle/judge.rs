//! Whether an answer is consistent with all that happened before it.

use super::{
    Act, Call, Caller, Invariant, Oracle, Outcome, Place, Tokens, Violation, forged::judge_trace,
    generation_of,
};

pub(super) type Verdict = Result<(), Violation>;

pub(super) fn violated(invariant: Invariant, seen: String) -> Verdict {
    Err(Violation { invariant, seen })
}

/// Wrong attempts that end a code.
pub(super) const TRIES: usize = 5;

impl Oracle {
    /// Judges the answer to one call.
    pub(super) fn judge(&self, calls: &[Call], id: usize, call: &Call) -> Verdict {
        let Some(outcome) = &call.outcome else {
            return Ok(());
        };
        judge_trace(call)?;
        match (call.caller, outcome) {
            (_, Outcome::Broken(status)) => violated(
                Invariant::FaultIs503,
                format!("{} was answered {status}", name(call)),
            ),
            (Caller::Owner, Outcome::Unavailable) if !call.troubled && !call.fate.get().doubled => {
                violated(
                    Invariant::FaultIs503,
                    format!("{} was answered 503 without a fault", name(call)),
                )
            }
            (Caller::Stranger | Caller::Slip, _) => judge_stranger(call, outcome),
            (Caller::Owner, _) => self.judge_owner(calls, id, call, outcome),
        }
    }

    fn judge_owner(&self, calls: &[Call], id: usize, call: &Call, outcome: &Outcome) -> Verdict {
        self.judge_attempt(calls, call)?;
        match outcome {
            Outcome::Refused(_) | Outcome::Inactive => self.judge_no(calls, id, call),
            Outcome::Tokens(tokens) => {
                self.judge_tokens(calls, id, call, tokens)?;
                self.judge_yes(calls, call)
            }
            Outcome::Active(about) => {
                self.judge_about(call, about)?;
                self.judge_yes(calls, call)
            }
            Outcome::Code(code) => {
                judge_code(calls, id, code)?;
                self.judge_session(calls, call)?;
                self.judge_consent(calls, call)?;
                self.judge_yes(calls, call)
            }
            Outcome::Done => self.judge_enabled(call),
            Outcome::Unavailable | Outcome::RequestUri(_) | Outcome::Broken(_) => Ok(()),
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
        let after_an_end = calls
            .iter()
            .take(id)
            .any(|other| matches!(other.act, Act::EndAll { .. } | Act::EndOf { .. }));
        let invariant = match (&call.act, call.troubled, before) {
            (_, true, _) => Invariant::FaultIs503,
            (Act::Refresh { .. }, false, true) => Invariant::RetryRecovers,
            (act, false, _) if act.is_attempt() && self.has_failed_before() => {
                Invariant::GuessesAreBounded
            }
            _ if after_an_end => Invariant::LifeGoesOn,
            _ => Invariant::LiveIsNeverInactive,
        };
        let seen = format!(
            "{} was answered no ({:?}) for no reason",
            name(call),
            call.outcome
        );
        violated(invariant, seen)
    }

    /// A yes must not come after an end, nor after the lifetime of what was presented.
    fn judge_yes(&self, calls: &[Call], call: &Call) -> Verdict {
        self.judge_age(calls, call)?;
        self.judge_enabled(call)?;
        let Some(grant) = call.grant() else {
            return Ok(());
        };
        for before in calls.iter().filter(|before| before.caller == Caller::Owner) {
            let Some((invariant, from)) = self.end_by(calls, before, &grant) else {
                continue;
            };
            if from < call.started.0 && self.must_be_known(before, call, &grant) {
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

    /// Nothing for a user or a client that was disabled before the request and until its answer.
    fn judge_enabled(&self, call: &Call) -> Verdict {
        let issued = call.grant().and_then(|grant| self.issued(&grant));
        let person = match &call.act {
            Act::Authorize { session, .. } => {
                self.session(*session).map_or("", |session| session.person)
            }
            // Whether a user is disabled is not asked here: their grants are ended instead.
            Act::Probe {
                at: Place::Introspection | Place::ResourceServer,
                ..
            }
            | Act::Revoke { .. } => "",
            _ => {
                let of_grant = issued.map_or("", |issued| issued.person);
                call.asking_person().unwrap_or(of_grant)
            }
        };
        let client = issued.map_or(call.client, |issued| issued.client);
        // A resource server is told of ends, and not who is disabled.
        let is_of_client =
            !call.is_at_resource_server() && (call.by.is_some() || call.act.by_person().is_none());
        let out = self.disabled.borrow().iter().any(|span| {
            let concerned = span.who == person || is_of_client && span.who == client;
            // A client's grants of before remain ended when it is enabled again.
            let is_older = span.who == client
                && span.until.is_some_and(|until| until.0 < call.started.0)
                && issued.is_some_and(|issued| issued.delivered.0 < span.from.0);
            let throughout = span
                .until
                .is_none_or(|until| call.ended.is_some_and(|ended| ended.0 < until.0));
            let began =
                span.from.0 < call.started.0 && span.from.1 + self.copies.get() <= call.started.1;
            concerned && began && (throughout || is_older)
        });
        if out {
            let seen = format!("{} was accepted of someone who was disabled", name(call));
            return violated(Invariant::DisabledIsOut, seen);
        }
        Ok(())
    }

    /// The step from which `call` has ended the grant, and the reason, if it has.
    fn end_by(&self, calls: &[Call], call: &Call, grant: &str) -> Option<(Invariant, u64)> {
        let outcome = call.outcome.as_ref()?;
        let (ended, at) = call.ended?;
        let from = |invariant| (invariant, ended);
        match (&call.act, outcome) {
            (Act::EndAll { person }, Outcome::Done) => {
                self.rests_on_ended(call, grant, person, None).map(from)
            }
            (Act::Disable { who }, Outcome::Done) => self
                .rests_on_ended(call, grant, who, None)
                .or_else(|| self.is_cut_off_by(call, grant, who))
                .map(from),
            (Act::EndOf { person }, Outcome::Done) => self
                .rests_on_ended(call, grant, person, Some(call.client))
                .map(from),
            (Act::EndOne { grant: ended, .. }, Outcome::Done) => {
                (ended == grant).then(|| from(Invariant::EndedMeansEnded))
            }
            _ if call.grant().as_deref() != Some(grant) => None,
            (Act::Revoke { .. }, Outcome::Done) => Some(from(Invariant::EndedMeansEnded)),
            // It was done, and only the answer was lost.
            (Act::Revoke { .. }, Outcome::Unavailable) => {
                let done = call
                    .fate
                    .get()
                    .last_write
                    .filter(|_| call.last_effect().is_some());
                done.map(|(step, _)| (Invariant::EndedMeansEnded, step.max(ended)))
            }
            (Act::Probe { token, .. }, Outcome::Inactive) if generation_of(token).is_none() => {
                let token = self.delivered(token)?;
                let lived = token.earliest + token.lives > at + self.rules.skew;
                // Whoever is disabled may be enabled again before anything has ended.
                let is_out = self.is_out(call, grant);
                (lived && !is_out).then(|| from(Invariant::RevokedIsForEver))
            }
            _ => {
                let step = self.theft(calls, call)?;
                Some((Invariant::ReuseKillsAll, step))
            }
        }
    }

    /// Whether the grant rests on a session that was open when everything was ended.
    fn rests_on_ended(
        &self,
        end: &Call,
        grant: &str,
        person: &str,
        client: Option<&str>,
    ) -> Option<Invariant> {
        let issued = self.issued(grant)?;
        let concerned =
            issued.person == person && client.is_none_or(|client| client == issued.client);
        let before = match client {
            None => self
                .session(issued.session)
                .is_some_and(|session| session.opened.0 < end.started.0),
            // What is allowed by hand while consent is withdrawn may be newer than that.
            Some(_) if issued.by_hand => issued.delivered.0 < end.started.0,
            // Its consent is gone since the end was answered.
            Some(_) => end.ended.is_some_and(|ended| issued.asked.0 < ended.0),
        };
        (concerned && before).then_some(Invariant::EndedMeansEnded)
    }

    /// One answer per code, one answer per generation.
    fn judge_tokens(&self, calls: &[Call], id: usize, call: &Call, tokens: &Tokens) -> Verdict {
        if tokens.expires_in > self.rules.access {
            let seen = format!("an access token lives {} s", tokens.expires_in);
            return violated(Invariant::EverythingExpires, seen);
        }
        let is_replay = |other: &Call| {
            other.once.is_some()
                && other.once == call.once
                && (other.tokens().is_some() || other.is_used_before(call))
        };
        let mut others = calls.iter().enumerate().filter(|(place, _)| *place != id);
        if others.any(|(_, other)| is_replay(other)) {
            let seen = format!("{} was answered with a proof that was used", name(call));
            return violated(Invariant::ProofsCountOnce, seen);
        }
        // A machine's token belongs to no grant.
        let Some(grant) = call.grant() else {
            return Ok(());
        };
        let slips = calls.iter().filter(|slip| {
            slip.caller == Caller::Slip
                && slip.presented() == call.presented()
                && matches!(slip.outcome, Some(Outcome::Refused(_)))
                && slip.is_before(call)
        });
        if matches!(call.act, Act::Redeem { .. }) && slips.count() >= TRIES {
            let seen = "a code was good after all its wrong verifiers".to_owned();
            return violated(Invariant::EverythingExpires, seen);
        }
        for (place, other) in calls.iter().enumerate() {
            if place != id && other.grant().as_ref() == Some(&grant) {
                self.judge_pair(call, tokens, other)?;
            }
        }
        Ok(())
    }

    fn judge_pair(&self, call: &Call, tokens: &Tokens, other: &Call) -> Verdict {
        if self.is_out_of_line(call, other) {
            let seen = format!("{} was answered when its time was over", name(call));
            return violated(Invariant::FamilyIsALine, seen);
        }
        let both_redeem =
            matches!(call.act, Act::Redeem { .. }) && matches!(other.act, Act::Redeem { .. });
        // Also when the first answer was lost: what was committed then can be used.
        let was_used =
            other.caller == Caller::Owner && other.tokens().is_some() || other.is_used_before(call);
        if both_redeem && was_used {
            let seen = format!("{} was answered with tokens twice", name(call));
            return violated(Invariant::OneAnswerPerCode, seen);
        }
        let Some(theirs) = other.tokens() else {
            return Ok(());
        };
        let same_token = call.presented() == other.presented();
        let same_successor = tokens.refresh_token == theirs.refresh_token;
        if (same_token || same_successor) && tokens.body != theirs.body {
            let seen = format!("{} has two different answers", name(call));
            return violated(Invariant::FamilyIsALine, seen);
        }
        Ok(())
    }

    /// Whether `call` came with a token that was surely no longer good when `other` had been answered.
    fn is_out_of_line(&self, call: &Call, other: &Call) -> bool {
        let (Some(mine), Some(theirs)) = (call.used_generation(), other.used_generation()) else {
            return false;
        };
        if !other.is_used_before(call) {
            return false;
        }
        (theirs > mine && self.rules.successor_ends_grace)
            || (theirs == mine && self.is_no_retry(other, call))
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

pub(super) fn name(call: &Call) -> String {
    let credential = call.presented().unwrap_or("-");
    let kind = match &call.act {
        Act::Push => "push",
        Act::Authorize { .. } => "authorize",
        Act::Redeem { .. } => "redeem",
        Act::Refresh { .. } => "refresh",
        Act::Probe { .. } => "probe",
        Act::Revoke { .. } => "revoke",
        Act::SignIn { .. } => "sign in",
        Act::LogIn { .. } => "log in",
        Act::AsItself => "client credentials",
        Act::EndAll { .. } => "end all",
        Act::EndOf { .. } => "end of client",
        Act::EndOne { .. } => "end of one grant",
        Act::Disable { .. } => "disabling",
        Act::Enable { .. } => "enabling",
        Act::SignOut { .. } => "sign out",
    };
    let generation =
        generation_of(credential).map_or_else(String::new, |n| format!(" generation {n}"));
    format!("{kind}{generation} of {}", call.client)
}
