//! A deadline for everything that waits on another part.
//!
//! A panic in a Durable Object leaves its caller waiting for ever, so no call goes out without one.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    task::Poll,
    time::Duration,
};

use oauth_core::Fault;

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

/// The output of `future`, or `None` if `timer` ends first.
async fn race<T>(future: impl Future<Output = T>, timer: impl Future<Output = ()>) -> Option<T> {
    let mut future = pin!(future);
    let mut timer = pin!(timer);
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => timer.as_mut().poll(context).map(|()| None),
    })
    .await
}

#[cfg(test)]
mod tests {
    use std::{
        future::{pending, ready},
        task::{Context, Waker},
    };

    use super::*;

    fn finished<T>(future: impl Future<Output = T>) -> Option<T> {
        match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(output) => Some(output),
            Poll::Pending => None,
        }
    }

    #[test]
    fn the_future_wins_if_it_is_ready() {
        assert_eq!(finished(race(ready(7), ready(()))), Some(Some(7)));
        assert_eq!(finished(race(ready(7), pending())), Some(Some(7)));
    }

    #[test]
    fn the_timer_ends_a_future_that_hangs() {
        assert_eq!(finished(race(pending::<u8>(), ready(()))), Some(None));
        assert_eq!(finished(race(pending::<u8>(), pending())), None);
    }
}
