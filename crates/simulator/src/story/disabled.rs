//! Stories about users and clients that are disabled, and enabled again.

use std::{cell::RefCell, rc::Rc};

use super::{calmly, pause, signed_in_as, some_app, spawn, storm};
use crate::{
    actor::{self, App},
    browser::{self, Browser},
    oracle::{Caller, Outcome, Tokens},
    world::World,
};

/// The tokens that a client holds for a person.
type Held = Rc<RefCell<Option<Tokens>>>;

async fn connect(world: &Rc<World>, app: App, browser: &Browser, held: &Held) {
    let Outcome::Code(code) = browser::authorize(world, app, browser).await else {
        return;
    };
    if let Outcome::Tokens(tokens) = actor::redeem(world, app, Caller::Owner, &code).await {
        *held.borrow_mut() = Some(tokens);
    }
}

async fn go_on(world: &Rc<World>, app: App, held: &Held) {
    let Some(tokens) = held.borrow().clone() else {
        return;
    };
    let access_token = tokens.access_token;
    actor::introspect(world, app, Caller::Owner, &access_token).await;
    actor::userinfo(world, app, &access_token).await;
    let token = tokens.refresh_token.unwrap_or_default();
    let outcome = actor::refresh(world, app, Caller::Owner, &token).await;
    if let Outcome::Tokens(tokens) = outcome {
        *held.borrow_mut() = Some(tokens);
    }
}

/// For how many seconds an isolate goes on with its copy of a client or a user.
const COPIES: i64 = 30;

/// The same, while isolates go on with their copies of clients and users.
pub(super) fn with_copies(world: &Rc<World>) {
    world.oracle.copies.set(COPIES);
    somebody(world);
}

/// Somebody is disabled while two people use their applications, and perhaps enabled again.
pub(super) fn somebody(world: &Rc<World>) {
    let app = some_app(world);
    let who = [app.name(), "ada"][world.scheduler.choices.one_of(2)];
    let people = ["ada", "alan"].map(|person| (signed_in_as(world, person), Held::default()));
    for (browser, held) in &people {
        let (world_, browser_, held_) = (Rc::clone(world), browser.clone(), Rc::clone(held));
        calmly(world, async move {
            connect(&world_, app, &browser_, &held_).await;
        });
        let (world_, browser, held) = (Rc::clone(world), browser.clone(), Rc::clone(held));
        let is_new = world.scheduler.choices.one_of(2) == 1;
        spawn(world, async move {
            if is_new {
                connect(&world_, app, &browser, &held).await;
            }
            go_on(&world_, app, &held).await;
            go_on(&world_, app, &held).await;
        });
    }
    let world_ = Rc::clone(world);
    spawn(world, async move {
        world_.scheduler.turn().await;
        world_.disable(who);
        world_.wait(pause(&world_)).await;
    });
    storm(world);
    for (_, held) in &people {
        let (world_, held) = (Rc::clone(world), Rc::clone(held));
        calmly(world, async move { go_on(&world_, app, &held).await });
    }
    afterwards(world, app, who, people);
}

/// They are enabled again: what is new is as good as ever.
fn afterwards(world: &Rc<World>, app: App, who: &'static str, people: [(Browser, Held); 2]) {
    let world_ = Rc::clone(world);
    calmly(world, async move {
        world_.wait(100).await;
        world_.enable(who);
        world_.wait(10).await;
        for (browser, held) in people {
            go_on(&world_, app, &held).await;
            let Some(browser) = browser::sign_in(&world_, browser.person).await else {
                continue;
            };
            connect(&world_, app, &browser, &held).await;
            go_on(&world_, app, &held).await;
        }
    });
}
