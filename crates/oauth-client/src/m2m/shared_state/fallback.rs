//! The shared state, with this isolate's own in its place while it is unreachable.

use std::cell::{Cell, RefCell};

use oauth_core::{Fault, UnixTime};

use super::{Command, Reply, State, step};
use crate::m2m::ports::World;

/// The time for which a shared state that has failed is not asked again.
const PAUSE: i64 = 10;

/// The shared state, and this isolate's own, which follows the same rules.
#[derive(Default)]
pub(in crate::m2m) struct Fallback {
    own: RefCell<State>,
    paused_until: Cell<Option<UnixTime>>,
}

impl Fallback {
    /// Gives a command to the shared state, or to this isolate's own. Returns the fault if the first has just failed.
    pub(in crate::m2m) async fn ask(
        &self,
        world: &impl World,
        command: Command,
    ) -> (Reply, Option<Fault>) {
        let mut fault = None;
        if !self.is_alone(world.now()) {
            match world.ask(&command).await {
                Ok(reply) => return (reply, None),
                Err(failed) => {
                    self.pause(world.now());
                    fault = Some(failed);
                }
            }
        }
        let mut state = self.own.take();
        if matches!(command, Command::Want(_)) {
            // An isolate makes one renewal at a time: an earlier holder of its own lease is gone.
            state = state.unleased();
        }
        let (state, reply) = step(state, command, world.now());
        self.own.replace(state);
        (reply, fault)
    }

    /// Stops asking the shared state for a while, because its answers do not help.
    pub(in crate::m2m) fn pause(&self, now: UnixTime) {
        self.paused_until.set(Some(now.plus(PAUSE)));
    }

    /// Whether this isolate is on its own now.
    pub(in crate::m2m) fn is_alone(&self, now: UnixTime) -> bool {
        self.paused_until.get().is_some_and(|until| now < until)
    }
}
