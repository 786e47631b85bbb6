//! One request to a peer for many callers (single shared).
//!
//! The platform cannot wake another request's future, so waiters poll. It may also freeze the caller that sent the request
//! when its client disconnects; so after one second one of the waiters sends it again, and the others wait for that one.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use oauth_core::UnixTime;

use crate::ports::Timer;

/// How often, and how many times, a waiter looks for the answer: a second in all.
const LOOK_EVERY_MS: u32 = 25;
const LOOKS: u32 = 40;
/// The most pending requests that a caller waits for, one after the other.
const MOST_WAITED_FOR: u32 = 3;
/// A request this old, in seconds, will never be answered: its sender is gone.
const LONGEST_REQUEST: i64 = 10;

/// A request that has been sent.
#[derive(Debug)]
struct PendingRequest<K, T> {
    key: K,
    asked: UnixTime,
    answer: RefCell<Option<T>>,
    /// Whether its sender is gone.
    abandoned: Cell<bool>,
}

/// The pending requests, each with its key.
#[derive(Debug)]
pub(crate) struct SharedRequests<K, T>(RefCell<Vec<Rc<PendingRequest<K, T>>>>);

impl<K, T> Default for SharedRequests<K, T> {
    fn default() -> Self {
        Self(RefCell::default())
    }
}

/// Removes a pending request from the list, also if its future is dropped half way.
struct Sending<'a, K, T> {
    shared: &'a SharedRequests<K, T>,
    pending: Rc<PendingRequest<K, T>>,
}

impl<K, T> Drop for Sending<'_, K, T> {
    fn drop(&mut self) {
        self.pending.abandoned.set(true);
        self.shared
            .0
            .borrow_mut()
            .retain(|other| !Rc::ptr_eq(other, &self.pending));
    }
}

/// A request that several callers may share.
pub(crate) struct Lookup<K, F> {
    /// Its subject.
    pub(crate) key: K,
    /// Only an answer to a request that was sent later than this is used.
    pub(crate) asked_after: UnixTime,
    /// The answer, if it is already known.
    pub(crate) known: F,
}

impl<K: PartialEq + Copy, T: Clone> SharedRequests<K, T> {
    /// The answer to another caller's request; `None` if none is pending, or if it has no answer within a second.
    pub(crate) async fn join<F: Fn() -> Option<T>>(
        &self,
        timer: &impl Timer,
        lookup: &Lookup<K, F>,
    ) -> Option<T> {
        let pending = self.under_way(lookup)?;
        self.wait_for(timer, &pending, &lookup.known).await
    }

    /// Waits for a pending request, or sends one. `None` if one after the other has no answer.
    pub(crate) async fn once<F: Fn() -> Option<T>>(
        &self,
        timer: &impl Timer,
        lookup: &Lookup<K, F>,
        now: UnixTime,
        ask: impl AsyncFnOnce() -> T,
    ) -> Option<T> {
        let mut timed_out: Option<Rc<PendingRequest<K, T>>> = None;
        for _ in 0..MOST_WAITED_FOR {
            let pending = self.under_way(lookup).filter(|pending| {
                !timed_out
                    .as_ref()
                    .is_some_and(|former| Rc::ptr_eq(former, pending))
            });
            // Another waiter may have sent it again and have the answer.
            if let Some(answer) = (lookup.known)() {
                return Some(answer);
            }
            let Some(pending) = pending else {
                return Some(self.ask(lookup.key, now, ask).await);
            };
            let answer = self.wait_for(timer, &pending, &lookup.known).await;
            if answer.is_some() {
                return answer;
            }
            timed_out = Some(pending);
        }
        None
    }

    /// Sends a request, for all callers that come meanwhile.
    pub(crate) async fn ask(&self, key: K, now: UnixTime, ask: impl AsyncFnOnce() -> T) -> T {
        let sending = self.begin(key, now);
        let answer = ask().await;
        *sending.pending.answer.borrow_mut() = Some(answer.clone());
        answer
    }

    fn under_way<F>(&self, lookup: &Lookup<K, F>) -> Option<Rc<PendingRequest<K, T>>> {
        let requests = self.0.borrow();
        let is_usable = |pending: &&Rc<PendingRequest<K, T>>| {
            pending.key == lookup.key && pending.asked > lookup.asked_after
        };
        requests.iter().find(is_usable).cloned()
    }

    async fn wait_for(
        &self,
        timer: &impl Timer,
        pending: &PendingRequest<K, T>,
        known: impl Fn() -> Option<T>,
    ) -> Option<T> {
        for _ in 0..LOOKS {
            let answer = pending.answer.borrow().clone().or_else(&known);
            if answer.is_some() || pending.abandoned.get() {
                return answer;
            }
            timer.pause(LOOK_EVERY_MS).await;
        }
        None
    }

    fn begin(&self, key: K, now: UnixTime) -> Sending<'_, K, T> {
        let pending = Rc::new(PendingRequest {
            key,
            asked: now,
            answer: RefCell::default(),
            abandoned: Cell::default(),
        });
        let mut requests = self.0.borrow_mut();
        // Those of frozen senders would stay for ever.
        requests.retain(|other| other.key != key && now.since(other.asked) < LONGEST_REQUEST);
        requests.push(Rc::clone(&pending));
        Sending {
            shared: self,
            pending,
        }
    }

    /// The number of pending requests whose senders may still be there.
    pub(crate) fn under_way_at(&self, now: UnixTime) -> usize {
        let requests = self.0.borrow();
        let pending = requests.iter();
        pending
            .filter(|pending| now.since(pending.asked) < LONGEST_REQUEST)
            .count()
    }

    /// The number of pending requests.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.0.borrow().len()
    }
}
