//! Stories in which time passes: everything has its lifetime, and is good until then and no longer.

use std::rc::Rc;

use super::{calmly, code_for, signed_in, some_app, spawn, storm, tokens_for};
use crate::{
    actor::{self, App},
    browser,
    oracle::{Caller, Outcome, Tokens},
    resource_server,
    world::World,
};

/// Lets time pass until `life` is nearly or just over.
fn wait_for(world: &Rc<World>, life: i64) {
    let off = [-10, 10, 40, life / 2][world.scheduler.choices.one_of(4)];
    let world_ = Rc::clone(world);
    calmly(world, async move { world_.wait(life + off).await });
}

/// A code is redeemed before or after its time.
pub(super) fn of_a_code(world: &Rc<World>) {
    let app = some_app(world);
    let code = code_for(world, app);
    wait_for(world, world.oracle.rules.code);
    let (world_, code_) = (Rc::clone(world), code.clone());
    spawn(world, async move {
        actor::redeem(&world_, app, Caller::Owner, &code_).await;
    });
    storm(world);
}

/// An access token is used before or after its time.
pub(super) fn of_an_access_token(world: &Rc<World>) {
    let app = some_app(world);
    let tokens = tokens_for(world, app);
    wait_for(world, tokens.expires_in);
    let world_ = Rc::clone(world);
    spawn(world, async move {
        actor::introspect(&world_, app, Caller::Owner, &tokens.access_token).await;
        actor::userinfo(&world_, app, &tokens.access_token).await;
        resource_server::show(&world_, app, &tokens.access_token).await;
    });
    storm(world);
}

/// A refresh token is used before or after its time.
pub(super) fn of_a_refresh_token(world: &Rc<World>) {
    let app = some_app(world);
    let tokens = tokens_for(world, app);
    wait_for(world, world.oracle.rules.idle);
    present(world, app, tokens);
}

/// A family is used as often as its idle time asks, until the whole of it is over.
pub(super) fn of_a_family(world: &Rc<World>) {
    let app = some_app(world);
    let mut tokens = tokens_for(world, app);
    let (idle, absolute) = (world.oracle.rules.idle, world.oracle.rules.absolute);
    let pause = idle - 3_600;
    for _ in 0..absolute / pause {
        let world_ = Rc::clone(world);
        let token = tokens.refresh_token.clone().unwrap_or_default();
        let next = calmly(world, async move {
            world_.wait(pause).await;
            actor::refresh(&world_, app, Caller::Owner, &token).await
        });
        match next {
            Some(Outcome::Tokens(next)) => tokens = next,
            _ => return,
        }
    }
    wait_for(world, absolute % pause);
    present(world, app, tokens);
}

fn present(world: &Rc<World>, app: App, tokens: Tokens) {
    let world_ = Rc::clone(world);
    let token = tokens.refresh_token.unwrap_or_default();
    spawn(world, async move {
        actor::introspect_own(&world_, app, &token).await;
        let outcome = actor::refresh(&world_, app, Caller::Owner, &token).await;
        if let Outcome::Tokens(tokens) = outcome {
            actor::userinfo(&world_, app, &tokens.access_token).await;
        }
    });
    storm(world);
}

/// A browser comes with its session, and with a pushed request, before or after their time.
pub(super) fn of_a_browser(world: &Rc<World>) {
    let app = some_app(world);
    let browser = signed_in(world);
    let is_pushed = world.scheduler.choices.one_of(2) == 1;
    let mut uri = None;
    if is_pushed {
        let world_ = Rc::clone(world);
        let pushed = calmly(world, async move { actor::push(&world_, app).await });
        if let Some(Outcome::RequestUri(pushed)) = pushed {
            uri = Some(pushed);
        }
    }
    let rules = world.oracle.rules;
    wait_for(
        world,
        if is_pushed {
            rules.pushed
        } else {
            rules.session
        },
    );
    let world_ = Rc::clone(world);
    spawn(world, async move {
        match uri {
            Some(uri) => browser::authorize_pushed(&world_, app, &browser, &uri).await,
            None => browser::authorize(&world_, app, &browser).await,
        };
    });
    storm(world);
}
