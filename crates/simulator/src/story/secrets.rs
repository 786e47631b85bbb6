//! Other stories, while the server's secret is replaced: some machines have the former one as their current secret, others
//! the new one, and each accepts both.

use std::rc::Rc;

use super::{account, code, family, once, opaque, theft};
use crate::world::World;

/// The stories in which something that one machine has made comes to another.
const TOLD: [fn(&Rc<World>); 10] = [
    code::tried_again,
    code::pushed,
    family::lost_answers,
    family::two_tabs,
    theft::used_token_comes_late,
    theft::used_code_comes_again,
    account::sign_in_elsewhere,
    account::consent_withdrawn,
    opaque::oldest_of_many,
    once::proof,
];

/// One of them.
pub(super) fn two(world: &Rc<World>) {
    world.has_two_secrets.set(true);
    TOLD[world.scheduler.choices.one_of(TOLD.len())](world);
}
