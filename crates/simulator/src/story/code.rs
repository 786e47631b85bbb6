//! Stories about authorization codes.

use std::rc::Rc;

use super::{calmly, code_for, pause, signed_in, some_app, spawn, storm};
use crate::{
    actor::{self, App},
    browser,
    oracle::{Caller, Outcome},
    world::World,
};

/// The owner's client redeems one code several times at once, and uses what it gets.
pub(super) fn racing_redemptions(world: &Rc<World>) {
    let code = code_for(world, App::Spa);
    for _ in 0..2 + world.scheduler.choices.one_of(2) {
        let (world_, code) = (Rc::clone(world), code.clone());
        spawn(world, async move {
            redeem_and_use(&world_, App::Spa, &code).await;
        });
    }
    storm(world);
}

async fn redeem_and_use(world: &Rc<World>, app: App, code: &str) {
    let Outcome::Tokens(tokens) = actor::redeem(world, app, Caller::Owner, code).await else {
        return;
    };
    actor::userinfo(world, app, &tokens.access_token).await;
    if let Some(refresh_token) = tokens.refresh_token {
        actor::refresh(world, app, Caller::Owner, &refresh_token).await;
    }
}

/// A client that stole the code is there before, at the same time and after.
pub(super) fn by_another_client(world: &Rc<World>) {
    let code = code_for(world, App::Spa);
    for (app, caller) in [(App::Spa, Caller::Owner), (App::Web, Caller::Stranger)] {
        let (world_, code) = (Rc::clone(world), code.clone());
        spawn(world, async move {
            let outcome = actor::redeem(&world_, app, caller, &code).await;
            if outcome == Outcome::Unavailable || caller == Caller::Stranger {
                actor::redeem(&world_, app, caller, &code).await;
            }
        });
    }
    storm(world);
    let again = Rc::clone(world);
    calmly(world, async move {
        actor::redeem(&again, App::Web, Caller::Stranger, &code).await
    });
}

/// A client that receives a fault tries again, at last when nothing fails any more.
pub(super) fn tried_again(world: &Rc<World>) {
    let app = some_app(world);
    let code = code_for(world, app);
    let (world_, code_) = (Rc::clone(world), code.clone());
    let done = Rc::new(std::cell::Cell::new(false));
    let accepted = Rc::clone(&done);
    spawn(world, async move {
        for _ in 0..2 {
            match actor::redeem(&world_, app, Caller::Owner, &code_).await {
                Outcome::Unavailable => world_.wait(pause(&world_)).await,
                _ => return accepted.set(true),
            }
        }
    });
    storm(world);
    if !done.get() {
        let world_ = Rc::clone(world);
        calmly(
            world,
            async move { redeem_and_use(&world_, app, &code).await },
        );
    }
}

/// Two browser windows come with one pushed request.
pub(super) fn pushed(world: &Rc<World>) {
    let app = some_app(world);
    let browser = signed_in(world);
    let world_ = Rc::clone(world);
    let pushed = calmly(world, async move { actor::push(&world_, app).await });
    let Some(Outcome::RequestUri(request_uri)) = pushed else {
        panic!("no pushed request in a calm: {pushed:?}")
    };
    for _ in 0..2 {
        let (world_, browser, uri) = (Rc::clone(world), browser.clone(), request_uri.clone());
        spawn(world, async move {
            let outcome = browser::authorize_pushed(&world_, app, &browser, &uri).await;
            if let Outcome::Code(code) = outcome {
                redeem_and_use(&world_, app, &code).await;
            }
        });
    }
    storm(world);
}
