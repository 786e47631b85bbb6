//! The way to the board, and what stands in for it while it does not answer.

use std::cell::{Cell, RefCell};

use oauth_core::{Fault, UnixTime};

use super::{Command, Reply, State, step};
use crate::m2m::ports::World;

/// A board that has failed is left alone for so long.
const AWAY: i64 = 10;

/// The board that isolates share, with one of this isolate's own behind it that keeps the same rules for itself.
#[derive(Default)]
pub(in crate::m2m) struct Fallback {
    own: RefCell<State>,
    away_until: Cell<Option<UnixTime>>,
}

impl Fallback {
    /// Puts a command to the board. The fault is told if it has just failed.
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
                    self.leave(world.now());
                    fault = Some(failed);
                }
            }
        }
        let mut state = self.own.take();
        if matches!(command, Command::Want { .. }) {
            // In an isolate one renews at a time: whoever had the lease has told the board how it went, or has left.
            state = state.unleased();
        }
        let (state, reply) = step(state, command, world.now());
        self.own.replace(state);
        (reply, fault)
    }

    /// Leaves the board alone for a while, because what it says does not help.
    pub(in crate::m2m) fn leave(&self, now: UnixTime) {
        self.away_until.set(Some(now.plus(AWAY)));
    }

    /// Whether the board is left alone now.
    pub(in crate::m2m) fn is_alone(&self, now: UnixTime) -> bool {
        self.away_until.get().is_some_and(|until| now < until)
    }
}
