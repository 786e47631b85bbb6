//! Stories about refresh tokens.

use std::{cell::RefCell, rc::Rc};

use super::{calmly, pause, some_app, spawn, storm, tokens_for};
use crate::{
    actor::{self, App},
    oracle::{Caller, Outcome, Tokens},
    resource_server,
    world::World,
};

/// The tokens that a client holds, newest last.
type Held = Rc<RefCell<Tokens>>;

/// Refreshes `times`, and tries the same token again after a fault.
async fn go_on(world: &Rc<World>, app: App, held: &Held, times: usize) {
    for _ in 0..times {
        let token = held.borrow().refresh_token.clone().unwrap_or_default();
        match actor::refresh(world, app, Caller::Owner, &token).await {
            Outcome::Tokens(tokens) => *held.borrow_mut() = tokens,
            Outcome::Unavailable => world.wait(pause(world)).await,
            _ => return,
        }
    }
}

/// When nothing fails any more, the client continues where it was.
fn afterwards(world: &Rc<World>, app: App, held: &Held) {
    let (world_, held) = (Rc::clone(world), Rc::clone(held));
    calmly(world, async move {
        let access_token = held.borrow().access_token.clone();
        actor::userinfo(&world_, app, &access_token).await;
        actor::introspect(&world_, app, Caller::Owner, &access_token).await;
        resource_server::show(&world_, app, &access_token).await;
        go_on(&world_, app, &held, 2).await;
    });
}

/// A client whose answers get lost comes again, sooner or later.
pub(super) fn lost_answers(world: &Rc<World>) {
    let app = some_app(world);
    let held = Rc::new(RefCell::new(tokens_for(world, app)));
    let (world_, held_) = (Rc::clone(world), Rc::clone(&held));
    spawn(world, async move { go_on(&world_, app, &held_, 3).await });
    storm(world);
    afterwards(world, app, &held);
}

/// Two tabs of one application use the same token at once.
pub(super) fn two_tabs(world: &Rc<World>) {
    let app = some_app(world);
    let tokens = tokens_for(world, app);
    let mut tabs = Vec::new();
    for _ in 0..2 {
        let held = Rc::new(RefCell::new(tokens.clone()));
        tabs.push(Rc::clone(&held));
        let world_ = Rc::clone(world);
        spawn(world, async move { go_on(&world_, app, &held, 1).await });
    }
    storm(world);
    for held in tabs {
        afterwards(world, app, &held);
    }
}

/// Processes that share one token: each takes the newest that it finds, sleeps for less than the grace, and uses it.
pub(super) fn shared(world: &Rc<World>) {
    let app = some_app(world);
    let held = Rc::new(RefCell::new(tokens_for(world, app)));
    let grace = world.oracle.rules.grace_of(app.name());
    for _ in 0..4 {
        let (world_, held) = (Rc::clone(world), Rc::clone(&held));
        let pauses = [0, 1, grace / 2].map(|pause| (pause, world.scheduler.choices.one_of(3)));
        spawn(world, async move {
            for _ in 0..2 {
                let found = Rc::new(RefCell::new(held.borrow().clone()));
                let (pause, _) = pauses[pauses[0].1];
                world_.wait(pause).await;
                go_on(&world_, app, &found, 1).await;
                *held.borrow_mut() = found.borrow().clone();
            }
        });
    }
    storm(world);
    afterwards(world, app, &held);
}

/// A thief has the token too, and uses it whenever.
pub(super) fn stolen(world: &Rc<World>) {
    let app = some_app(world);
    let tokens = tokens_for(world, app);
    let held = Rc::new(RefCell::new(tokens.clone()));
    let loot = Rc::new(RefCell::new(tokens));
    let (world_, held_) = (Rc::clone(world), Rc::clone(&held));
    spawn(world, async move { go_on(&world_, app, &held_, 2).await });
    let (world_, loot_) = (Rc::clone(world), Rc::clone(&loot));
    spawn(world, async move {
        world_.wait(pause(&world_)).await;
        go_on(&world_, app, &loot_, 1).await;
    });
    storm(world);
    afterwards(world, app, &held);
    afterwards(world, app, &loot);
}

/// One process of the client refreshes while another revokes.
pub(super) fn revoke_against_refresh(world: &Rc<World>) {
    let app = some_app(world);
    let tokens = tokens_for(world, app);
    let held = Rc::new(RefCell::new(tokens.clone()));
    let (world_, held_) = (Rc::clone(world), Rc::clone(&held));
    spawn(world, async move {
        go_on(&world_, app, &held_, 2).await;
        let access_token = held_.borrow().access_token.clone();
        actor::userinfo(&world_, app, &access_token).await;
    });
    let (world_, access_token) = (Rc::clone(world), tokens.access_token.clone());
    spawn(world, async move {
        actor::introspect(&world_, app, Caller::Owner, &access_token).await;
    });
    let world_ = Rc::clone(world);
    spawn(world, async move {
        let token = match world_.scheduler.choices.one_of(2) {
            0 => tokens.refresh_token.unwrap_or_default(),
            _ => tokens.access_token,
        };
        for _ in 0..2 {
            let outcome = actor::revoke(&world_, app, Caller::Owner, &token).await;
            if outcome != Outcome::Unavailable {
                return;
            }
        }
    });
    storm(world);
    afterwards(world, app, &held);
}

/// Others present a client's tokens and forged ones.
pub(super) fn of_others(world: &Rc<World>) {
    let tokens = tokens_for(world, App::Spa);
    let held = Rc::new(RefCell::new(tokens.clone()));
    let (world_, held_) = (Rc::clone(world), Rc::clone(&held));
    spawn(
        world,
        async move { go_on(&world_, App::Spa, &held_, 2).await },
    );
    let refresh_token = tokens.refresh_token.unwrap_or_default();
    let forged = refresh_token.replace(".0.", ".1.");
    let stranger = Caller::Stranger;
    for (app, token) in [(App::Web, refresh_token), (App::Spa, forged)] {
        let world_ = Rc::clone(world);
        spawn(world, async move {
            actor::refresh(&world_, app, stranger, &token).await;
            actor::redeem(&world_, app, stranger, &token).await;
            actor::revoke(&world_, app, stranger, &token).await;
        });
    }
    storm(world);
    afterwards(world, App::Spa, &held);
}
