//! Several things at once, and all their outcomes.

use std::{
    future::{Future, poll_fn},
    pin::Pin,
    task::Poll,
};

/// One of several: still under way, or what came of it.
enum Part<F: Future> {
    Pending(Pin<Box<F>>),
    Ready(F::Output),
}

/// Waits for all of `futures`, which run at the same time. Their outcomes stand in the same order.
///
/// Whenever one moves, all that are pending are asked: for a few dozen that is cheaper than keeping a list.
pub async fn all<F>(futures: impl IntoIterator<Item = F>) -> Vec<F::Output>
where
    F: Future,
    F::Output: Unpin,
{
    let mut parts: Vec<Part<F>> = futures
        .into_iter()
        .map(|future| Part::Pending(Box::pin(future)))
        .collect();
    poll_fn(|context| {
        let mut waits = false;
        for part in &mut parts {
            if let Part::Pending(future) = part {
                match future.as_mut().poll(context) {
                    Poll::Ready(output) => *part = Part::Ready(output),
                    Poll::Pending => waits = true,
                }
            }
        }
        if waits {
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

#[cfg(test)]
mod tests {
    use std::{
        cell::Cell,
        pin::pin,
        task::{Context, Waker},
    };

    use super::*;

    /// Ready when it is asked for the `turns`th time.
    async fn after(turns: u8, asked: &Cell<u8>) -> u8 {
        let mut left = turns;
        poll_fn(|_| {
            asked.set(asked.get() + 1);
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
        let asked = Cell::new(0);
        let mut all = pin!(all([3, 1, 2].map(|turns| after(turns, &asked))));
        let context = &mut Context::from_waker(Waker::noop());
        assert_eq!(all.as_mut().poll(context), Poll::Pending);
        assert_eq!(asked.get(), 3);
        assert_eq!(all.as_mut().poll(context), Poll::Pending);
        // What is ready is not asked again.
        assert_eq!(asked.get(), 5);
        assert_eq!(all.as_mut().poll(context), Poll::Ready(vec![3, 1, 2]));
    }

    #[test]
    fn nothing_is_ready_at_once() {
        let none: [std::future::Ready<u8>; 0] = [];
        let mut all = pin!(all(none));
        let polled = all.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert_eq!(polled, Poll::Ready(vec![]));
    }
}
