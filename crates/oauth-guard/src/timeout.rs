//! A timeout for a future.

use oauth_core::concurrent::race;

use crate::ports::Timer;

/// The output of a future, or `None` if it takes longer than this.
pub(crate) async fn with_timeout<T>(
    timer: &impl Timer,
    milliseconds: u32,
    future: impl Future<Output = T>,
) -> Option<T> {
    race(future, timer.pause(milliseconds)).await
}
