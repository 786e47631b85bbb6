//! The oracle: the requests of each client, the answers, and their times. It knows nothing of how the server decides,
//! only what was injected; from the history alone it says which answers cannot be right.

mod explain;
mod judge;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use oauth_core::base64url;

use crate::object::Fate;

/// The invariants (`docs/simulation.md`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Invariant {
    /// At most one answer per code.
    OneAnswerPerCode,
    /// A family is a line: one answer per generation.
    FamilyIsALine,
    /// Detected reuse ends the whole grant.
    ReuseKillsAll,
    /// After an end was answered nothing that starts later is active.
    EndedMeansEnded,
    /// Revoked is for ever.
    RevokedIsForEver,
    /// A live token delivered to its client is never called inactive, nor refused.
    LiveIsNeverInactive,
    /// A retry within the grace recovers.
    RetryRecovers,
    /// A fault is a 503, and costs nothing.
    FaultIs503,
    /// Forged input, or another's, changes nothing.
    ForgedChangesNothing,
}

/// An invariant that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Which.
    pub invariant: Invariant,
    /// The observation, in words.
    pub seen: String,
}

/// A request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// A code, for the user who is signed in with this session.
    Authorize {
        /// The number of the session.
        session: usize,
    },
    /// A code is redeemed.
    Redeem {
        /// The code.
        code: String,
    },
    /// A refresh token is used.
    Refresh {
        /// The token.
        token: String,
    },
    /// Someone asks whether a token is active.
    Probe {
        /// The token.
        token: String,
    },
    /// A token is revoked, and its grant with it.
    Revoke {
        /// The token.
        token: String,
    },
    /// The person signs in.
    SignIn,
    /// A machine asks for a token for itself.
    AsItself,
    /// The person ends everything: sessions and grants.
    EndAll,
    /// The person ends what one client has.
    EndOf,
}

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller {
    /// The client that the credential was issued to.
    Owner,
    /// Another client, or someone with a credential that we never made.
    Stranger,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A code.
    Code(String),
    /// A token response.
    Tokens(Tokens),
    /// The token is active.
    Active,
    /// It is not.
    Inactive,
    /// It is done.
    Done,
    /// A refusal, by the slug in the log.
    Refused(&'static str),
    /// 503: try again.
    Unavailable,
    /// Something that no caller should see.
    Broken(u16),
}

/// A token response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tokens {
    /// The response as it travelled.
    pub body: Vec<u8>,
    /// The access token.
    pub access_token: String,
    /// The refresh token.
    pub refresh_token: Option<String>,
    /// How long the access token lives.
    pub expires_in: i64,
}

/// One request and its answer.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) act: Act,
    pub(crate) client: &'static str,
    pub(crate) caller: Caller,
    pub(crate) started: u64,
    pub(crate) started_at: i64,
    /// When it was answered; never, while it is under way.
    pub(crate) ended: Option<(u64, i64)>,
    pub(crate) outcome: Option<Outcome>,
    pub(crate) fate: Fate,
    /// Whether a fault was injected into it.
    pub(crate) troubled: bool,
    pub(crate) committed: bool,
}

/// A session, as its owner knows it.
#[derive(Clone, Copy, Debug, Default)]
struct SessionSpan {
    /// When it was known to be open.
    opened: u64,
}

/// The clients' knowledge of a grant.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Issued {
    /// The client that it belongs to.
    pub(crate) client: &'static str,
    /// The session that it rests on.
    pub(crate) session: usize,
    /// When its code was delivered.
    pub(crate) at: i64,
}

/// How long things live in the settings of the simulation, and how far clocks are apart.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// A code.
    pub code: i64,
    /// For how long a lost answer may be asked for again.
    pub grace: i64,
    /// The same for public clients.
    pub grace_public: i64,
    /// The most by which two clocks differ.
    pub skew: i64,
}

impl Rules {
    /// For how long this client may ask for a lost answer again.
    pub(crate) fn grace_of(&self, client: &str) -> i64 {
        match client {
            "spa" => self.grace_public,
            _ => self.grace,
        }
    }
}

/// The history of one schedule.
pub struct Oracle {
    pub(crate) rules: Rules,
    pub(crate) calls: RefCell<Vec<Call>>,
    grants: RefCell<BTreeMap<String, Issued>>,
    /// When each access token was delivered, and how long it lives.
    access_tokens: RefCell<BTreeMap<String, i64>>,
    sessions: RefCell<Vec<SessionSpan>>,
    violation: RefCell<Option<Violation>>,
    judged: Cell<u64>,
}

impl Oracle {
    /// Nothing has happened.
    pub fn new(rules: Rules) -> Self {
        Self {
            rules,
            calls: RefCell::default(),
            grants: RefCell::default(),
            access_tokens: RefCell::default(),
            sessions: RefCell::default(),
            violation: RefCell::default(),
            judged: Cell::new(0),
        }
    }

    /// A session is open; its number.
    pub fn session_opened(&self, step: u64) -> usize {
        let mut sessions = self.sessions.borrow_mut();
        sessions.push(SessionSpan { opened: step });
        sessions.len() - 1
    }

    /// A request is sent; its number.
    pub fn begin(
        &self,
        act: Act,
        client: &'static str,
        caller: Caller,
        (step, now): (u64, i64),
    ) -> usize {
        let mut calls = self.calls.borrow_mut();
        calls.push(Call {
            act,
            client,
            caller,
            started: step,
            started_at: now,
            ended: None,
            outcome: None,
            fate: Fate::default(),
            troubled: false,
            committed: false,
        });
        calls.len() - 1
    }

    /// A request was hit by a fault.
    pub fn troubled(&self, call: usize) {
        if let Some(call) = self.calls.borrow_mut().get_mut(call) {
            call.troubled = true;
        }
    }

    /// A request has changed what is stored about a grant.
    pub fn committed(&self, call: usize) {
        if let Some(call) = self.calls.borrow_mut().get_mut(call) {
            call.committed = true;
        }
        let stranger = |calls: &[Call]| {
            calls
                .get(call)
                .is_some_and(|call| call.caller == Caller::Stranger)
        };
        if stranger(&self.calls.borrow()) {
            let seen = "a grant was changed for someone who has nothing to do with it";
            self.report(Invariant::ForgedChangesNothing, seen.to_owned());
        }
    }

    /// A request is answered.
    pub fn end(&self, id: usize, outcome: &Outcome, fate: Fate, (step, now): (u64, i64)) {
        if let Some(call) = self.calls.borrow_mut().get_mut(id) {
            call.ended = Some((step, now));
            call.fate = fate;
            call.outcome = Some(outcome.clone());
        }
        self.keep(id, outcome, now);
        self.judged.set(self.judged.get() + 1);
        let calls = self.calls.borrow();
        if let Some(call) = calls.get(id)
            && let Err(violation) = self.judge(&calls, id, call)
        {
            self.violation.borrow_mut().get_or_insert(violation);
        }
    }

    fn keep(&self, id: usize, outcome: &Outcome, now: i64) {
        let calls = self.calls.borrow();
        let Some(call) = calls.get(id) else { return };
        match (&call.act, outcome) {
            (Act::Authorize { session }, Outcome::Code(code)) => {
                let issued = Issued {
                    client: call.client,
                    session: *session,
                    at: now,
                };
                let grant = grant_of(code).unwrap_or_default();
                self.grants.borrow_mut().insert(grant, issued);
            }
            (_, Outcome::Tokens(tokens)) => {
                let until = call.started_at + tokens.expires_in;
                let mut kept = self.access_tokens.borrow_mut();
                kept.entry(tokens.access_token.clone()).or_insert(until);
            }
            _ => {}
        }
    }

    /// Records that an invariant does not hold; only the first counts.
    pub fn report(&self, invariant: Invariant, seen: String) {
        let mut violation = self.violation.borrow_mut();
        violation.get_or_insert(Violation { invariant, seen });
    }

    /// The first invariant that did not hold.
    pub fn violation(&self) -> Option<Violation> {
        self.violation.borrow().clone()
    }

    /// How many answers were judged.
    pub fn judged(&self) -> u64 {
        self.judged.get()
    }

    pub(crate) fn issued(&self, grant: &str) -> Option<Issued> {
        self.grants.borrow().get(grant).copied()
    }

    pub(crate) fn session_opened_at(&self, session: usize) -> u64 {
        let sessions = self.sessions.borrow();
        sessions.get(session).map_or(0, |session| session.opened)
    }

    /// Until when an access token lives at least.
    pub(crate) fn lives_until(&self, token: &str) -> Option<i64> {
        self.access_tokens.borrow().get(token).copied()
    }
}

impl Call {
    /// The credential that was presented.
    pub(crate) fn presented(&self) -> Option<&str> {
        match &self.act {
            Act::Redeem { code } => Some(code),
            Act::Refresh { token } | Act::Probe { token } | Act::Revoke { token } => Some(token),
            Act::Authorize { .. } | Act::SignIn | Act::AsItself | Act::EndAll | Act::EndOf => None,
        }
    }

    /// The grant that it is about.
    pub(crate) fn grant(&self) -> Option<String> {
        grant_of(self.presented()?)
    }

    /// The tokens that it was answered with.
    pub(crate) fn tokens(&self) -> Option<&Tokens> {
        match &self.outcome {
            Some(Outcome::Tokens(tokens)) => Some(tokens),
            _ => None,
        }
    }
}

/// The grant that a credential belongs to: anyone who holds it can read that.
pub fn grant_of(credential: &str) -> Option<String> {
    let mut parts = credential.split('.');
    let (first, second) = (parts.next()?, parts.next()?);
    if !first.starts_with("ey") {
        return Some(second.to_owned());
    }
    let payload = base64url::decode(second)?;
    let claims: serde_json::Value = serde_json::from_slice(&payload).ok()?;
    let (grant, _) = claims.get("jti")?.as_str()?.split_once('.')?;
    Some(grant.to_owned())
}

/// The generation of a refresh token: anyone who holds it can read that too.
pub fn generation_of(token: &str) -> Option<u32> {
    let mut parts = token.split('.');
    (parts.next()? == "r1").then_some(())?;
    parts.nth(1)?.parse().ok()
}
