//! Stories about what a token request asks for and proves.

use std::{cell::RefCell, rc::Rc};

use testkit::fixture::VERIFIER;

use super::{calmly, code_for, pause, some_app, spawn, storm, tokens_for};
use crate::{
    actor::{self, App, Redemption, Renewal},
    oracle::{Caller, Outcome, Tokens},
    proof,
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
            wrongly(&world_, app, &code).await;
        });
    }
    storm(world);
    let (world_, code_) = (Rc::clone(world), code);
    calmly(world, async move {
        let outcome = actor::redeem(&world_, app, Caller::Owner, &code_).await;
        if let Outcome::Tokens(tokens) = outcome {
            actor::introspect(&world_, app, Caller::Owner, &tokens.access_token).await;
        }
        wrongly(&world_, app, &code_).await;
    });
}

/// A code comes with a wrong verifier. If its client has authenticated, that is a slip; else anybody can do it.
async fn wrongly(world: &Rc<World>, app: App, code: &str) {
    let caller = match app {
        App::Spa | App::Desk | App::Direct => Caller::Stranger,
        App::Web | App::Api | App::Mcp | App::Robot => Caller::Slip,
    };
    let with = Redemption {
        code,
        verifier: WRONG,
        key: None,
    };
    actor::redeem_with(world, app, caller, with).await;
}

/// The tokens of a public client are bound to its key; somebody else has them, and no key or another one.
pub(super) fn bound_to_a_key(world: &Rc<World>) {
    let code = code_for(world, App::Spa);
    let world_ = Rc::clone(world);
    let redeemed = calmly(world, async move {
        let with = Redemption {
            code: &code,
            verifier: VERIFIER,
            key: Some(1),
        };
        actor::redeem_with(&world_, App::Spa, Caller::Owner, with).await
    });
    let Some(Outcome::Tokens(tokens)) = redeemed else {
        panic!("no tokens in a calm: {redeemed:?}")
    };
    let token = tokens.refresh_token.unwrap_or_default();
    for key in [None, Some(2)] {
        let (world_, token) = (Rc::clone(world), token.clone());
        let pause = pause(world);
        spawn(world, async move {
            by_key(&world_, &token, key).await;
            world_.wait(pause).await;
            by_key(&world_, &token, key).await;
        });
    }
    let (world_, mine) = (Rc::clone(world), token.clone());
    spawn(world, async move { by_key(&world_, &mine, Some(1)).await });
    storm(world);
    let world_ = Rc::clone(world);
    calmly(world, async move {
        by_key(&world_, &token, Some(2)).await;
        by_key(&world_, &token, Some(1)).await;
    });
}

async fn by_key(world: &Rc<World>, token: &str, key: Option<u8>) {
    let caller = match key {
        Some(1) => Caller::Owner,
        _ => Caller::Stranger,
    };
    let proof = match key {
        Some(key) => Some(proof::proof(world, key).await),
        None => None,
    };
    let with = Renewal {
        token,
        scope: None,
        resource: None,
        proof: proof.as_ref(),
    };
    let outcome = actor::refresh_with(world, App::Spa, caller, with).await;
    if let Outcome::Tokens(tokens) = outcome {
        actor::introspect(world, App::Spa, Caller::Owner, &tokens.access_token).await;
    }
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
    let with = Renewal {
        token: &token,
        scope,
        resource: None,
        proof: None,
    };
    match actor::refresh_with(world, app, caller, with).await {
        Outcome::Tokens(tokens) => {
            actor::introspect(world, app, Caller::Owner, &tokens.access_token).await;
            *held.borrow_mut() = Some(tokens);
        }
        Outcome::Unavailable => *held.borrow_mut() = None,
        _ => {}
    }
}
