//! Cases small enough to be seen whole: two or three requests, each sent once.

use std::rc::Rc;

use super::{calmly, code_for, spawn, storm, tokens_for};
use crate::{
    actor::{self, App},
    oracle::{Caller, Outcome},
    world::World,
};

/// One code, two redemptions.
pub(super) fn two_redemptions(world: &Rc<World>) {
    redemptions(world, 2);
}

/// One code, three redemptions.
pub(super) fn three_redemptions(world: &Rc<World>) {
    redemptions(world, 3);
}

fn redemptions(world: &Rc<World>, requests: usize) {
    let code = code_for(world, App::Spa);
    for _ in 0..requests {
        let (world_, code) = (Rc::clone(world), code.clone());
        spawn(world, async move {
            actor::redeem(&world_, App::Spa, Caller::Owner, &code).await;
        });
    }
    storm(world);
}

/// One refresh token, two uses.
pub(super) fn two_refreshes(world: &Rc<World>) {
    refreshes(world, 2);
}

/// One refresh token, three uses.
pub(super) fn three_refreshes(world: &Rc<World>) {
    refreshes(world, 3);
}

fn refreshes(world: &Rc<World>, requests: usize) {
    let tokens = tokens_for(world, App::Spa);
    let token = tokens.refresh_token.unwrap_or_default();
    for _ in 0..requests {
        let (world_, token) = (Rc::clone(world), token.clone());
        spawn(world, async move {
            actor::refresh(&world_, App::Spa, Caller::Owner, &token).await;
        });
    }
    storm(world);
    let world_ = Rc::clone(world);
    calmly(world, async move {
        actor::refresh(&world_, App::Spa, Caller::Owner, &token).await
    });
}

/// A refresh, a revocation, and someone who asks whether the token is active.
pub(super) fn refresh_and_revoke(world: &Rc<World>) {
    let tokens = tokens_for(world, App::Spa);
    let token = tokens.refresh_token.unwrap_or_default();
    let world_ = Rc::clone(world);
    spawn(world, async move {
        let outcome = actor::refresh(&world_, App::Spa, Caller::Owner, &token).await;
        if let Outcome::Tokens(tokens) = outcome {
            actor::userinfo(&world_, App::Spa, &tokens.access_token).await;
        }
    });
    let (world_, token) = (Rc::clone(world), tokens.access_token);
    spawn(world, async move {
        actor::revoke(&world_, App::Spa, Caller::Owner, &token).await;
    });
    storm(world);
}
