//! The oracle: what each client presented, when, what it was answered, and what became of it. It judges from the truth
//! of the story and never from what the server says about it: a refusal needs a cause in the story, whatever its
//! words, and a theft ends everything, whether the server calls it one or not.

mod accounts;
mod act;
mod administration;
mod age;
mod attempt;
mod auditor;
mod consent;
mod ends;
mod explain;
mod forged;
mod history;
mod judge;
mod resource;
mod session;
mod theft;
mod truth;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use oauth_core::client::DIRECT_LOGIN;

use crate::{
    object::{Moment, SharedFate},
    resource_server::RESOURCE,
};

pub(crate) use accounts::Disabled;
pub use act::{About, Act, By, Caller, Outcome, Place, Request, Tokens};
pub(crate) use attempt::Failed;
pub use attempt::{Attempt, From as AttemptFrom};
pub use auditor::{Noted, Tombstone};
pub(crate) use ends::{Acted, Cut};
pub(crate) use forged::Write;
pub(crate) use history::{Call, Delivered, Issued, Session};
pub use history::{generation_of, grant_of};

/// The invariants (`docs/simulation.md`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Invariant {
    /// At most one answer per code.
    OneAnswerPerCode,
    /// A family is a line: one answer per generation.
    FamilyIsALine,
    /// A credential that was used and comes again, too late for a retry, ends the whole grant.
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
    /// Forged input, or another's, changes nothing in any store.
    ForgedChangesNothing,
    /// Nothing is accepted after its lifetime.
    EverythingExpires,
    /// An end concerns only what began before it: then people sign in and connect again.
    LifeGoesOn,
    /// Of any number of requests with one proof or assertion, one is answered.
    ProofsCountOnce,
    /// Nobody who is disabled gets anything.
    DisabledIsOut,
    /// Tokens say whose they are, and never allow more than was granted.
    TokensSayTheTruth,
    /// Each end is recorded once, and published.
    EveryEndIsRecorded,
    /// A list of grants has each living one once, and none that has ended.
    ListsAreTrue,
    /// Who guesses has few guesses, and costs nobody else more than a short wait.
    GuessesAreBounded,
    /// Somebody can always administer.
    AnAdministratorIsLeft,
    /// Each request leaves the events in the audit log that are its own.
    EventsSayTheTruth,
}

/// An invariant that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Which.
    pub invariant: Invariant,
    /// The observation, in words.
    pub seen: String,
}

/// How long things live in the settings of the simulation, and how far clocks are apart.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// A code.
    pub code: i64,
    /// A pushed request.
    pub pushed: i64,
    /// The longest that an access token lives.
    pub access: i64,
    /// A refresh token that is not used.
    pub idle: i64,
    /// A family of refresh tokens.
    pub absolute: i64,
    /// A login session.
    pub session: i64,
    /// For how long a lost answer may be asked for again.
    pub grace: i64,
    /// The same for public clients.
    pub grace_public: i64,
    /// The most by which two clocks differ.
    pub skew: i64,
    /// Whether the use of a successor ends the grace.
    pub successor_ends_grace: bool,
    /// Whether an object announces its end where the request did not.
    pub announced_by_alarm: bool,
}

impl Rules {
    /// For how long this client may ask for a lost answer again.
    pub fn grace_of(&self, client: &str) -> i64 {
        match client {
            "spa" | "desk" | DIRECT_LOGIN => self.grace_public,
            _ => self.grace,
        }
    }
}

/// The history of one schedule.
pub struct Oracle {
    pub(crate) rules: Rules,
    pub(crate) calls: RefCell<Vec<Call>>,
    grants: RefCell<BTreeMap<String, Issued>>,
    /// When each token was delivered, and how long it lives.
    delivered: RefCell<BTreeMap<String, Delivered>>,
    sessions: RefCell<Vec<Session>>,
    pub(crate) disabled: RefCell<Vec<Disabled>>,
    /// For how long a machine may go on with its copy of a client or a user.
    pub(crate) copies: Cell<i64>,
    /// What people have ended, as their objects committed it.
    acted: RefCell<Vec<Acted>>,
    /// The registrations that were changed so that something ended.
    cuts: RefCell<Vec<Cut>>,
    /// The grants that a client had when it was to get more of them than a client may have.
    pub(crate) full: RefCell<Vec<String>>,
    pub(crate) noted: RefCell<Vec<Noted>>,
    pub(crate) tombstones: RefCell<Vec<Tombstone>>,
    /// What the tombstones that KV has acknowledged and lost were for.
    lost: RefCell<BTreeSet<String>>,
    /// What had failed before the story began.
    failed: RefCell<Vec<Failed>>,
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
            delivered: RefCell::default(),
            sessions: RefCell::default(),
            disabled: RefCell::default(),
            copies: Cell::default(),
            acted: RefCell::default(),
            cuts: RefCell::default(),
            full: RefCell::default(),
            noted: RefCell::default(),
            tombstones: RefCell::default(),
            lost: RefCell::default(),
            failed: RefCell::default(),
            violation: RefCell::default(),
            judged: Cell::new(0),
        }
    }

    /// A person's session is open; its number.
    pub fn session_opened(&self, person: &'static str, (asked, opened): (Moment, Moment)) -> usize {
        let mut sessions = self.sessions.borrow_mut();
        sessions.push(Session {
            person,
            asked,
            opened,
        });
        sessions.len() - 1
    }

    /// A request is sent; its number.
    pub fn begin(
        &self,
        request: Request,
        (client, caller): (&'static str, Caller),
        fate: &SharedFate,
        started: Moment,
    ) -> usize {
        let mut calls = self.calls.borrow_mut();
        let Request {
            act,
            once,
            jkt,
            attempt,
            asker,
            by,
        } = request;
        calls.push(Call {
            act,
            once,
            jkt,
            attempt,
            asker: asker.unwrap_or(client),
            by,
            is_spent_twice: false,
            has_spent: false,
            events: Vec::new(),
            client,
            caller,
            started,
            ended: None,
            outcome: None,
            fate: SharedFate::clone(fate),
            troubled: false,
        });
        calls.len() - 1
    }

    /// A request was hit by a fault.
    pub fn troubled(&self, call: usize) {
        if let Some(call) = self.calls.borrow_mut().get_mut(call) {
            call.troubled = true;
        }
    }

    /// A request is answered.
    pub fn end(&self, id: usize, outcome: &Outcome, now: Moment) {
        if let Some(call) = self.calls.borrow_mut().get_mut(id) {
            call.ended = Some(now);
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

    fn keep(&self, id: usize, outcome: &Outcome, now: Moment) {
        let calls = self.calls.borrow();
        let Some(call) = calls.get(id) else { return };
        match (&call.act, outcome) {
            (
                Act::Authorize {
                    session,
                    resource,
                    by_hand,
                    ..
                },
                Outcome::Code(code),
            ) => {
                let person = self.session(*session).map_or("", |session| session.person);
                let issued = Issued {
                    client: call.client,
                    session: *session,
                    person,
                    resource,
                    by_hand: *by_hand,
                    asked: call.started,
                    delivered: now,
                };
                let grant = grant_of(code).unwrap_or_default();
                self.grants.borrow_mut().insert(grant, issued);
            }
            (act, Outcome::Tokens(tokens)) => {
                if let Act::LogIn { person } = act {
                    self.keep_login(call, (person, tokens), now);
                }
                self.keep_tokens(call, tokens, now);
            }
            _ => {}
        }
    }

    /// A grant without a code: it rests on the moment in which its person logged in.
    fn keep_login(&self, call: &Call, (person, tokens): (&'static str, &Tokens), now: Moment) {
        let issued = Issued {
            client: call.client,
            session: self.session_opened(person, (call.started, now)),
            person,
            resource: RESOURCE,
            by_hand: false,
            asked: call.started,
            delivered: now,
        };
        let grant = grant_of(&tokens.access_token).unwrap_or_default();
        self.grants.borrow_mut().insert(grant, issued);
    }

    fn keep_tokens(&self, call: &Call, tokens: &Tokens, now: Moment) {
        let mut delivered = self.delivered.borrow_mut();
        let scope = match &call.act {
            Act::Refresh { scope, .. } => *scope,
            _ => None,
        };
        let mut keep = |token: &String, lives| {
            delivered.entry(token.clone()).or_insert(Delivered {
                earliest: call.started.1,
                latest: now.1,
                lives,
                scope,
                jkt: call.jkt.clone(),
            });
        };
        keep(&tokens.access_token, tokens.expires_in);
        if let Some(token) = &tokens.refresh_token {
            keep(token, self.rules.idle);
        }
    }

    /// KV has lost a tombstone that it had acknowledged.
    pub fn lost(&self, name: &str) {
        self.lost.borrow_mut().insert(name.to_owned());
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

    pub(crate) fn session(&self, session: usize) -> Option<Session> {
        self.sessions.borrow().get(session).copied()
    }

    pub(crate) fn delivered(&self, token: &str) -> Option<Delivered> {
        self.delivered.borrow().get(token).cloned()
    }
}
