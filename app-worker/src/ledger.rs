//! The ledger's home: one object that remembers what all isolates have run.
//!
//! It is never in a run's way: what it is told, it is told when the answer is out, and where it is down only history
//! is lost.

use edge::object::{InRows, ObjectKind, Store};
use oauth_client::m2m::RunFacts;
use oauth_client::m2m::ledger::{self, Command, Reply};
use oauth_core::lifecycle::rows::{Change, Step, Sweep};
use oauth_core::{Fault, UnixTime};
use serde::Serialize;
use worker::Env;

use crate::alert;
use crate::settings::Settings;

/// The name of the one ledger.
const NAME: &str = "ledger";

edge::hosted! {
    /// The ledger of runs.
    Ledger hosts LedgerLife in rows
}

enum LedgerLife {}

impl ObjectKind for LedgerLife {
    const BINDING: &'static str = "LEDGER";
    const WHAT: &'static str = "object.ledger";
    type Command = Command;
    type Reply = Reply;

    fn is_idempotent(command: &Command) -> bool {
        command.is_idempotent()
    }
}

impl InRows for LedgerLife {
    /// There is no earlier version.
    fn adopt(_: &impl Store) -> Result<Vec<Change>, Fault> {
        Ok(Vec::new())
    }

    fn step(store: &impl Store, command: Command, now: UnixTime) -> Result<Step<Reply>, Fault> {
        ledger::step(store, command, now)
    }

    fn sweep(store: &impl Store, after: Option<&str>, now: UnixTime) -> Result<Sweep, Fault> {
        ledger::sweep(store, after, now)
    }
}

/// Puts a command to the ledger.
pub(crate) async fn ask(env: &Env, command: &Command) -> Result<Reply, Fault> {
    edge::object::ask::<LedgerLife>(env, NAME, command).await
}

/// Remembers a run, and tells whoever is to know that too many fail, or no longer. For after the answer.
pub(crate) async fn record(settings: &Settings, env: &Env, run: RunFacts) {
    let id = run.id.clone();
    let command = Command::Record {
        run,
        threshold_percent: settings.alerts.threshold_percent,
    };
    match ask(env, &command).await {
        Ok(Reply::Recorded(Some(news))) => {
            alert::tell(&settings.alerts, &news).await;
            report(&id, ask(env, &Command::Told(news)).await);
        }
        reply => report(&id, reply),
    }
}

/// The line of a run that is not remembered.
#[derive(Serialize)]
struct Unrecorded<'a> {
    event: &'static str,
    request_id: &'a str,
    cause: String,
}

fn report(request_id: &str, reply: Result<Reply, Fault>) {
    if let Err(fault) = reply {
        edge::log::error(&Unrecorded {
            event: "m2m_unrecorded",
            request_id,
            cause: fault.to_string(),
        });
    }
}
