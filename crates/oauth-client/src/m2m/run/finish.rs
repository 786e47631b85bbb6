//! The work that the answer of a run need not wait for.

use oauth_core::lifecycle::ask::Ask as _;

use super::facts::RunFacts;
use super::{FollowUp, Run};
use crate::m2m::ports::World;
use crate::m2m::shared_state::{Forget, Look, Report, View};
use crate::m2m::token::renewal;
use crate::m2m::token::source::TokenSource;

/// Reports how the requests went, renews a token that is due, and writes the near copy. The result is the facts of the
/// whole run.
///
/// Call it after each [`call`](crate::m2m::call()), and keep the platform from ending it early. If it does not run, a lease
/// expires and a probe is given up, but other runs succeed all the same.
pub async fn finish(source: &TokenSource, world: &impl World, follow_up: FollowUp) -> RunFacts {
    let mut run = Run::new(source, world, follow_up);
    report(&mut run).await;
    if run.follow_up.renew {
        renewal::renew_ahead(&mut run).await;
        report(&mut run).await;
    }
    if let Some(copy) = run.follow_up.copy.take() {
        // Without a copy other isolates ask the shared state.
        let _written = world.write(&copy).await;
    }
    run.follow_up.facts
}

async fn report<W: World>(run: &mut Run<'_, W>) {
    for outcome in std::mem::take(&mut run.follow_up.outcomes) {
        run.ask(Report(outcome)).await;
    }
}

/// A view of the shared state; while that is unreachable, of what this isolate knows, and `true`.
pub async fn look(source: &TokenSource, world: &impl World) -> (View, bool) {
    let (reply, _fault) = source.shared.ask(world, Look.into()).await;
    let view = Look::reply(reply.answer).unwrap_or_default();
    let alone = source.shared.is_alone(world.now());
    if alone {
        (source.own_view(view, world.now()), true)
    } else {
        (view, false)
    }
}

/// Drops the token there is, in all isolates.
pub async fn forget(source: &TokenSource, world: &impl World) {
    source.refuse(source.generation());
    source.shared.ask(world, Forget.into()).await;
}
