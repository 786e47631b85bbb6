//! Which lifecycle lives in which object.

use edge::object::{InRows, Lifecycle, ObjectKind, Store};
use oauth_core::{
    Fault, UnixTime,
    lifecycle::{
        one_time, person,
        rows::{Change, Step, Sweep},
        throttle,
    },
};

edge::hosted! {
    /// Values that count once.
    Replay hosts ReplayLife in rows
}
edge::hosted! {
    /// Attempts of one account or address.
    Throttle hosts ThrottleLife in record
}

/// A person's sessions and the index of their grants, in an object for each person.
pub(crate) enum PersonLife {}

impl ObjectKind for PersonLife {
    const BINDING: &'static str = "PERSON";
    const WHAT: &'static str = "object.person";
    type Command = person::Command;
    type Reply = person::Reply;

    fn is_idempotent(command: &person::Command) -> bool {
        command.is_idempotent()
    }
}

impl InRows for PersonLife {
    fn adopt(store: &impl Store) -> Result<Vec<Change>, Fault> {
        person::adopt(store)
    }

    fn step(
        store: &impl Store,
        command: person::Command,
        now: UnixTime,
    ) -> Result<Step<person::Reply>, Fault> {
        person::step(store, command, now)
    }

    fn sweep(store: &impl Store, after: Option<&str>, now: UnixTime) -> Result<Sweep, Fault> {
        person::sweep(store, after, now)
    }
}

/// Values that count once, in one of 256 shards.
pub(crate) enum ReplayLife {}

impl ObjectKind for ReplayLife {
    const BINDING: &'static str = "REPLAY";
    const WHAT: &'static str = "object.replay";
    type Command = one_time::Present;
    type Reply = one_time::Verdict;

    /// The second time, a value is a replay.
    fn is_idempotent(_: &one_time::Present) -> bool {
        false
    }
}

impl InRows for ReplayLife {
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

/// Attempts, in an object for each account and each address.
pub(crate) enum ThrottleLife {}

impl ObjectKind for ThrottleLife {
    const BINDING: &'static str = "THROTTLE";
    const WHAT: &'static str = "object.throttle";
    type Command = throttle::Command;
    type Reply = throttle::Verdict;

    /// A try that is taken twice is two tries.
    fn is_idempotent(_: &throttle::Command) -> bool {
        false
    }
}

impl Lifecycle for ThrottleLife {
    type State = throttle::Attempts;

    fn step(
        state: Option<throttle::Attempts>,
        command: throttle::Command,
        now: UnixTime,
    ) -> (Option<throttle::Attempts>, throttle::Verdict) {
        let (state, verdict) = throttle::step(state.unwrap_or_default(), command, now);
        (Some(state), verdict)
    }

    fn ends_at(state: &throttle::Attempts) -> Option<UnixTime> {
        throttle::ends_at(state, LONGEST_WINDOW)
    }
}

/// The longest window in which an attempt counts.
const LONGEST_WINDOW: i64 = {
    let (account, address) = (throttle::PER_ACCOUNT.window, throttle::PER_ADDRESS.window);
    if account > address { account } else { address }
};
