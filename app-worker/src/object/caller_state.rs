//! The state that all isolates share of one machine-to-machine client: one object for each purpose.

use std::time::Duration;

use edge::object::{Hosted, InRecord, Lifecycle, ObjectKind};
use oauth_client::m2m::shared_state::{Command, Reply, State, step};
use oauth_core::{Fault, UnixTime};
use worker::Env;

/// The most time that a run waits for it: a client that cannot reach it continues on its own.
const DEADLINE: Duration = Duration::from_secs(1);

edge::hosted! {
    /// The peers' breakers, the lease of the renewal and the sealed token.
    CallerState hosts CallerStateKind
}

enum CallerStateKind {}

impl ObjectKind for CallerStateKind {
    const BINDING: &'static str = "CALLER_STATE";
    const WHAT: &'static str = "object.caller_state";
    type Command = Command;
    type Reply = Reply;

    /// A second attempt would take longer than the answer is worth.
    fn is_idempotent(_: &Command) -> bool {
        false
    }
}

impl Hosted for CallerStateKind {
    type Host = InRecord;
}

impl Lifecycle for CallerStateKind {
    type State = State;

    fn step(state: Option<State>, command: Command, now: UnixTime) -> (Option<State>, Reply) {
        let (state, reply) = step(state.unwrap_or_default(), command, now);
        (Some(state), reply)
    }

    fn ends_at(state: &State) -> Option<UnixTime> {
        Some(state.ends_at())
    }
}

/// Gives a command to the state with this name.
pub(crate) async fn ask(env: &Env, name: &str, command: &Command) -> Result<Reply, Fault> {
    let asked = edge::object::ask::<CallerStateKind>(env, name, command);
    edge::with_timeout("object.caller_state", DEADLINE, asked).await
}
