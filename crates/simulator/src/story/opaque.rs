//! Stories about opaque access tokens, whose descriptions are in KV.

use std::rc::Rc;

use super::{calmly, code_for, spawn, storm};
use crate::{
    actor::{self, App},
    oracle::{Caller, Outcome},
    world::World,
};

/// More refreshes than a grant remembers tokens.
const MANY: usize = 17;

/// The oldest of many tokens is asked about: its grant remembers only the newest.
pub(super) fn oldest_of_many(world: &Rc<World>) {
    let code = code_for(world, App::Web);
    let first = Rc::new(std::cell::RefCell::new(None));
    let (world_, kept) = (Rc::clone(world), Rc::clone(&first));
    spawn(world, async move {
        let outcome = actor::redeem(&world_, App::Web, Caller::Owner, &code).await;
        if let Outcome::Tokens(tokens) = outcome {
            actor::introspect(&world_, App::Web, Caller::Owner, &tokens.access_token).await;
            *kept.borrow_mut() = Some(tokens);
        }
    });
    storm(world);
    let Some(first) = first.take() else {
        return;
    };
    let (world_, token) = (Rc::clone(world), first.refresh_token.clone());
    calmly(world, async move {
        let mut token = token.unwrap_or_default();
        for _ in 0..MANY {
            let outcome = actor::refresh(&world_, App::Web, Caller::Owner, &token).await;
            let Outcome::Tokens(tokens) = outcome else {
                return;
            };
            token = tokens.refresh_token.unwrap_or_default();
        }
    });
    for _ in 0..2 {
        let (world_, token) = (Rc::clone(world), first.access_token.clone());
        spawn(world, async move {
            actor::introspect(&world_, App::Web, Caller::Owner, &token).await;
        });
    }
    storm(world);
}
