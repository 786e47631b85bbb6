//! The page's clock: it counts down, and asks for the caller's state, while the page is in view.

use std::time::Duration;

use leptos::prelude::*;

use super::page::OperatorPage;
use crate::browser;

const TICK: Duration = Duration::from_secs(1);
/// Seconds between two requests for the state.
const ASK_AFTER: i64 = 4;

/// Starts the clock; it ends with the page.
pub(super) fn start(page: OperatorPage) {
    let tick = move || {
        if browser::is_hidden() {
            return;
        }
        let now = browser::now();
        page.now.set(now);
        let asked = page.asked_at.get_untracked();
        if now - asked >= ASK_AFTER || now < asked {
            page.spawn(page.refresh());
        }
    };
    if let Ok(handle) = set_interval_with_handle(tick, TICK) {
        on_cleanup(move || handle.clear());
    }
    // A page that comes into view again does not wait for the next tick.
    let seen = window_event_listener_untyped("visibilitychange", move |_| tick());
    on_cleanup(move || seen.remove());
}
