//! The platform's timer as a future.
//!
//! `worker::Delay` takes what `setTimeout` returns for a number; on today's compatibility dates it
//! is an object, and the delay panics.

use std::{
    cell::RefCell,
    future::Future,
    pin::Pin,
    task::{Context, Poll, Waker},
    time::Duration,
};

use wasm_bindgen::{closure::Closure, prelude::wasm_bindgen};

use crate::{now_millis, task};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(handler: &Closure<dyn Fn(u32)>, milliseconds: f64, owner: u32);
}

/// A timer of the platform runs at most so many milliseconds, and is set again for the rest. So the first deadline of a
/// task, however long, rings in time for all that follow.
const LONGEST: i64 = 5_000;

/// Somebody who waits for a moment, in milliseconds since the Unix epoch.
struct Sleeper {
    id: u32,
    owner: u32,
    until: i64,
    waker: Waker,
}

/// Those who wait, and when the timer of each task rings.
#[derive(Default)]
struct Clock {
    sleepers: Vec<Sleeper>,
    rings: Vec<(u32, i64)>,
}

thread_local! {
    // One handler for all timers of the isolate.
    static HANDLER: Closure<dyn Fn(u32)> = Closure::new(ring);
    static CLOCK: RefCell<Clock> = RefCell::default();
}

impl Clock {
    /// Takes those of `owner` whose moment has come; and the next moment of the others.
    fn due(&mut self, owner: u32, now: i64) -> (Vec<Waker>, Option<i64>) {
        self.silence(owner);
        let is_due = |one: &mut Sleeper| one.owner == owner && one.until <= now;
        let due = self.sleepers.extract_if(.., is_due);
        let wakers = due.map(|one| one.waker).collect();
        let own = self.sleepers.iter().filter(|one| one.owner == owner);
        (wakers, own.map(|one| one.until).min())
    }

    /// How long a timer of `owner` must run that rings by `until`; `None` if one does.
    fn needs(&mut self, owner: u32, until: i64, now: i64) -> Option<i64> {
        let rings = until.min(now.saturating_add(LONGEST));
        let mut known = self.rings.iter();
        if known.any(|&(of, first)| of == owner && first <= rings) {
            return None;
        }
        self.silence(owner);
        self.rings.push((owner, rings));
        Some(rings.saturating_sub(now).max(1))
    }

    fn silence(&mut self, owner: u32) {
        self.rings.retain(|(of, _)| *of != owner);
    }
}

/// Wakes those of a task whose moment has come, and goes on for the others.
fn ring(owner: u32) {
    let now = now_millis();
    let (due, next) = CLOCK.with_borrow_mut(|clock| clock.due(owner, now));
    if let Some(until) = next {
        set(owner, until, now);
    }
    due.into_iter().for_each(Waker::wake);
}

/// Has the platform ring by `until`: one timer for all that a task waits for, since each costs as much as a short answer.
#[expect(
    clippy::cast_precision_loss,
    reason = "a few thousand milliseconds are exact"
)]
fn set(owner: u32, until: i64, now: i64) {
    if let Some(length) = CLOCK.with_borrow_mut(|clock| clock.needs(owner, until, now)) {
        HANDLER.with(|handler| set_timeout(handler, length as f64, owner));
    }
}

/// A task has ended: its timer ends with its request.
pub(crate) fn forget(owner: u32) {
    CLOCK.with_borrow_mut(|clock| clock.silence(owner));
}

/// Ends after a while. It starts when it is first waited for.
///
/// Nearly every timer is a deadline that is not reached. Dropping one only forgets it: `clearTimeout` costs more than all the
/// rest of a timer, and the platform drops what is left of a request's timers with the request.
pub(crate) struct Timer {
    length: Duration,
    sleeper: Option<u32>,
}

impl Timer {
    pub(crate) const fn new(length: Duration) -> Self {
        Self {
            length,
            sleeper: None,
        }
    }
}

impl Future for Timer {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let Some(id) = self.sleeper else {
            let id = task::number();
            let now = now_millis();
            let length = i64::try_from(self.length.as_millis()).unwrap_or(i64::MAX);
            let until = now.saturating_add(length);
            // Work outside of a task has a timer by itself.
            let owner = task::running().unwrap_or(id);
            let waker = context.waker().clone();
            CLOCK.with_borrow_mut(|clock| {
                clock.sleepers.push(Sleeper {
                    id,
                    owner,
                    until,
                    waker,
                });
            });
            set(owner, until, now);
            self.sleeper = Some(id);
            return Poll::Pending;
        };
        let is_it = |sleeper: &&mut Sleeper| sleeper.id == id;
        CLOCK.with_borrow_mut(|clock| match clock.sleepers.iter_mut().find(is_it) {
            Some(sleeper) => {
                sleeper.waker.clone_from(context.waker());
                Poll::Pending
            }
            None => Poll::Ready(()),
        })
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        let Some(id) = self.sleeper else {
            return;
        };
        CLOCK.with_borrow_mut(|clock| {
            clock.sleepers.retain(|sleeper| sleeper.id != id);
            clock.silence(id);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sleeper(id: u32, owner: u32, until: i64) -> Sleeper {
        Sleeper {
            id,
            owner,
            until,
            waker: Waker::noop().clone(),
        }
    }

    #[test]
    fn one_timer_serves_all_later_deadlines_of_a_task() {
        let mut clock = Clock::default();
        assert_eq!(clock.needs(1, 10_000, 0), Some(5_000));
        assert_eq!(clock.needs(1, 5_003, 3), None);
        assert_eq!(clock.needs(1, 1_004, 4), Some(1_000));
        assert_eq!(clock.needs(1, 6_000, 5), None);
        // Another task has another request's timers.
        assert_eq!(clock.needs(2, 6_000, 5), Some(5_000));
    }

    #[test]
    fn a_ring_wakes_whose_moment_has_come_and_tells_the_next() {
        let mut clock = Clock::default();
        for (id, owner, until) in [(10, 1, 5_000), (11, 1, 10_000), (12, 1, 7_000), (13, 2, 10)] {
            clock.sleepers.push(sleeper(id, owner, until));
        }
        clock.rings.push((1, 5_000));
        let (due, next) = clock.due(1, 5_000);
        assert_eq!((due.len(), next), (1, Some(7_000)));
        assert!(clock.rings.is_empty());
        let (due, next) = clock.due(1, 20_000);
        assert_eq!((due.len(), next), (2, None));
        assert_eq!(clock.sleepers.len(), 1);
    }
}
