//! A grant's life: an authorization code (RFC 6749 §4.1), then the family of refresh tokens that
//! descends from it (RFC 6749 §6, RFC 9700 §4.14), then nothing, for ever.

use serde::{Deserialize, Serialize};

use crate::{
    UnixTime,
    id::{ClientId, UserId},
    pkce::{self, CodeChallenge, CodeVerifier},
    refusal::Refusal,
    scope::Scope,
};

/// Wrong verifiers or redirect URIs that a code survives.
pub const TRIES: u8 = 5;

/// What was granted: it never changes during the grant's life.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Facts {
    /// The client that was granted access.
    pub client_id: ClientId,
    /// The person who granted it.
    pub user_id: UserId,
    /// What was granted.
    pub scope: Scope,
    /// The resource that access tokens are for, in its registered form.
    pub resource: String,
    /// The redirect URI as the authorization request presented it.
    pub redirect_uri: String,
    /// Whether the token request must repeat it: it was sent, not filled in from the registration.
    pub redirect_uri_sent: bool,
    /// The challenge that the verifier must meet.
    pub code_challenge: Option<CodeChallenge>,
    /// The `nonce` for the ID token (OIDC Core §3.1.2.1).
    pub nonce: Option<String>,
    /// When the person entered their password.
    pub auth_time: UnixTime,
}

/// A grant's record. Absent means: never begun, or expired and deleted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// The version of this record: 1.
    pub version: u8,
    /// What was granted.
    pub facts: Facts,
    /// Where the grant is in its life.
    pub state: State,
}

/// Where a grant is in its life.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum State {
    /// A code is out and has not been redeemed.
    CodeIssued {
        /// When the code stops counting.
        expires_at: UnixTime,
        /// How many wrong attempts it has left.
        tries_left: u8,
    },
    /// The code was redeemed; tokens are out.
    Active {
        /// The refresh family, where the client may refresh.
        family: Option<Family>,
        /// When the last token issued from the grant dies.
        ends_at: UnixTime,
    },
    /// Ended before its time: nothing issued from it counts any more.
    Dead {
        /// Why.
        reason: Death,
        /// When everything issued from it would have died anyway.
        ends_at: UnixTime,
    },
}

/// A line of refresh tokens: exactly one of them is current.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Family {
    /// The generation that may be used next.
    pub current: u32,
    /// When the current token dies if nobody uses it.
    pub idle_until: UnixTime,
    /// When the family dies, however often it is used.
    pub absolute_until: UnixTime,
}

/// Why a grant ended before its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Death {
    /// Its code was presented a second time (RFC 6749 §4.1.2).
    CodeReplayed,
    /// A refresh token older than the current one was presented (RFC 9700 §4.14.2).
    RefreshReused,
    /// Too many wrong attempts at its code.
    TooManyTries,
    /// Someone entitled to it ended it.
    Revoked,
}

/// What can be asked of a grant.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    /// Begin: issue a code.
    Begin {
        /// What was granted.
        facts: Box<Facts>,
        /// When its code stops counting.
        expires_at: UnixTime,
    },
    /// Redeem the code.
    Redeem(Redemption),
    /// Use a refresh token.
    Refresh(Renewal),
    /// Ask whether tokens issued from it still count.
    Check,
    /// End it.
    Revoke,
}

/// A token request with a code (RFC 6749 §4.1.3).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Redemption {
    /// The client, authenticated.
    pub client_id: ClientId,
    /// The `redirect_uri` of the token request.
    pub redirect_uri: Option<String>,
    /// The `code_verifier` of the token request.
    pub code_verifier: Option<String>,
    /// The resource that the token request names (RFC 8707 §2.2), in its registered form.
    pub resource: Option<String>,
    /// How long what is issued lives.
    pub lives: Lives,
}

/// A token request with a refresh token (RFC 6749 §6).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Renewal {
    /// The client, authenticated.
    pub client_id: ClientId,
    /// The generation of the token that was presented.
    pub generation: u32,
    /// The scope asked for, where it was narrowed.
    pub scope: Option<Scope>,
    /// The resource that the token request names (RFC 8707 §2.2), in its registered form.
    pub resource: Option<String>,
    /// How long what is issued lives.
    pub lives: Lives,
}

/// How long what is issued from a grant lives, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lives {
    /// An access token.
    pub access_token: i64,
    /// A refresh token nobody uses; `None` where the client may not refresh.
    pub refresh_idle: Option<i64>,
    /// The whole family.
    pub refresh_absolute: i64,
}

/// What a grant answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Reply {
    /// The code may be sent.
    Begun,
    /// Tokens may be issued.
    Issue {
        /// What was granted.
        facts: Box<Facts>,
        /// The scope for this access token.
        scope: Scope,
        /// The generation of the refresh token to send, if one is to be sent.
        generation: Option<u32>,
    },
    /// It is alive, for this.
    Alive(Box<Facts>),
    /// It is over, or the end was recorded.
    Ended,
    /// No, and why. A refusal may have ended the grant.
    Refused(Refusal),
}

/// One step of a grant's life.
pub fn step(state: Option<Grant>, command: Command, now: UnixTime) -> (Option<Grant>, Reply) {
    match (state, command) {
        (None, Command::Begin { facts, expires_at }) => {
            (Some(begin(*facts, expires_at)), Reply::Begun)
        }
        // A grant's id is 128 random bits: a second beginning is a fault of ours, and harmless.
        (Some(grant), Command::Begin { .. }) => (Some(grant), Reply::Refused(Refusal::GrantExists)),
        (None, Command::Redeem(_)) => (None, Reply::Refused(Refusal::CodeUnknown)),
        (None, Command::Refresh(_)) => (None, Reply::Refused(Refusal::RefreshTokenUnknown)),
        (None, Command::Check | Command::Revoke) => (None, Reply::Ended),
        (Some(grant), Command::Redeem(request)) => redeem(grant, &request, now),
        (Some(grant), Command::Refresh(request)) => refresh(grant, request, now),
        (Some(grant), Command::Check) => check(grant, now),
        (Some(grant), Command::Revoke) => (Some(die(grant, Death::Revoked)), Reply::Ended),
    }
}

/// When a grant's record may be deleted: nothing issued from it can count any more.
pub fn ends_at(grant: &Grant) -> UnixTime {
    match &grant.state {
        State::CodeIssued { expires_at, .. } => *expires_at,
        State::Active { ends_at, .. } | State::Dead { ends_at, .. } => *ends_at,
    }
}

fn begin(facts: Facts, expires_at: UnixTime) -> Grant {
    Grant {
        version: 1,
        facts,
        state: State::CodeIssued {
            expires_at,
            tries_left: TRIES,
        },
    }
}

/// The order is the defence: nothing that a stranger sends gets past the first check, so a stolen
/// code can neither be redeemed nor used to end its owner's grant.
fn redeem(grant: Grant, request: &Redemption, now: UnixTime) -> (Option<Grant>, Reply) {
    // 1. The client that it was issued to.
    if grant.facts.client_id != request.client_id {
        return (Some(grant), Reply::Refused(Refusal::CodeOfAnotherClient));
    }
    // 2. Not used before.
    let (expires_at, tries_left) = match &grant.state {
        State::CodeIssued {
            expires_at,
            tries_left,
        } => (*expires_at, *tries_left),
        State::Active { .. } => {
            return (
                Some(die(grant, Death::CodeReplayed)),
                Reply::Refused(Refusal::CodeReplayed),
            );
        }
        State::Dead { .. } => return (Some(grant), Reply::Refused(Refusal::CodeDead)),
    };
    // 3. In time.
    if now >= expires_at {
        return (Some(grant), Reply::Refused(Refusal::CodeExpired));
    }
    // 4. The redirect URI, 5. the verifier: a slip does not burn the code, guessing does.
    if let Some(refusal) = mismatch(&grant.facts, request) {
        return (
            Some(spend_try(grant, expires_at, tries_left)),
            Reply::Refused(refusal),
        );
    }
    // 6. The resource: a request for another one spends nothing.
    if is_for_another(&grant.facts, request.resource.as_deref()) {
        return (Some(grant), Reply::Refused(Refusal::ResourceNotAllowed));
    }
    activate(grant, request.lives, now)
}

fn is_for_another(facts: &Facts, resource: Option<&str>) -> bool {
    resource.is_some_and(|resource| resource != facts.resource)
}

fn mismatch(facts: &Facts, request: &Redemption) -> Option<Refusal> {
    match &request.redirect_uri {
        Some(presented) if *presented != facts.redirect_uri => {
            return Some(Refusal::RedirectUriDiffers);
        }
        None if facts.redirect_uri_sent => return Some(Refusal::RedirectUriDiffers),
        Some(_) | None => {}
    }
    match (&facts.code_challenge, &request.code_verifier) {
        (None, None) => None,
        (None, Some(_)) => Some(Refusal::VerifierWithoutChallenge),
        (Some(_), None) => Some(Refusal::VerifierMissing),
        (Some(challenge), Some(verifier)) => {
            let proof = CodeVerifier::parse(verifier)
                .ok()
                .and_then(|verifier| pkce::verify(challenge, &verifier));
            proof.is_none().then_some(Refusal::VerifierWrong)
        }
    }
}

fn spend_try(grant: Grant, expires_at: UnixTime, tries_left: u8) -> Grant {
    match tries_left.saturating_sub(1) {
        0 => die(grant, Death::TooManyTries),
        tries_left => Grant {
            state: State::CodeIssued {
                expires_at,
                tries_left,
            },
            ..grant
        },
    }
}

fn activate(grant: Grant, lives: Lives, now: UnixTime) -> (Option<Grant>, Reply) {
    let absolute_until = now.plus(lives.refresh_absolute);
    let family = lives.refresh_idle.map(|idle| Family {
        current: 0,
        idle_until: now.plus(idle).min(absolute_until),
        absolute_until,
    });
    let access_until = now.plus(lives.access_token);
    let ends_at = family
        .as_ref()
        .map_or(access_until, |family| family.idle_until.max(access_until));
    let reply = Reply::Issue {
        facts: Box::new(grant.facts.clone()),
        scope: grant.facts.scope.clone(),
        generation: family.as_ref().map(|family| family.current),
    };
    (
        Some(Grant {
            state: State::Active { family, ends_at },
            ..grant
        }),
        reply,
    )
}

fn refresh(grant: Grant, request: Renewal, now: UnixTime) -> (Option<Grant>, Reply) {
    if grant.facts.client_id != request.client_id {
        return (
            Some(grant),
            Reply::Refused(Refusal::RefreshTokenOfAnotherClient),
        );
    }
    let State::Active {
        family: Some(family),
        ..
    } = &grant.state
    else {
        return (Some(grant), Reply::Refused(Refusal::RefreshTokenDead));
    };
    if now >= family.absolute_until {
        return (Some(grant), Reply::Refused(Refusal::RefreshTokenExpired));
    }
    if request.generation > family.current {
        return (Some(grant), Reply::Refused(Refusal::RefreshTokenUnknown));
    }
    if request.generation < family.current {
        return (
            Some(die(grant, Death::RefreshReused)),
            Reply::Refused(Refusal::RefreshTokenReused),
        );
    }
    if now >= family.idle_until {
        return (Some(grant), Reply::Refused(Refusal::RefreshTokenExpired));
    }
    if is_for_another(&grant.facts, request.resource.as_deref()) {
        return (Some(grant), Reply::Refused(Refusal::ResourceNotAllowed));
    }
    // A narrower scope holds for this access token only: the family keeps what was granted.
    let scope = match request.scope {
        Some(asked) if !asked.is_subset_of(&grant.facts.scope) => {
            return (Some(grant), Reply::Refused(Refusal::ScopeWidened));
        }
        Some(asked) => asked,
        None => grant.facts.scope.clone(),
    };
    let next = succeed(family, request.lives, now);
    rotate(grant, next, scope, request.lives, now)
}

fn succeed(family: &Family, lives: Lives, now: UnixTime) -> Family {
    let idle = lives.refresh_idle.unwrap_or(0);
    Family {
        current: family.current.saturating_add(1),
        idle_until: now.plus(idle).min(family.absolute_until),
        absolute_until: family.absolute_until,
    }
}

fn rotate(
    grant: Grant,
    family: Family,
    scope: Scope,
    lives: Lives,
    now: UnixTime,
) -> (Option<Grant>, Reply) {
    let reply = Reply::Issue {
        facts: Box::new(grant.facts.clone()),
        scope,
        generation: Some(family.current),
    };
    let ends_at = family.idle_until.max(now.plus(lives.access_token));
    let state = State::Active {
        family: Some(family),
        ends_at,
    };
    (Some(Grant { state, ..grant }), reply)
}

fn check(grant: Grant, now: UnixTime) -> (Option<Grant>, Reply) {
    let alive = matches!(&grant.state, State::Active { ends_at, .. } if now < *ends_at);
    let reply = if alive {
        Reply::Alive(Box::new(grant.facts.clone()))
    } else {
        Reply::Ended
    };
    (Some(grant), reply)
}

/// Ends a grant for ever. Its record stays until nothing issued from it could count anyway.
fn die(grant: Grant, reason: Death) -> Grant {
    match grant.state {
        // The first reason is the one that an audit wants to know.
        State::Dead { .. } => grant,
        State::CodeIssued { .. } | State::Active { .. } => {
            let ends_at = ends_at(&grant);
            Grant {
                state: State::Dead { reason, ends_at },
                ..grant
            }
        }
    }
}

#[cfg(test)]
#[path = "grant_tests.rs"]
mod tests;
