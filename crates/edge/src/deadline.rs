//! A deadline for everything that waits on another part.
//!
//! A panic in a Durable Object leaves its caller waiting for ever, so no call goes out without one.

use std::time::Duration;

use oauth_core::{Fault, concurrent::race};

use crate::timer::Timer;

/// How long a call to a store or an object may take.
pub const STORE: Duration = Duration::from_secs(5);

/// Waits for `future` at most `limit`; later is a fault in `what`.
pub async fn with_timeout<T>(
    what: &'static str,
    limit: Duration,
    future: impl Future<Output = Result<T, Fault>>,
) -> Result<T, Fault> {
    match race(future, sleep(limit)).await {
        Some(result) => result,
        None => Err(Fault::new(what, "no answer in time")),
    }
}

/// Waits for a while.
pub async fn sleep(length: Duration) {
    Timer::new(length).await;
}
