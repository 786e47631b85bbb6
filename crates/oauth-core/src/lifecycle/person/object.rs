//! The object that hosts a user's sessions and the index of their grants.

use super::{Command, Reply, migrate, step, sweep};
use crate::{
    Fault, UnixTime,
    lifecycle::{
        object::{Hosted, InRows, ObjectKind, Store, Sweeping},
        rows::{Change, Step, Sweep},
    },
};

/// The object of one user.
#[derive(Debug)]
pub enum PersonKind {}

impl ObjectKind for PersonKind {
    const BINDING: &'static str = "PERSON";
    const WHAT: &'static str = "object.person";
    type Command = Command;
    type Reply = Reply;

    fn is_idempotent(command: &Command) -> bool {
        command.is_idempotent()
    }
}

impl Hosted for PersonKind {
    type Host = InRows;
}

impl Sweeping for PersonKind {
    fn migrate(store: &impl Store) -> Result<Vec<Change>, Fault> {
        migrate(store)
    }

    fn step(store: &impl Store, command: Command, now: UnixTime) -> Result<Step<Reply>, Fault> {
        step(store, command, now)
    }

    fn sweep(store: &impl Store, after: Option<&str>, now: UnixTime) -> Result<Sweep, Fault> {
        sweep(store, after, now)
    }
}
