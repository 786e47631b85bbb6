//! A family of refresh tokens: a line, of which exactly one is current (RFC 6749 §6, RFC 9700 §4.14).
//!
//! An answer can be lost on its way, and many processes can share one token. Whoever repeats a token within the grace
//! after its use gets the very same answer, whether or not its successor has been used: it gives nothing that was not
//! given before. Later the same token is in two hands, and all of it ends.

use from_json::FromJson;
use serde::Serialize;

use super::{
    Active, AnswerKey, EndReason, Family, Grant, GrantDetails, Issue, Minted, Presented, ProvedKey,
    RefreshBinding, RefreshPolicy, Reply, StoredAnswer,
    minting::{deliver, minted_for},
};
use crate::{UnixTime, id::ClientId, refusal::Refusal, scope::Scope};

/// The most answers that a family stores for retries. While it has that many, no token rotates: each that was used
/// keeps its answer until its grace ends, so a client that refreshes without pause is slowed down and nothing ends.
pub const STORED_ANSWERS: usize = 32;

/// The most bytes of them.
const STORED_BYTES: usize = 128 * 1024;

/// Whether a refresh token rotates when it is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, FromJson)]
#[serde(rename_all = "snake_case")]
pub enum Rotation {
    /// It is spent, and its successor comes with the answer (RFC 9700 §4.14.2).
    #[default]
    Rotate,
    /// It stays: for clients that authenticate, and bind their tokens (FAPI 2.0 §5.3.2.1).
    Keep,
}

/// A token request with a refresh token (RFC 6749 §6).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(deny_unknown_fields)]
pub struct Renewal {
    /// The client, authenticated.
    pub client_id: ClientId,
    /// The generation of the token that was presented.
    pub generation: u32,
    /// The part of the token that only its grant can check.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<String>,
    /// The key that follows from the token that was presented.
    pub answer_key: AnswerKey,
    /// The scope asked for, where it was narrowed.
    pub scope: Option<Scope>,
    /// The resource that the token request names (RFC 8707 §2.2), in its registered form.
    pub resource: Option<String>,
    /// Whether the token rotates.
    pub rotation: Rotation,
    /// Grants of this client that began no later are over: it was disabled then.
    pub not_before: Option<UnixTime>,
    /// The lifetimes of its refresh tokens.
    #[serde(rename = "lives")]
    pub refresh_policy: RefreshPolicy,
    /// The key of the proof that came with the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proved: Option<ProvedKey>,
}

impl Renewal {
    fn jkt(&self) -> Option<&str> {
        self.proved.as_ref().map(|key| key.jkt.as_str())
    }
}

/// The key that a request's refresh tokens are to be bound to.
fn binding(proved: Option<&ProvedKey>) -> Option<String> {
    proved.and_then(|key| match key.refresh {
        RefreshBinding::Key => Some(key.jkt.clone()),
        RefreshBinding::Client => None,
    })
}

impl Family {
    /// A new line, where the client may refresh.
    pub(super) fn begun(
        refresh_policy: RefreshPolicy,
        proved: Option<&ProvedKey>,
        now: UnixTime,
    ) -> Option<Self> {
        let absolute_until = now.plus(refresh_policy.refresh_absolute);
        refresh_policy.refresh_idle.map(|idle| Self {
            current: 0,
            idle_until: now.plus(idle).min(absolute_until),
            absolute_until,
            answers: Vec::new(),
            jkt: binding(proved),
            bound_from: 0,
        })
    }

    /// The line after a use of its current token.
    fn used(&self, request: &Renewal, sealed: Option<String>, now: UnixTime) -> Self {
        let idle = request.refresh_policy.refresh_idle.unwrap_or(0);
        let current = self.successor(request.rotation);
        let bound = binding(request.proved.as_ref());
        // Tokens that were their bearer's become bound with the first proof.
        let is_first_proof = self.jkt.is_none() && bound.is_some();
        Self {
            current,
            idle_until: now.plus(idle).min(self.absolute_until),
            absolute_until: self.absolute_until,
            answers: self.answers_after(request, sealed, now),
            jkt: self.jkt.clone().or(bound),
            bound_from: if is_first_proof {
                current
            } else {
                self.bound_from
            },
        }
    }

    /// The stored answers after a use of its current token.
    fn answers_after(
        &self,
        request: &Renewal,
        sealed: Option<String>,
        now: UnixTime,
    ) -> Vec<StoredAnswer> {
        let newest = sealed.map(|sealed| StoredAnswer {
            generation: self.current,
            sealed,
            until: now.plus(request.refresh_policy.grace),
            jkt: request.jkt().map(str::to_owned),
        });
        self.live_answers(now).cloned().chain(newest).collect()
    }

    /// The answers that may still be asked for.
    fn live_answers(&self, now: UnixTime) -> impl Iterator<Item = &StoredAnswer> {
        self.answers.iter().filter(move |answer| now < answer.until)
    }

    /// Whether it has no room for another answer.
    fn is_full(&self, now: UnixTime) -> bool {
        let bytes: usize = self
            .live_answers(now)
            .map(|answer| answer.sealed.len())
            .sum();
        self.live_answers(now).count() >= STORED_ANSWERS || bytes >= STORED_BYTES
    }

    /// Whether the token of `request` is bound to another key than the one that its sender has.
    fn is_for_another_key(&self, request: &Renewal) -> bool {
        self.jkt.is_some()
            && request.generation >= self.bound_from
            && self.jkt.as_deref() != request.jkt()
    }

    const fn successor(&self, rotation: Rotation) -> u32 {
        match rotation {
            Rotation::Rotate => self.current.saturating_add(1),
            Rotation::Keep => self.current,
        }
    }

    /// The answer that the sender of `request` may have again: it comes within the grace, and with the same key.
    fn answer_for(&self, request: &Renewal, now: UnixTime) -> Option<&StoredAnswer> {
        self.live_answers(now).find(|answer| {
            answer.generation == request.generation && answer.jkt.as_deref() == request.jkt()
        })
    }
}

impl Renewal {
    /// Whether its answer is stored for a retry. A token that stays can be used again: there is none to store.
    fn stores_answer(&self) -> bool {
        self.rotation == Rotation::Rotate && self.refresh_policy.grace > 0
    }
}

pub(super) fn refresh(
    grant: Option<Grant>,
    request: &Renewal,
    minted: Option<Minted>,
    now: UnixTime,
) -> (Option<Grant>, Reply) {
    let Some(grant) = grant else {
        return (None, Reply::Refused(Refusal::RefreshTokenUnknown));
    };
    // 1. The client that it was issued to.
    if *grant.client_id() != request.client_id {
        return (
            Some(grant),
            Reply::Refused(Refusal::RefreshTokenOfAnotherClient),
        );
    }
    // 2. A token of this grant.
    let presented = Presented::RefreshToken {
        generation: request.generation,
        part: request.part.clone(),
    };
    if !grant.has_made(&presented) {
        return (Some(grant), Reply::Refused(Refusal::RefreshTokenUnknown));
    }
    // 3. Alive, with a family.
    let Grant::Active(active) = grant else {
        return (Some(grant), Reply::Refused(Refusal::RefreshTokenEnded));
    };
    let Some(family) = active.family.clone() else {
        let refused = Reply::Refused(Refusal::RefreshTokenEnded);
        return (Some(Grant::Active(active)), refused);
    };
    match verdict(&active, &family, request, now) {
        Verdict::Use(scope) => rotate(active, &family, request, scope, minted, now),
        Verdict::Again(sealed) => {
            let user_id = active.details.user_id.clone();
            (
                Some(Grant::Active(active)),
                Reply::Again { sealed, user_id },
            )
        }
        Verdict::Refuse(refusal) => (Some(Grant::Active(active)), Reply::Refused(refusal)),
        Verdict::End(reason, refusal) => (
            Some(Grant::Active(active).end(reason)),
            Reply::Refused(refusal),
        ),
    }
}

/// The verdict on the use of a refresh token.
enum Verdict {
    Use(Scope),
    Again(String),
    Refuse(Refusal),
    End(EndReason, Refusal),
}

fn verdict(active: &Active, family: &Family, request: &Renewal, now: UnixTime) -> Verdict {
    let details = &active.details;
    // 4. The key that it is bound to: a caller without the key changes nothing. An older token from before the binding
    // is still a sign of theft: the first proof may have been a thief's.
    if family.is_for_another_key(request) {
        return Verdict::Refuse(Refusal::RefreshTokenOfAnotherKey);
    }
    if details.is_outlived(request.not_before) {
        return Verdict::End(EndReason::ClientDisabled, Refusal::RefreshTokenEnded);
    }
    // 5. Within the family's life.
    if now >= family.absolute_until {
        return Verdict::Refuse(Refusal::RefreshTokenExpired);
    }
    // 6. The current one; or one that was used so lately that it may be asked with again.
    if request.generation > family.current {
        return Verdict::Refuse(Refusal::RefreshTokenUnknown);
    }
    if request.generation < family.current {
        return family.answer_for(request, now).map_or(
            Verdict::End(EndReason::RefreshReused, Refusal::RefreshTokenReused),
            |answer| Verdict::Again(answer.sealed.clone()),
        );
    }
    // 7. In time.
    if now >= family.idle_until {
        return Verdict::Refuse(Refusal::RefreshTokenExpired);
    }
    // 8. For the resource and within the scope that were granted: what is wrong here spends nothing.
    if details.is_for_another(request.resource.as_deref()) {
        return Verdict::Refuse(Refusal::ResourceNotAllowed);
    }
    // 9. With room for the answer: who has to wait here loses nothing.
    if request.stores_answer() && family.is_full(now) {
        return Verdict::Refuse(Refusal::RefreshedTooOften);
    }
    scope_of(details, request)
}

fn scope_of(details: &GrantDetails, request: &Renewal) -> Verdict {
    match &request.scope {
        Some(asked) if !asked.is_subset_of(&details.scope) => {
            Verdict::Refuse(Refusal::ScopeWidened)
        }
        // A narrower scope holds for this access token only: the family keeps what was granted.
        Some(asked) => Verdict::Use(asked.clone()),
        None => Verdict::Use(details.scope.clone()),
    }
}

fn rotate(
    mut active: Active,
    family: &Family,
    request: &Renewal,
    scope: Scope,
    minted: Option<Minted>,
    now: UnixTime,
) -> (Option<Grant>, Reply) {
    let issue = Issue {
        details: active.details.clone(),
        scope,
        generation: Some(family.successor(request.rotation)),
        nonce: None,
        answer_key: request.stores_answer().then(|| request.answer_key.clone()),
        jkt: request.jkt().map(str::to_owned),
        secret: active.secret.clone(),
    };
    match minted_for(issue, minted) {
        Err(mint) => (Some(Grant::Active(active)), mint),
        Ok(minted) => {
            active.family = Some(family.used(request, minted.sealed.clone(), now));
            active.issued(&minted, now);
            (Some(Grant::Active(active)), deliver(minted))
        }
    }
}
