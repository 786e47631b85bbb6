//! Stories about what counts once: proofs and assertions.

use std::{cell::RefCell, rc::Rc};

use testkit::fixture::VERIFIER;

use super::{calmly, code_for, some_app, spawn, storm};
use crate::{
    actor::{self, App, Redemption, Renewal},
    oracle::{Caller, Outcome, Tokens},
    proof::{self, Proof},
    world::World,
};

/// The tokens that a client holds, newest last.
type Held = Rc<RefCell<Tokens>>;

/// Refreshes with a proof, and shows the new token.
async fn refresh(world: &Rc<World>, app: App, held: &Held, proof: &Proof) {
    let token = held.borrow().refresh_token.clone().unwrap_or_default();
    let with = Renewal {
        token: &token,
        scope: None,
        resource: None,
        proof: Some(proof),
    };
    let outcome = actor::refresh_with(world, app, Caller::Owner, with).await;
    if let Outcome::Tokens(tokens) = outcome {
        actor::introspect(world, app, Caller::Owner, &tokens.access_token).await;
        *held.borrow_mut() = tokens;
    }
}

/// Tokens that are bound to a key, in a calm.
fn bound_tokens(world: &Rc<World>, app: App) -> Held {
    let code = code_for(world, app);
    let world_ = Rc::clone(world);
    let redeemed = calmly(world, async move {
        let with = Redemption {
            code: &code,
            verifier: VERIFIER,
            key: Some(1),
        };
        actor::redeem_with(&world_, app, Caller::Owner, with).await
    });
    let Some(Outcome::Tokens(tokens)) = redeemed else {
        panic!("no tokens in a calm: {redeemed:?}")
    };
    Rc::new(RefCell::new(tokens))
}

/// One proof comes in several requests at once, and again later, with whatever token is good then.
pub(super) fn proof(world: &Rc<World>) {
    let app = some_app(world);
    let held = bound_tokens(world, app);
    let maker = Rc::clone(world);
    let made = calmly(world, async move { proof::proof(&maker, 1).await });
    let proof = made.expect("a proof");
    for _ in 0..2 + world.scheduler.choices.one_of(2) {
        let (world_, held, proof) = (Rc::clone(world), Rc::clone(&held), proof.clone());
        spawn(world, async move {
            refresh(&world_, app, &held, &proof).await;
        });
    }
    storm(world);
    let late = [0, 100, 290, 310][world.scheduler.choices.one_of(4)];
    let world_ = Rc::clone(world);
    calmly(world, async move {
        world_.wait(late).await;
        refresh(&world_, app, &held, &proof).await;
        let fresh = proof::proof(&world_, 1).await;
        refresh(&world_, app, &held, &fresh).await;
    });
}

/// The answer to a confidential client is lost, and it tries again with another key: what was bound to the first key is
/// not for the second.
pub(super) fn another_key(world: &Rc<World>) {
    let held = bound_tokens(world, App::Web);
    for key in [1, 2] {
        let (world_, held) = (Rc::clone(world), Rc::clone(&held));
        spawn(world, async move {
            let proof = proof::proof(&world_, key).await;
            refresh(&world_, App::Web, &held, &proof).await;
        });
    }
    storm(world);
}

/// One assertion comes in several requests at once, and again later.
pub(super) fn assertion(world: &Rc<World>) {
    let maker = Rc::clone(world);
    let made = calmly(world, async move { proof::assertion(&maker).await });
    let assertion = made.expect("an assertion");
    for _ in 0..2 + world.scheduler.choices.one_of(2) {
        let (world_, assertion) = (Rc::clone(world), assertion.clone());
        spawn(world, async move {
            proof::as_robot(&world_, &assertion).await;
        });
    }
    let (world_, seen) = (Rc::clone(world), assertion.clone());
    spawn(world, async move {
        proof::as_robot_forged(&world_, &seen).await;
    });
    storm(world);
    let late = [0, 30, 58][world.scheduler.choices.one_of(3)];
    let world_ = Rc::clone(world);
    calmly(world, async move {
        world_.wait(late).await;
        proof::as_robot(&world_, &assertion).await;
        let fresh = proof::assertion(&world_).await;
        proof::as_robot(&world_, &fresh).await
    });
}
