//! A story about what a machine has for itself.

use std::rc::Rc;

use super::{calmly, spawn, storm};
use crate::{
    actor::{self, App},
    oracle::{Caller, Outcome},
    resource_server,
    world::World,
};

/// A machine's token. One that is signed is known to no object until it is revoked.
pub(super) fn token(world: &Rc<World>) {
    let app = match world.scheduler.choices.one_of(2) {
        0 => App::Api,
        _ => App::Web,
    };
    let world_ = Rc::clone(world);
    let got = calmly(world, async move { actor::as_itself(&world_, app).await });
    let Some(Outcome::Tokens(tokens)) = got else {
        return;
    };
    let token = tokens.access_token.clone();
    for _ in 0..2 {
        let (world_, token) = (Rc::clone(world), token.clone());
        spawn(world, async move {
            actor::introspect(&world_, app, Caller::Owner, &token).await;
            actor::introspect(&world_, app, Caller::Owner, &token).await;
        });
    }
    let (world_, kept) = (Rc::clone(world), token.clone());
    spawn(world, async move {
        actor::revoke(&world_, App::Spa, Caller::Stranger, &kept).await;
        actor::revoke(&world_, app, Caller::Owner, &kept).await;
    });
    storm(world);
    let life = tokens.expires_in;
    let world_ = Rc::clone(world);
    calmly(world, async move {
        actor::introspect(&world_, app, Caller::Owner, &token).await;
        resource_server::show(&world_, app, &token).await;
        // The end is known for as long as the token would have lived.
        world_.wait(life / 2).await;
        actor::introspect(&world_, app, Caller::Owner, &token).await;
        world_.wait(life / 2 - 10).await;
        actor::introspect(&world_, app, Caller::Owner, &token).await
    });
}
