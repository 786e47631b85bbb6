//! Stories about direct login: an application that takes the password itself.

use std::rc::Rc;

use super::{
    account::{Seen, try_all},
    at_account, calmly, pause, spawn, storm,
};
use crate::{
    actor::{self, App},
    browser::{self, Browser},
    oracle::{Caller, Outcome},
    world::World,
};

async fn log_in(world: &Rc<World>, seen: &Seen) {
    if let Outcome::Tokens(tokens) = actor::log_in(world, "ada", Caller::Owner).await {
        seen.borrow_mut().push((App::Direct, tokens));
    }
}

/// People log in with right and wrong passwords, go on, and log out, while they sign out everywhere or are disabled.
pub(super) fn login(world: &Rc<World>) {
    let browser = at_account(world);
    let seen = Seen::default();
    let (world_, seen_) = (Rc::clone(world), Rc::clone(&seen));
    calmly(world, async move { log_in(&world_, &seen_).await });
    for _ in 0..=world.scheduler.choices.one_of(2) {
        let (world_, seen) = (Rc::clone(world), Rc::clone(&seen));
        spawn(world, async move {
            actor::log_in(&world_, "ada", Caller::Stranger).await;
            log_in(&world_, &seen).await;
        });
    }
    let (world_, seen_) = (Rc::clone(world), Rc::clone(&seen));
    spawn(world, async move { try_all(&world_, &seen_).await });
    let end = meanwhile(world, browser, &seen);
    storm(world);
    let world_ = Rc::clone(world);
    calmly(world, async move {
        if end == 1 {
            // Their grants are not ended here, and a retry gives what its client has.
            return log_in(&world_, &seen).await;
        }
        try_all(&world_, &seen).await;
        log_in(&world_, &seen).await;
        try_all(&world_, &seen).await;
        elsewhere(&world_, &seen).await;
    });
}

/// What happens at the same time: everything ends, they are disabled, the first login is logged out, or nothing.
fn meanwhile(world: &Rc<World>, browser: Browser, seen: &Seen) -> usize {
    let world_ = Rc::clone(world);
    let end = world.scheduler.choices.one_of(4);
    match end {
        0 => spawn(world, async move {
            browser::end(&world_, &browser, None).await;
        }),
        1 => spawn(world, async move {
            world_.scheduler.turn().await;
            world_.disable("ada");
        }),
        2 => log_out(world, seen),
        _ => {
            let seen = Rc::clone(seen);
            spawn(world, async move {
                world_.wait(pause(&world_)).await;
                try_all(&world_, &seen).await;
            });
        }
    }
    end
}

/// The first login is logged out, with one of its tokens.
fn log_out(world: &Rc<World>, seen: &Seen) {
    let Some((_, tokens)) = seen.borrow().first().cloned() else {
        return;
    };
    let refresh_token = tokens.refresh_token.unwrap_or_default();
    let token = [tokens.access_token, refresh_token][world.scheduler.choices.one_of(2)].clone();
    let world_ = Rc::clone(world);
    spawn(world, async move {
        for _ in 0..2 {
            if actor::revoke(&world_, App::Direct, Caller::Owner, &token).await == Outcome::Done {
                return;
            }
        }
    });
}

/// Only the endpoints of direct login take its refresh tokens.
async fn elsewhere(world: &Rc<World>, seen: &Seen) {
    let Some((_, tokens)) = seen.borrow().last().cloned() else {
        return;
    };
    let token = tokens.refresh_token.unwrap_or_default();
    for app in [App::Spa, App::Web, App::Direct] {
        actor::refresh(world, app, Caller::Stranger, &token).await;
    }
}
