//! What is known about a request, a grant, a token.

use std::rc::Rc;

use oauth_core::base64url;

use super::{Act, Attempt, By, Caller, Outcome, Place, Tokens};
use crate::object::{Moment, SharedFate};

/// Later than everything.
pub(super) const NEVER: Moment = (u64::MAX, i64::MAX);

/// One request and its answer.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) act: Act,
    /// The value in it that counts once.
    pub(crate) once: Option<String>,
    /// The key of its proof.
    pub(crate) jkt: Option<String>,
    /// The attempt at a password that it makes.
    pub(crate) attempt: Option<Rc<Attempt>>,
    /// Who asks.
    pub(crate) asker: &'static str,
    /// The administrator who asks.
    pub(crate) by: Option<By>,
    /// Whether that value has arrived twice, or an attempt.
    pub(crate) is_spent_twice: bool,
    /// Whether a value that counts once was spent for it.
    pub(crate) has_spent: bool,
    /// The events that it has left in the audit log.
    pub(crate) events: Vec<&'static str>,
    pub(crate) client: &'static str,
    pub(crate) caller: Caller,
    pub(crate) started: Moment,
    /// When it was answered; never, while it is under way.
    pub(crate) ended: Option<Moment>,
    pub(crate) outcome: Option<Outcome>,
    /// What became of it at the objects.
    pub(crate) fate: SharedFate,
    /// Whether a fault was injected into it.
    pub(crate) troubled: bool,
}

/// A session, as its owner knows it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Session {
    pub(crate) person: &'static str,
    /// It is no older than this.
    pub(crate) asked: Moment,
    /// It is no younger than this.
    pub(crate) opened: Moment,
}

/// The clients' knowledge of a grant.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Issued {
    /// The client that it belongs to.
    pub(crate) client: &'static str,
    /// The session that it rests on.
    pub(crate) session: usize,
    /// Whose it is.
    pub(crate) person: &'static str,
    /// What its tokens are for.
    pub(crate) resource: &'static str,
    /// Whether the person allowed it on the consent page.
    pub(crate) by_hand: bool,
    /// When its code was asked for.
    pub(crate) asked: Moment,
    /// When its code was delivered.
    pub(crate) delivered: Moment,
}

/// A token that a client holds.
#[derive(Clone, Debug)]
pub(crate) struct Delivered {
    /// It is no older than this.
    pub(crate) earliest: i64,
    /// It is no younger than this.
    pub(crate) latest: i64,
    pub(crate) lives: i64,
    /// The scope, if it was narrowed.
    pub(crate) scope: Option<&'static str>,
    /// The key that it is bound to.
    pub(crate) jkt: Option<String>,
}

impl Call {
    /// The credential that was presented.
    pub(crate) fn presented(&self) -> Option<&str> {
        match &self.act {
            Act::Redeem { code } => Some(code),
            Act::Refresh { token, .. } | Act::Probe { token, .. } | Act::Revoke { token } => {
                Some(token)
            }
            Act::Push
            | Act::Authorize { .. }
            | Act::SignIn { .. }
            | Act::LogIn { .. }
            | Act::AsItself
            | Act::EndAll { .. }
            | Act::EndOf { .. }
            | Act::EndOne { .. }
            | Act::Disable { .. }
            | Act::Enable { .. }
            | Act::SignOut { .. } => None,
        }
    }

    /// The person who asks for it themselves, with a password, a session or an administrator's token.
    pub(super) fn asking_person(&self) -> Option<&'static str> {
        match &self.by {
            Some(by) => Some(by.person),
            None => self.act.by_person(),
        }
    }

    /// The grant that it is about.
    pub(crate) fn grant(&self) -> Option<String> {
        grant_of(self.presented()?)
    }

    /// Whether it shows a token to a resource server.
    pub(super) const fn is_at_resource_server(&self) -> bool {
        matches!(
            self.act,
            Act::Probe {
                at: Place::ResourceServer,
                ..
            }
        )
    }

    /// The tokens that it was answered with.
    pub(crate) fn tokens(&self) -> Option<&Tokens> {
        match &self.outcome {
            Some(Outcome::Tokens(tokens)) => Some(tokens),
            _ => None,
        }
    }

    /// The generation that was presented to be used.
    pub(super) fn used_generation(&self) -> Option<u32> {
        match &self.act {
            Act::Refresh { token, .. } => generation_of(token),
            _ => None,
        }
    }

    /// When it changed what is stored: not before this. `None` if it changed nothing, and never will.
    pub(super) fn first_effect(&self) -> Option<Moment> {
        let fate = self.fate.get();
        match fate.first_write {
            Some(at) => Some(at),
            None => (fate.pending > 0).then_some(self.started),
        }
    }

    /// When it last changed what is stored: never later than this.
    pub(super) fn last_effect(&self) -> Option<Moment> {
        let fate = self.fate.get();
        if fate.pending > 0 {
            return Some(NEVER);
        }
        fate.last_write
    }

    /// When an object last decided on it.
    pub(super) fn last_look(&self) -> Moment {
        let fate = self.fate.get();
        if fate.pending > 0 {
            return NEVER;
        }
        // What was written was decided, even if the object was killed before it said so.
        let decided = fate.last_look.max(fate.last_write);
        decided.or(self.ended).unwrap_or(NEVER)
    }

    /// Whether it has surely done what it asked for, whatever it was answered.
    pub(super) fn has_written(&self) -> bool {
        let fate = self.fate.get();
        fate.writes > 0 && fate.pending == 0 && !fate.failed
    }

    /// Whether it may have changed something, in an object or elsewhere.
    pub(super) const fn may_have_acted(&self) -> bool {
        !matches!(self.outcome, Some(Outcome::Refused(_)))
    }

    /// Whether its credential was surely used when `other` began: it was answered with tokens, or it wrote.
    pub(super) fn is_used_before(&self, other: &Self) -> bool {
        let answered = self.tokens().is_some() && self.is_before(other);
        let wrote = self.fate.get().last_write;
        let wrote = wrote.is_some_and(|at| at.0 < other.started.0);
        self.caller == Caller::Owner && (answered || self.has_written() && wrote)
    }

    /// Whether it was over before `other` began.
    pub(super) fn is_before(&self, other: &Self) -> bool {
        self.fate.get().pending == 0 && self.ended.is_some_and(|ended| ended.0 < other.started.0)
    }

    /// Whether it came no further than its proof or assertion, which was refused: its grant has not seen it.
    pub(super) fn is_turned_back(&self) -> bool {
        let fate = self.fate.get();
        self.once.is_some() && fate.last_look.is_none() && fate.pending == 0
    }

    /// How often its credential was presented, for all that the server can know. One whose fault was reported, and that
    /// did nothing, does not count.
    pub(super) fn presentations(&self) -> usize {
        let fate = self.fate.get();
        let failed = matches!(self.outcome, None | Some(Outcome::Unavailable));
        if (failed || self.is_turned_back()) && fate.writes == 0 && fate.pending == 0 {
            return 0;
        }
        1 + usize::from(fate.doubled)
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
    parts.next()?.starts_with('r').then_some(())?;
    parts.nth(1)?.parse().ok()
}
