//! The board's home: one object for a client's purpose, which all isolates ask.

use std::time::Duration;

use edge::object::{Lifecycle, ObjectKind};
use oauth_client::m2m::board::{Command, Reply, State, step};
use oauth_core::{Fault, UnixTime};
use worker::Env;

/// How long a run waits for it: a client that cannot reach the board goes on by itself.
const DEADLINE: Duration = Duration::from_secs(1);

edge::hosted! {
    /// The peers' breakers, the lease of the renewal and the sealed token.
    Board hosts BoardLife in record
}

enum BoardLife {}

impl ObjectKind for BoardLife {
    const BINDING: &'static str = "BOARD";
    const WHAT: &'static str = "object.board";
    type Command = Command;
    type Reply = Reply;

    /// Asked again, it would be waited for longer than it is worth.
    fn is_idempotent(_: &Command) -> bool {
        false
    }
}

impl Lifecycle for BoardLife {
    type State = State;

    fn step(state: Option<State>, command: Command, now: UnixTime) -> (Option<State>, Reply) {
        let (state, reply) = step(state.unwrap_or_default(), command, now);
        (Some(state), reply)
    }

    fn ends_at(state: &State) -> Option<UnixTime> {
        Some(state.ends_at())
    }
}

/// Puts a command to the board with this name.
pub(crate) async fn ask(env: &Env, name: &str, command: &Command) -> Result<Reply, Fault> {
    let asked = edge::object::ask::<BoardLife>(env, name, command);
    edge::with_timeout("object.board", DEADLINE, asked).await
}
