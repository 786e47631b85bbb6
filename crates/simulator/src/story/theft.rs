//! Stories about credentials that come again when their time for that is over.

use std::{cell::RefCell, rc::Rc};

use super::{calmly, code_for, some_app, spawn, storm, tokens_for};
use crate::{
    actor::{self, App},
    oracle::{Caller, Outcome, Tokens},
    resource_server,
    world::World,
};

/// Everything that the owner holds is tried once more.
fn try_all(world: &Rc<World>, app: App, held: &Rc<RefCell<Tokens>>) {
    let (world_, tokens) = (Rc::clone(world), held.borrow().clone());
    calmly(world, async move {
        actor::introspect(&world_, app, Caller::Owner, &tokens.access_token).await;
        actor::userinfo(&world_, app, &tokens.access_token).await;
        resource_server::show(&world_, app, &tokens.access_token).await;
        let token = tokens.refresh_token.unwrap_or_default();
        actor::refresh(&world_, app, Caller::Owner, &token).await;
    });
}

/// The owner goes on with the line, in a calm.
fn use_it(world: &Rc<World>, app: App, held: &Rc<RefCell<Tokens>>, times: usize) {
    for _ in 0..times {
        let (world_, held) = (Rc::clone(world), Rc::clone(held));
        calmly(world, async move {
            let token = held.borrow().refresh_token.clone().unwrap_or_default();
            let outcome = actor::refresh(&world_, app, Caller::Owner, &token).await;
            if let Outcome::Tokens(tokens) = outcome {
                *held.borrow_mut() = tokens;
            }
        });
    }
}

/// A token that was used, and its successors too, comes again after its window.
pub(super) fn used_token_comes_late(world: &Rc<World>) {
    let app = some_app(world);
    let first = tokens_for(world, app);
    let held = Rc::new(RefCell::new(first.clone()));
    let stolen = first.refresh_token.unwrap_or_default();
    use_it(world, app, &held, 1 + world.scheduler.choices.one_of(3));
    let window = world.oracle.rules.grace_of(app.name());
    // So late, too, that the grant's first alarm, for its code, has rung before.
    let late = window + [5, 25, 900][world.scheduler.choices.one_of(3)];
    let world_ = Rc::clone(world);
    calmly(world, async move { world_.wait(late).await });
    for _ in 0..=world.scheduler.choices.one_of(2) {
        let (world_, stolen) = (Rc::clone(world), stolen.clone());
        spawn(world, async move {
            actor::refresh(&world_, app, Caller::Owner, &stolen).await;
        });
    }
    let (world_, held_) = (Rc::clone(world), Rc::clone(&held));
    spawn(world, async move {
        let token = held_.borrow().access_token.clone();
        actor::introspect(&world_, app, Caller::Owner, &token).await;
    });
    storm(world);
    // Where nobody asks for the grant any more, only its alarm can tell what the request has left untold.
    if world.scheduler.choices.one_of(3) > 0 {
        try_all(world, app, &held);
    }
}

/// A code that was used comes again, sooner or later, with all that belongs to it.
pub(super) fn used_code_comes_again(world: &Rc<World>) {
    let app = some_app(world);
    let code = code_for(world, app);
    let (world_, code_) = (Rc::clone(world), code.clone());
    let redeemed = calmly(world, async move {
        actor::redeem(&world_, app, Caller::Owner, &code_).await
    });
    let Some(Outcome::Tokens(tokens)) = redeemed else {
        panic!("no tokens in a calm: {redeemed:?}")
    };
    let held = Rc::new(RefCell::new(tokens));
    use_it(world, app, &held, world.scheduler.choices.one_of(3));
    let late = [0, 20, 100][world.scheduler.choices.one_of(3)];
    let world_ = Rc::clone(world);
    calmly(world, async move { world_.wait(late).await });
    let (world_, code_) = (Rc::clone(world), code.clone());
    spawn(world, async move {
        actor::redeem(&world_, app, Caller::Owner, &code_).await;
    });
    let (world_, held_) = (Rc::clone(world), Rc::clone(&held));
    spawn(world, async move {
        let token = held_.borrow().refresh_token.clone().unwrap_or_default();
        actor::refresh(&world_, app, Caller::Owner, &token).await;
    });
    storm(world);
    let (world_, code_) = (Rc::clone(world), code);
    calmly(world, async move {
        actor::redeem(&world_, app, Caller::Owner, &code_).await
    });
    try_all(world, app, &held);
}
