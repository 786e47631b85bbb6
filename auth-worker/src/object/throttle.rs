//! Failed attempts at a password, in one object for each account, address and browser.

use edge::object::{Lifecycle, ObjectKind};
use oauth_core::{UnixTime, lifecycle::throttle};

edge::hosted! {
    /// Attempts of one account, address or browser.
    Throttle hosts ThrottleKind in record
}

/// The attempts of one account, address or browser.
pub(crate) enum ThrottleKind {}

impl ObjectKind for ThrottleKind {
    const BINDING: &'static str = "THROTTLE";
    const WHAT: &'static str = "object.throttle";
    type Command = throttle::Command;
    type Reply = throttle::Verdict;

    /// A try that is taken twice is two tries.
    fn is_idempotent(_: &throttle::Command) -> bool {
        false
    }
}

impl Lifecycle for ThrottleKind {
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
