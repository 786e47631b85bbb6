//! Values that are valid once, in 256 objects by hash: the `jti` of client assertions and of DPoP proofs.

use edge::object::{InRows, ObjectKind, Store};
use oauth_core::{
    Fault, UnixTime,
    lifecycle::{
        one_time,
        rows::{Change, Step, Sweep},
    },
};

edge::hosted! {
    /// Values that are valid once.
    Replay hosts ReplayKind in rows
}

/// One of the 256 shards.
pub(crate) enum ReplayKind {}

impl ObjectKind for ReplayKind {
    const BINDING: &'static str = "REPLAY";
    const WHAT: &'static str = "object.replay";
    type Command = one_time::Present;
    type Reply = one_time::Verdict;

    /// The second time, a value is a replay.
    fn is_idempotent(_: &one_time::Present) -> bool {
        false
    }
}

impl InRows for ReplayKind {
    fn adopt(store: &impl Store) -> Result<Vec<Change>, Fault> {
        one_time::adopt(store)
    }

    fn step(
        store: &impl Store,
        command: one_time::Present,
        now: UnixTime,
    ) -> Result<Step<one_time::Verdict>, Fault> {
        one_time::step(store, &command, now)
    }

    fn sweep(store: &impl Store, after: Option<&str>, now: UnixTime) -> Result<Sweep, Fault> {
        one_time::sweep(store, after, now)
    }
}
