//! Waiting for several futures, or for one of two.

use std::{
    future::{Future, poll_fn},
    pin::{Pin, pin},
    task::Poll,
};

/// One of the futures: pending, or ready with its output.
enum Part<F: Future> {
    Pending(Pin<Box<F>>),
    Ready(F::Output),
}

/// Runs `futures` concurrently and returns their outputs in the same order.
///
/// Each wake-up polls all that are pending: for a few dozen that is cheaper than a list of the woken ones.
pub async fn join_all<F>(futures: impl IntoIterator<Item = F>) -> Vec<F::Output>
where
    F: Future,
    F::Output: Unpin,
{
    let mut parts: Vec<Part<F>> = futures
        .into_iter()
        .map(|future| Part::Pending(Box::pin(future)))
        .collect();
    poll_fn(|context| {
        let mut is_pending = false;
        for part in &mut parts {
            if let Part::Pending(future) = part {
                match future.as_mut().poll(context) {
                    Poll::Ready(output) => *part = Part::Ready(output),
                    Poll::Pending => is_pending = true,
                }
            }
        }
        if is_pending {
            Poll::Pending
        } else {
            Poll::Ready(())
        }
    })
    .await;
    let outputs = parts.into_iter().filter_map(|part| match part {
        Part::Ready(output) => Some(output),
        Part::Pending(_) => None,
    });
    outputs.collect()
}

/// The output of `future`, or `None` if `timer` ends first.
pub async fn race<T>(
    future: impl Future<Output = T>,
    timer: impl Future<Output = ()>,
) -> Option<T> {
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
        cell::Cell,
        future::{pending, ready},
        task::{Context, Waker},
    };

    use super::*;

    /// Ready when it is polled for the `turns`th time.
    async fn after(turns: u8, polls: &Cell<u8>) -> u8 {
        let mut left = turns;
        poll_fn(|_| {
            polls.set(polls.get() + 1);
            left -= 1;
            if left == 0 {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
        turns
    }

    #[test]
    fn the_slowest_decides_when_and_the_order_stays() {
        let polls = Cell::new(0);
        let mut all = pin!(join_all([3, 1, 2].map(|turns| after(turns, &polls))));
        let context = &mut Context::from_waker(Waker::noop());
        assert_eq!(all.as_mut().poll(context), Poll::Pending);
        assert_eq!(polls.get(), 3);
        assert_eq!(all.as_mut().poll(context), Poll::Pending);
        // A future that is ready is not polled again.
        assert_eq!(polls.get(), 5);
        assert_eq!(all.as_mut().poll(context), Poll::Ready(vec![3, 1, 2]));
    }

    #[test]
    fn no_futures_are_ready_at_once() {
        let none: [std::future::Ready<u8>; 0] = [];
        let mut all = pin!(join_all(none));
        let polled = all.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert_eq!(polled, Poll::Ready(vec![]));
    }

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
