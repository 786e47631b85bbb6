//! Which lifecycle lives in which object.

use oauth_core::{
    UnixTime,
    lifecycle::{login_session, one_time, throttle},
};

use super::home::Lifecycle;

/// A person's login sessions, in an object for each person.
pub(crate) enum PersonLife {}

impl Lifecycle for PersonLife {
    const BINDING: &'static str = "PERSON";
    const WHAT: &'static str = "object.person";
    type State = login_session::Person;
    type Command = login_session::Command;
    type Reply = login_session::Reply;

    fn step(
        state: Option<login_session::Person>,
        command: login_session::Command,
        now: UnixTime,
    ) -> (Option<login_session::Person>, login_session::Reply) {
        let (state, reply) = login_session::step(state.unwrap_or_default(), command, now);
        (Some(state), reply)
    }

    fn ends_at(state: &login_session::Person) -> Option<UnixTime> {
        login_session::ends_at(state)
    }
}

/// Values that count once, in one of 256 shards.
pub(crate) enum ReplayLife {}

impl Lifecycle for ReplayLife {
    const BINDING: &'static str = "REPLAY";
    const WHAT: &'static str = "object.replay";
    type State = one_time::Seen;
    type Command = one_time::Present;
    type Reply = one_time::Verdict;

    fn step(
        state: Option<one_time::Seen>,
        command: one_time::Present,
        now: UnixTime,
    ) -> (Option<one_time::Seen>, one_time::Verdict) {
        let (state, verdict) = one_time::step(state.unwrap_or_default(), command, now);
        (Some(state), verdict)
    }

    fn ends_at(state: &one_time::Seen) -> Option<UnixTime> {
        one_time::ends_at(state)
    }
}

/// Attempts, in an object for each account and each address.
pub(crate) enum ThrottleLife {}

impl Lifecycle for ThrottleLife {
    const BINDING: &'static str = "THROTTLE";
    const WHAT: &'static str = "object.throttle";
    type State = throttle::Attempts;
    type Command = throttle::Command;
    type Reply = throttle::Verdict;

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
