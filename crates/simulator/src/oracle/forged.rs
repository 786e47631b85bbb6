//! What a request may leave behind in any store. What is forged, or another's, changes nothing: all that is left of it is
//! named here.
//!
//! - An attempt at a password is counted under the names of its own account and network, or of its browser.
//! - A refusal is one event in the audit log: of a kind that such a request can have, about nobody who is not proven, with
//!   the client that it named and the hashes of its own username and network.
//! - Nothing else: no grant, no user's object, no consent, no registration, no value that counts once, nothing in KV.
//!   A public client's pushed request is kept nowhere either: anybody can push it.

use oauth_core::id::{GrantId, UserId};
use oauth_server::audit::{self, AuditEvent};

use super::{
    Act, By, Call, Caller, Invariant, Oracle, Outcome, Place,
    judge::{Verdict, name, violated},
};

/// What is written for a request.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Write<'a> {
    /// Something that lasts, in the store of this name.
    Lasting(&'a str),
    /// A value that counts once.
    OneTime,
    /// A count of attempts, under this name.
    Attempt(&'a str),
    /// An event in the audit log.
    Event(&'a AuditEvent),
}

impl Oracle {
    /// A request writes to a store.
    pub(crate) fn writes(&self, call: usize, write: Write<'_>) {
        let mut calls = self.calls.borrow_mut();
        let Some(call) = calls.get_mut(call) else {
            return;
        };
        let proves_nothing = matches!(call.act, Act::Push) && call.client == "spa";
        let is_forged = call.caller == Caller::Stranger;
        let wrong = match write {
            Write::Lasting(store) => (is_forged || proves_nothing)
                .then(|| format!("{store} was changed by {}", name(call))),
            Write::OneTime => {
                call.has_spent = true;
                None
            }
            Write::Attempt(throttle) => {
                let may = call
                    .attempt
                    .as_ref()
                    .is_some_and(|mine| mine.throttles.contains(throttle));
                (!may).then(|| format!("{} was counted under another's name", name(call)))
            }
            Write::Event(event) => {
                call.events.push(event.event.word());
                let wrong = self.lie(call, event);
                if let (Some(wrong), false) = (&wrong, is_forged) {
                    let seen = format!("{} left {event:?}: {wrong}", name(call));
                    return self.report(Invariant::EventsSayTheTruth, seen);
                }
                wrong.map(|wrong| format!("{} left {event:?}: {wrong}", name(call)))
            }
        };
        if let Some(seen) = wrong {
            self.report(Invariant::ForgedChangesNothing, seen);
        }
    }

    /// What counts once, or an attempt, has arrived twice at the object that counts it.
    pub fn spent_twice(&self, call: usize) {
        if let Some(call) = self.calls.borrow_mut().get_mut(call) {
            call.is_spent_twice = true;
        }
    }

    /// What is untrue in the event of a request.
    fn lie(&self, call: &Call, event: &AuditEvent) -> Option<&'static str> {
        let is_failure = event.outcome == audit::Outcome::Failure;
        let kinds = if is_failure {
            failures(call)
        } else if call.caller == Caller::Owner {
            successes(&call.act)
        } else {
            &[]
        };
        if !kinds.contains(&event.event.word()) {
            return Some("such a request has no such event");
        }
        if let Some(by) = &call.by {
            return lie_of_administration(call, by, event);
        }
        let person = self.concerned(call);
        let subject = event.subject.as_ref().map(UserId::as_str);
        // Who is refused is not proven.
        let may_have_subject = !is_failure;
        if subject.is_some_and(|subject| !may_have_subject || subject.strip_prefix("u_") != person)
        {
            return Some("it is about somebody else");
        }
        let grant = event.grant.as_ref().map(GrantId::as_str);
        if is_failure && grant.is_some() || grant.is_some() && is_of_another(call, grant) {
            return Some("it is about another grant");
        }
        let client = event.client_id.as_deref();
        if client.is_some_and(|client| client != call.asker && client != call.client) {
            return Some("it is about another client");
        }
        let proves = matches!(call.asker, "web" | "api" | "mcp" | "robot");
        if event.client_authenticated && !proves {
            return Some("the client has proved nothing");
        }
        let hashes = [&event.account, &event.network];
        let mut hashes = hashes.into_iter().flatten();
        let are_mine = hashes.all(|hash| {
            let mine = call.attempt.as_ref();
            mine.is_some_and(|mine| mine.hashes.contains(hash))
        });
        (!are_mine).then_some("it is about another username or network")
    }

    /// The person whom a request is about.
    fn concerned(&self, call: &Call) -> Option<&'static str> {
        match &call.act {
            Act::Authorize { session, .. } => self.session(*session).map(|it| it.person),
            act => act.by_person().or_else(|| {
                let grant = call.grant()?;
                self.issued(&grant).map(|issued| issued.person)
            }),
        }
    }
}

/// What is forged and refused has spent nothing, and left its one event.
pub(super) fn judge_trace(call: &Call) -> Verdict {
    let is_refused = matches!(call.outcome, Some(Outcome::Refused(_)));
    let is_forged = call.caller == Caller::Stranger;
    if is_forged && call.has_spent {
        let seen = format!("{} has spent a value that counts once", name(call));
        return violated(Invariant::ForgedChangesNothing, seen);
    }
    let is_audited = call.by.is_some()
        || matches!(
            call.act,
            Act::Redeem { .. }
                | Act::Refresh { .. }
                | Act::Revoke { .. }
                | Act::LogIn { .. }
                | Act::AsItself
                | Act::Push
        );
    if is_refused && is_forged && is_audited && call.events.len() != 1 {
        let seen = format!("{} left the events {:?}", name(call), call.events);
        return violated(Invariant::EventsSayTheTruth, seen);
    }
    let done: Option<&[&str]> = match (&call.act, &call.outcome) {
        (Act::SignIn { .. }, Some(Outcome::Done)) => Some(&["login"]),
        (Act::LogIn { .. }, Some(Outcome::Tokens(_))) => Some(&["tokens_issued", "direct_login"]),
        (Act::Redeem { .. } | Act::AsItself, Some(Outcome::Tokens(_))) => Some(&["tokens_issued"]),
        (Act::Authorize { by_hand: false, .. }, Some(Outcome::Code(_))) => Some(&["code_issued"]),
        (
            Act::Disable {
                who: "spa" | "web" | "desk",
            },
            Some(Outcome::Done),
        ) => (!call.events.is_empty()).then_some(&["client_disabled"]),
        // Who is disabled already is so again.
        (Act::Disable { .. }, Some(Outcome::Done)) => Some(&["user_disabled"]),
        _ => None,
    };
    if done.is_some_and(|done| call.events != done) {
        let seen = format!("{} left the events {:?}", name(call), call.events);
        return violated(Invariant::EventsSayTheTruth, seen);
    }
    Ok(())
}

/// Whether a grant is not the one that `call` is about.
fn is_of_another(call: &Call, grant: Option<&str>) -> bool {
    call.grant().is_some_and(|own| Some(own.as_str()) != grant)
}

/// What is untrue in the event of an administrator's request: it says who did it, and to whom.
fn lie_of_administration(call: &Call, by: &By, event: &AuditEvent) -> Option<&'static str> {
    let actor = event.actor.as_deref();
    if actor.is_some_and(|actor| actor.strip_prefix("u_") != Some(by.person)) {
        return Some("somebody else did it");
    }
    if event.outcome == audit::Outcome::Failure {
        return None;
    }
    let (Act::Disable { who } | Act::Enable { who }) = &call.act else {
        return Some("such a request has no such event");
    };
    let subject = event.subject.as_ref().map(UserId::as_str);
    let whom = match event.event {
        audit::Event::UserDisabled | audit::Event::UserEnabled => {
            subject.and_then(|user| user.strip_prefix("u_"))
        }
        _ => event.client_id.as_deref(),
    };
    if actor.is_none() {
        return Some("nobody did it");
    }
    (whom != Some(*who)).then_some("it was done to somebody else")
}

/// The events of such a request where it was refused.
const fn failures(call: &Call) -> &'static [&'static str] {
    if call.by.is_some() {
        return &["administration_refused"];
    }
    match call.act {
        Act::SignIn { .. } | Act::LogIn { .. } => {
            &["login_failed", "login_throttled", "form_refused"]
        }
        Act::Redeem { .. } | Act::Refresh { .. } | Act::AsItself => {
            &["token_request_refused", "client_authentication_failed"]
        }
        Act::Push => &["authorization_refused", "client_authentication_failed"],
        Act::Authorize { .. } => &["authorization_refused", "form_refused"],
        Act::Probe {
            at: Place::Introspection | Place::ResourceServer,
            ..
        } => &["introspection_refused", "client_authentication_failed"],
        Act::Revoke { .. } => &["revocation_refused", "client_authentication_failed"],
        Act::EndAll { .. } | Act::EndOf { .. } | Act::EndOne { .. } | Act::SignOut { .. } => {
            &["form_refused"]
        }
        Act::Probe {
            at: Place::UserInfo,
            ..
        }
        | Act::Disable { .. }
        | Act::Enable { .. } => &[],
    }
}

/// The events of such a request where it was answered.
const fn successes(act: &Act) -> &'static [&'static str] {
    match act {
        Act::SignIn { .. } => &["login"],
        Act::LogIn { .. } => &["direct_login", "tokens_issued"],
        Act::Redeem { .. } | Act::AsItself => &["tokens_issued"],
        Act::Refresh { .. } => &["tokens_refreshed", "refresh_repeated"],
        Act::Authorize { .. } => &["code_issued", "consent_given"],
        Act::EndAll { .. } | Act::EndOf { .. } => &["consent_withdrawn"],
        Act::Disable { .. } => &["user_disabled", "client_disabled"],
        Act::Enable { .. } => &["user_enabled", "client_enabled"],
        Act::Push
        | Act::Probe { .. }
        | Act::Revoke { .. }
        | Act::EndOne { .. }
        | Act::SignOut { .. } => &[],
    }
}
