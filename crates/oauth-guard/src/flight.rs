//! One question for many requests.
//!
//! Those who wait look at the question again and again: waking another request's future is not possible on the
//! platform. It may also freeze the one that asked, when its client goes; so after a second one of those who wait asks
//! anew, and the others wait for that one.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use oauth_core::UnixTime;

use crate::ports::Timer;

/// How often, and how many times, a request looks whether a question is answered: a second in all.
const LOOK_EVERY_MS: u32 = 25;
const LOOKS: u32 = 40;
/// The most questions that are waited for, one after the other.
const MOST_WAITED_FOR: u32 = 3;
/// A question this old, in seconds, will never be answered: the request that asked it is gone.
const LONGEST_QUESTION: i64 = 10;

/// A question under way.
#[derive(Debug)]
struct Question<K, T> {
    key: K,
    asked: UnixTime,
    answer: RefCell<Option<T>>,
    /// Whether the one that asked is gone.
    left: Cell<bool>,
}

/// All questions under way, by what they are about.
#[derive(Debug)]
pub(crate) struct Flight<K, T>(RefCell<Vec<Rc<Question<K, T>>>>);

impl<K, T> Default for Flight<K, T> {
    fn default() -> Self {
        Self(RefCell::default())
    }
}

/// Takes a question from the list, also if its future is dropped half way.
struct Asking<'a, K, T> {
    flight: &'a Flight<K, T>,
    question: Rc<Question<K, T>>,
}

impl<K, T> Drop for Asking<'_, K, T> {
    fn drop(&mut self) {
        self.question.left.set(true);
        self.flight
            .0
            .borrow_mut()
            .retain(|other| !Rc::ptr_eq(other, &self.question));
    }
}

/// A question that several requests may share.
pub(crate) struct Wish<K, F> {
    /// Its subject.
    pub(crate) key: K,
    /// Only an answer to a question that was asked later than this counts.
    pub(crate) asked_after: UnixTime,
    /// The answer, where it is there already.
    pub(crate) known: F,
}

impl<K: PartialEq + Copy, T: Clone> Flight<K, T> {
    /// The answer to another request's question; nothing if there is no such question, or no answer within a second.
    pub(crate) async fn heard<F: Fn() -> Option<T>>(
        &self,
        timer: &impl Timer,
        wish: &Wish<K, F>,
    ) -> Option<T> {
        let question = self.under_way(wish)?;
        self.wait_for(timer, &question, &wish.known).await
    }

    /// Waits for those who ask, or asks. Nothing if one after the other gives no answer.
    pub(crate) async fn once<F: Fn() -> Option<T>>(
        &self,
        timer: &impl Timer,
        wish: &Wish<K, F>,
        now: UnixTime,
        ask: impl AsyncFnOnce() -> T,
    ) -> Option<T> {
        let mut given_up: Option<Rc<Question<K, T>>> = None;
        for _ in 0..MOST_WAITED_FOR {
            let question = self.under_way(wish).filter(|question| {
                !given_up
                    .as_ref()
                    .is_some_and(|former| Rc::ptr_eq(former, question))
            });
            // One of those who waited as long may have asked anew and heard.
            if let Some(answer) = (wish.known)() {
                return Some(answer);
            }
            let Some(question) = question else {
                return Some(self.ask(wish.key, now, ask).await);
            };
            let answer = self.wait_for(timer, &question, &wish.known).await;
            if answer.is_some() {
                return answer;
            }
            given_up = Some(question);
        }
        None
    }

    /// Asks, for all who come meanwhile.
    pub(crate) async fn ask(&self, key: K, now: UnixTime, ask: impl AsyncFnOnce() -> T) -> T {
        let asking = self.begin(key, now);
        let answer = ask().await;
        *asking.question.answer.borrow_mut() = Some(answer.clone());
        answer
    }

    fn under_way<F>(&self, wish: &Wish<K, F>) -> Option<Rc<Question<K, T>>> {
        let questions = self.0.borrow();
        let counts = |question: &&Rc<Question<K, T>>| {
            question.key == wish.key && question.asked > wish.asked_after
        };
        questions.iter().find(counts).cloned()
    }

    async fn wait_for(
        &self,
        timer: &impl Timer,
        question: &Question<K, T>,
        known: impl Fn() -> Option<T>,
    ) -> Option<T> {
        for _ in 0..LOOKS {
            let answer = question.answer.borrow().clone().or_else(&known);
            if answer.is_some() || question.left.get() {
                return answer;
            }
            timer.pause(LOOK_EVERY_MS).await;
        }
        None
    }

    fn begin(&self, key: K, now: UnixTime) -> Asking<'_, K, T> {
        let question = Rc::new(Question {
            key,
            asked: now,
            answer: RefCell::default(),
            left: Cell::default(),
        });
        let mut questions = self.0.borrow_mut();
        // Those of frozen requests would stay for ever.
        questions.retain(|other| other.key != key && now.since(other.asked) < LONGEST_QUESTION);
        questions.push(Rc::clone(&question));
        Asking {
            flight: self,
            question,
        }
    }

    /// How many questions there are.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.0.borrow().len()
    }
}
