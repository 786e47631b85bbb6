//! What is done when the answer is out: nobody waits for it, and everybody gains from it.

use super::board::{Answer, Command, View};
use super::errand::{Errand, Rest};
use super::facts::RunFacts;
use super::platform::World;
use super::token_source::TokenSource;

/// Settles how the calls went, renews a token that is due, and writes the near copy. What became known of the run on
/// the way is in the facts.
///
/// Whoever made the [`call`](super::call) does this each time, and keeps the platform from ending it early. If it is
/// not done, a lease expires and a probe is given up: others go on all the same.
pub async fn finish(source: &TokenSource, world: &impl World, rest: Rest) -> RunFacts {
    let mut errand = Errand::new(source, world, rest);
    errand.settle_all().await;
    if errand.rest.renew {
        errand.renew_ahead().await;
        errand.settle_all().await;
    }
    if let Some(copy) = errand.rest.copy.take() {
        // Without a copy others ask the board.
        let _written = world.write(&copy).await;
    }
    errand.rest.facts
}

/// What isolates share, as the board knows it; what this isolate knows, and `true`, where it cannot be asked.
pub async fn look(source: &TokenSource, world: &impl World) -> (View, bool) {
    let (reply, _fault) = source.shared.ask(world, Command::Look).await;
    let view = if let Answer::View(view) = reply.answer {
        view
    } else {
        View::default()
    };
    let alone = source.shared.is_alone(world.now());
    if alone {
        (source.own_view(view, world.now()), true)
    } else {
        (view, false)
    }
}

/// Throws away whatever token there is, for all isolates.
pub async fn forget(source: &TokenSource, world: &impl World) {
    source.refuse(source.generation());
    source.shared.ask(world, Command::Forget).await;
}

impl<W: World> Errand<'_, W> {
    async fn settle_all(&mut self) {
        for settle in std::mem::take(&mut self.rest.settle) {
            self.ask(Command::Settle(settle)).await;
        }
    }
}
