//! The object that hosts a grant.

use super::{Call, Reply};
use crate::lifecycle::object::ObjectKind;

/// The object of one grant.
#[derive(Debug)]
pub enum GrantKind {}

impl ObjectKind for GrantKind {
    const BINDING: &'static str = "GRANT";
    const WHAT: &'static str = "object.grant";
    type Command = Call;
    type Reply = Reply;

    fn is_idempotent(call: &Call) -> bool {
        call.command.is_idempotent()
    }
}
