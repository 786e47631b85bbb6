//! Stories about what a token request asks for and proves.

use std::{cell::RefCell, rc::Rc};

use super::{calmly, code_for, some_app, spawn, storm, tokens_for};
use crate::{
    actor::{self, App},
    oracle::{Caller, Outcome, Tokens},
    world::World,
};

/// A verifier that belongs to no request.
const WRONG: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// A code comes with wrong verifiers, then with the right one.
pub(super) fn wrong_verifiers(world: &Rc<World>) {
    let app = some_app(world);
    let code = code_for(world, app);
    let wrong = world.scheduler.choices.one_of(7);
    for _ in 0..wrong {
        let (world_, code) = (Rc::clone(world), code.clone());
        spawn(world, async move {
            actor::redeem_with(&world_, app, slip_of(app), (&code, WRONG)).await;
        });
    }
    storm(world);
    let (world_, code_) = (Rc::clone(world), code);
    calmly(world, async move {
        let outcome = actor::redeem(&world_, app, Caller::Owner, &code_).await;
        if let Outcome::Tokens(tokens) = outcome {
            actor::introspect(&world_, app, Caller::Owner, &tokens.access_token).await;
        }
        actor::redeem_with(&world_, app, slip_of(app), (&code_, WRONG)).await;
    });
}

/// A wrong verifier of a client that has authenticated is a slip.
const fn slip_of(_: App) -> Caller {
    Caller::Slip
}

/// A client asks for less, for the same again, and for more than was granted.
pub(super) fn other_scopes(world: &Rc<World>) {
    let app = some_app(world);
    let held = Rc::new(RefCell::new(Some(tokens_for(world, app))));
    let (world_, held_) = (Rc::clone(world), Rc::clone(&held));
    let first = world.scheduler.choices.one_of(3);
    spawn(world, async move {
        for place in 0..2 {
            ask_for(&world_, app, &held_, ASKED[(first + place) % 3]).await;
        }
    });
    storm(world);
    for asked in ASKED {
        let (world_, held) = (Rc::clone(world), Rc::clone(&held));
        calmly(
            world,
            async move { ask_for(&world_, app, &held, asked).await },
        );
    }
}

/// What a refresh asks for, and who asks so.
type Asked = (Caller, Option<&'static str>);

const ASKED: [Asked; 3] = [
    (Caller::Owner, Some("openid read")),
    (Caller::Slip, Some("openid profile read m2m:run")),
    (Caller::Owner, None),
];

/// Refreshes, and shows the new token. After a fault nothing more is asked: another scope would be no retry.
async fn ask_for(
    world: &Rc<World>,
    app: App,
    held: &Rc<RefCell<Option<Tokens>>>,
    (caller, scope): Asked,
) {
    let Some(tokens) = held.borrow().clone() else {
        return;
    };
    let token = tokens.refresh_token.unwrap_or_default();
    match actor::refresh_for(world, app, caller, (&token, scope)).await {
        Outcome::Tokens(tokens) => {
            actor::introspect(world, app, Caller::Owner, &tokens.access_token).await;
            *held.borrow_mut() = Some(tokens);
        }
        Outcome::Unavailable => *held.borrow_mut() = None,
        _ => {}
    }
}
