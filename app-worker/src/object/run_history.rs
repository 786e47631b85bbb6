//! The history of the runs of all isolates: one object.

use edge::object::{Hosted, InRows, ObjectKind, Store, Sweeping};
use oauth_client::m2m::run_history::{Command, Reply, step, sweep};
use oauth_core::lifecycle::ask::Ask;
use oauth_core::lifecycle::rows::{Change, Step, Sweep};
use oauth_core::{Fault, UnixTime};
use worker::Env;

/// The name of the one object. It is part of the object's identity: under another name the history would be empty.
const NAME: &str = "ledger";

edge::hosted! {
    /// The history of runs.
    RunHistory hosts RunHistoryKind
}

enum RunHistoryKind {}

impl ObjectKind for RunHistoryKind {
    const BINDING: &'static str = "RUN_HISTORY";
    const WHAT: &'static str = "object.run_history";
    type Command = Command;
    type Reply = Reply;

    fn is_idempotent(command: &Command) -> bool {
        command.is_idempotent()
    }
}

impl Hosted for RunHistoryKind {
    type Host = InRows;
}

impl Sweeping for RunHistoryKind {
    /// There is no earlier version.
    fn migrate(_: &impl Store) -> Result<Vec<Change>, Fault> {
        Ok(Vec::new())
    }

    fn step(store: &impl Store, command: Command, now: UnixTime) -> Result<Step<Reply>, Fault> {
        step(store, command, now)
    }

    fn sweep(store: &impl Store, after: Option<&str>, now: UnixTime) -> Result<Sweep, Fault> {
        sweep(store, after, now)
    }
}

/// Gives a command to the history.
pub(crate) async fn ask<C: Ask<Command, Reply>>(env: &Env, command: C) -> Result<C::Reply, Fault> {
    let reply = edge::object::ask::<RunHistoryKind>(env, NAME, &command.into()).await?;
    C::narrow(reply, RunHistoryKind::WHAT)
}
