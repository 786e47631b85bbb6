//! Waiting no longer than that.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use crate::ports::Timer;

/// The output of a future, or nothing if it takes longer than so many milliseconds.
pub(crate) async fn within<T>(
    timer: &impl Timer,
    milliseconds: u32,
    future: impl Future<Output = T>,
) -> Option<T> {
    let mut future = pin!(future);
    let mut pause = pin!(timer.pause(milliseconds));
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => pause.as_mut().poll(context).map(|()| None),
    })
    .await
}
