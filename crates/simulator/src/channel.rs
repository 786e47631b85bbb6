//! An answer on its way from one task to another.

use std::{cell::RefCell, rc::Rc};

use oauth_core::Fault;

use crate::scheduler::Scheduler;

struct Inside<T> {
    answer: Option<Result<T, Fault>>,
    waiting: Option<usize>,
    /// Answers that may still come.
    senders: usize,
}

/// Where an answer is waited for.
pub struct Receiver<T> {
    inside: Rc<RefCell<Inside<T>>>,
}

/// Who may send the answer. One that is dropped without a word says that its object was reset.
pub struct Sender<T> {
    inside: Rc<RefCell<Inside<T>>>,
    scheduler: Rc<Scheduler>,
    silent: bool,
}

impl<T> Receiver<T> {
    /// An empty mailbox without senders.
    pub fn new() -> Self {
        let inside = Inside {
            answer: None,
            waiting: None,
            senders: 0,
        };
        Self {
            inside: Rc::new(RefCell::new(inside)),
        }
    }

    /// One more who may answer; the first answer counts.
    pub fn sender(&self, scheduler: &Rc<Scheduler>) -> Sender<T> {
        self.inside.borrow_mut().senders += 1;
        Sender {
            inside: Rc::clone(&self.inside),
            scheduler: Rc::clone(scheduler),
            silent: false,
        }
    }

    /// Waits for the answer until `moment`; `None` when none came in time.
    pub async fn receive(self, scheduler: &Scheduler, moment: i64) -> Option<Result<T, Fault>> {
        loop {
            let answer = {
                let mut inside = self.inside.borrow_mut();
                inside.waiting = Some(scheduler.running());
                inside.answer.take()
            };
            if answer.is_some() || scheduler.now() >= moment {
                return answer;
            }
            scheduler.wait_until(moment).await;
        }
    }
}

impl<T> Default for Receiver<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Sender<T> {
    /// Sends the answer.
    pub fn send(mut self, answer: Result<T, Fault>) {
        self.silent = true;
        self.put(answer);
    }

    /// The answer gets lost: the caller learns nothing.
    pub fn lose(mut self) {
        self.silent = true;
    }

    fn put(&self, answer: Result<T, Fault>) {
        let mut inside = self.inside.borrow_mut();
        if inside.answer.is_none() {
            inside.answer = Some(answer);
            if let Some(task) = inside.waiting {
                self.scheduler.wake(task);
            }
        }
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        let last = {
            let mut inside = self.inside.borrow_mut();
            inside.senders -= 1;
            inside.senders == 0
        };
        if !self.silent && last {
            self.put(Err(Fault::new("object.call", "the object was reset")));
        }
    }
}
