//! The registrations of users and clients, as D1 keeps them: what is changed there is one transaction with its event and
//! with the note of what it ends.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

use oauth_core::{
    Fault,
    id::{ClientId, UserId},
};
use oauth_server::{
    audit::AuditEvent,
    ending::registered,
    ports::{AccountState, Audit as _, Change, Registry, UnannouncedEnd, UnannouncedEnds},
};
use testkit::endings::EndingTable;

use crate::{
    machine::Machine,
    oracle::{Cut, Invariant, Write},
    world::World,
};

/// What is changed in the registrations.
#[derive(Default)]
pub(crate) struct Registrations {
    /// Who is disabled: usernames and clients' ids.
    pub(crate) disabled: RefCell<BTreeSet<&'static str>>,
    /// Since when the older grants of a client are over.
    pub(crate) not_before: RefCell<BTreeMap<&'static str, i64>>,
    /// Whose role was taken away.
    pub(crate) demoted: RefCell<BTreeSet<&'static str>>,
    /// What changes have ended and nobody has announced.
    ends: EndingTable,
}

/// The users and clients that administrators change in the stories.
const KNOWN: [&str; 7] = ["ada", "alan", "grace", "edsger", "spa", "web", "desk"];

/// The administrators.
const ADMINISTRATORS: [&str; 2] = ["grace", "edsger"];

fn known(name: &str) -> Option<&'static str> {
    KNOWN.iter().find(|known| **known == name).copied()
}

impl World {
    /// Disables a user or a client, where they are registered.
    pub fn disable(&self, who: &'static str) {
        self.registrations.disabled.borrow_mut().insert(who);
        self.oracle.disabled(who, self.moment());
        self.scheduler.note(|| format!("{who} is disabled"));
    }

    /// Enables them again. A client's older grants remain ended.
    pub fn enable(&self, who: &'static str) {
        self.registrations.disabled.borrow_mut().remove(who);
        self.cut_off(who, self.scheduler.now());
        self.oracle.enabled(who, self.moment());
        self.scheduler.note(|| format!("{who} is enabled"));
    }

    fn cut_off(&self, who: &'static str, at: i64) {
        self.registrations.not_before.borrow_mut().insert(who, at);
    }

    /// An administrator is one no more.
    pub fn demote(&self, who: &'static str) {
        self.registrations.demoted.borrow_mut().insert(who);
        self.scheduler
            .note(|| format!("{who} has no role any more"));
    }

    /// Since when the older grants of a client are over.
    pub(crate) fn since(&self, client: &str) -> Option<i64> {
        self.registrations.not_before.borrow().get(client).copied()
    }

    pub(crate) fn is_disabled(&self, who: &str) -> bool {
        self.registrations.disabled.borrow().contains(who)
    }

    /// The administrators who can sign in.
    fn administrators(&self) -> impl Iterator<Item = &'static str> {
        let demoted = |name: &&str| self.registrations.demoted.borrow().contains(name);
        ADMINISTRATORS
            .into_iter()
            .filter(move |name| !self.is_disabled(name) && !demoted(name))
    }

    /// The scheduled work of the server: it announces what nobody has announced.
    pub(crate) async fn run_schedule(self: &std::rc::Rc<Self>) {
        let machine = Machine::new(self, usize::MAX);
        let announced = registered::announce(&machine.context(), None).await;
        if let Err(fault) = announced {
            self.scheduler
                .note(|| format!("the schedule fails: {fault}"));
        }
    }
}

impl Machine {
    /// Notes what was changed, and what that has ended.
    fn changed(&self, who: &'static str, to: AccountState, subject: &str, event: AuditEvent) {
        let world = &self.world;
        world
            .oracle
            .writes(self.request, Write::Lasting("a registration"));
        match to {
            AccountState::Disabled => world.disable(who),
            AccountState::Enabled => world.enable(who),
        }
        if to == AccountState::Disabled || !subject.starts_with("u_") {
            let id = ["change ", &world.scheduler.step().to_string()].concat();
            world.oracle.cut(Cut {
                name: subject.to_owned(),
                at: event.at.0,
            });
            world.registrations.ends.note_change(id, subject, &event);
        }
        if world.administrators().next().is_none() || world.is_disabled("desk") {
            let seen = format!("no administrator is left once {who} is changed");
            world.oracle.report(Invariant::AnAdministratorIsLeft, seen);
        }
        self.record_event(event);
    }

    /// The answer to a change that is made may be lost.
    async fn written(&self, change: Change) -> Result<Change, Fault> {
        self.d1("d1.write_registration").await?;
        Ok(change)
    }
}

impl Registry for Machine {
    async fn is_user(&self, user_id: &UserId) -> Result<bool, Fault> {
        self.d1("d1.read_user").await?;
        Ok(user_id
            .as_str()
            .strip_prefix("u_")
            .and_then(known)
            .is_some())
    }

    async fn set_user_state(
        &self,
        user_id: &UserId,
        to: AccountState,
        event: AuditEvent,
    ) -> Result<Change, Fault> {
        self.d1("d1.write_registration").await?;
        let Some(who) = user_id.as_str().strip_prefix("u_").and_then(known) else {
            return Ok(Change::Unknown);
        };
        let is_administrator = ADMINISTRATORS.contains(&who) && !self.world.is_disabled(who);
        match to {
            AccountState::Disabled
                if is_administrator && self.world.administrators().all(|it| it == who) =>
            {
                return Ok(Change::LocksOut);
            }
            AccountState::Enabled if !self.world.is_disabled(who) => return Ok(Change::Made),
            AccountState::Disabled | AccountState::Enabled => {}
        }
        self.changed(who, to, user_id.as_str(), event);
        self.written(Change::Made).await
    }

    async fn set_client_state(
        &self,
        client_id: &ClientId,
        to: AccountState,
        by: Option<&ClientId>,
        event: AuditEvent,
    ) -> Result<Change, Fault> {
        self.d1("d1.write_registration").await?;
        let Some(who) = known(client_id.as_str()) else {
            return Ok(Change::Unknown);
        };
        let is_disabled = self.world.is_disabled(who);
        if is_disabled == (to == AccountState::Disabled) {
            return Ok(Change::Made);
        }
        if to == AccountState::Disabled && by.is_some_and(|by| self.world.is_disabled(by.as_str()))
        {
            return Ok(Change::LocksOut);
        }
        let at = event.at.0;
        self.changed(who, to, client_id.as_str(), event);
        self.world.cut_off(who, at);
        self.written(Change::Made).await
    }
}

impl UnannouncedEnds for Machine {
    async fn unannounced_ends(&self, of: Option<&str>) -> Result<Vec<UnannouncedEnd>, Fault> {
        self.d1("d1.read_endings").await?;
        Ok(self.world.registrations.ends.find(of))
    }

    async fn announced(&self, end: &UnannouncedEnd) -> Result<(), Fault> {
        self.d1("d1.forget_ending").await?;
        self.world.registrations.ends.forget(end);
        Ok(())
    }
}
