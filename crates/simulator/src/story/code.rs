//! Stories about authorization codes.

use std::rc::Rc;

use super::{calmly, code_for, spawn, storm, tokens_for};
use crate::{
    actor::{self, App},
    ledger::{Outcome, Standing},
    world::World,
};

/// The owner's client redeems one code several times at once, and uses what it gets.
pub(super) fn racing_redemptions(world: &Rc<World>) {
    let code = code_for(world, App::Spa);
    for _ in 0..2 + world.scheduler.choices.one_of(2) {
        let (world_, code) = (Rc::clone(world), code.clone());
        spawn(world, async move {
            redeem_and_use(&world_, App::Spa, &code).await
        });
    }
    storm(world);
}

async fn redeem_and_use(world: &Rc<World>, app: App, code: &str) {
    if let Outcome::Tokens(tokens) = actor::redeem(world, app, Standing::Owner, code).await {
        actor::userinfo(world, app, &tokens.access_token).await;
    }
}

/// A client that stole the code is there at the same time.
pub(super) fn by_another_client(world: &Rc<World>) {
    let code = code_for(world, App::Spa);
    for (app, standing) in [(App::Spa, Standing::Owner), (App::Web, Standing::Stranger)] {
        let (world_, code) = (Rc::clone(world), code.clone());
        spawn(world, async move {
            let outcome = actor::redeem(&world_, app, standing, &code).await;
            if outcome == Outcome::Unavailable {
                actor::redeem(&world_, app, standing, &code).await;
            }
        });
    }
    storm(world);
    let again = Rc::clone(world);
    calmly(world, async move {
        actor::redeem(&again, App::Web, Standing::Stranger, &code).await
    });
}

/// A client whose answers get lost comes again, sooner or later.
pub(super) fn lost_answers(world: &Rc<World>) {
    let tokens = tokens_for(world, App::Spa);
    let first = tokens.refresh_token.unwrap_or_default();
    let world_ = Rc::clone(world);
    spawn(world, async move {
        let mut token = first;
        for _ in 0..3 {
            let outcome = actor::refresh(&world_, App::Spa, Standing::Owner, &token).await;
            match outcome {
                Outcome::Tokens(tokens) => token = tokens.refresh_token.unwrap_or_default(),
                Outcome::Unavailable => world_.wait(pause(&world_)).await,
                _ => return,
            }
        }
    });
    storm(world);
}

/// How long a client waits before it tries again.
fn pause(world: &World) -> i64 {
    [1, 2, 12, 40]
        .get(world.scheduler.choices.one_of(4))
        .copied()
        .unwrap_or(1)
}
