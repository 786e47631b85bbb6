//! Runs the futures of requests: each as far as it gets, in the very turn in which what it waits for has come.
//!
//! The executor of wasm-bindgen starts a future, and goes on with it, in a later microtask: each costs as much as a short
//! answer. Work that no answer waits for is left to it.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
};

/// A future that waits, and what wakes it.
struct Task {
    number: u32,
    future: Pin<Box<dyn Future<Output = ()>>>,
    waker: Waker,
}

thread_local! {
    // In no order: those of an isolate are few enough to be looked through.
    static WAITING: RefCell<Vec<Task>> = RefCell::default();
    static WOKEN: RefCell<VecDeque<u32>> = RefCell::default();
    /// The task that runs.
    static RUNNING: Cell<Option<u32>> = const { Cell::new(None) };
    /// What the clock has shown to it in this turn.
    static MOMENT: Cell<Option<i64>> = const { Cell::new(None) };
    static NEXT: Cell<u32> = const { Cell::new(0) };
}

/// Wakes a task by its number: a waker must not hold what is not `Send`.
struct Bell(u32);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        wake(self.0);
    }

    fn wake_by_ref(self: &Arc<Self>) {
        wake(self.0);
    }
}

/// A number that no other task and no other caller of this has.
pub(crate) fn number() -> u32 {
    NEXT.replace(NEXT.get().wrapping_add(1))
}

/// The task that runs now.
pub(crate) fn running() -> Option<u32> {
    RUNNING.get()
}

/// What the clock shows. It does not move while a task runs, so it is read once in a turn.
pub(crate) fn moment(clock: impl FnOnce() -> i64) -> i64 {
    if RUNNING.get().is_none() {
        return clock();
    }
    let moment = MOMENT.get().unwrap_or_else(clock);
    MOMENT.set(Some(moment));
    moment
}

/// Starts a task: it has got as far as it can without waiting when this returns, unless another one runs.
pub(crate) fn start(future: impl Future<Output = ()> + 'static) {
    let number = number();
    let task = Task {
        number,
        future: Box::pin(future),
        waker: Waker::from(Arc::new(Bell(number))),
    };
    WAITING.with_borrow_mut(|waiting| waiting.push(task));
    wake(number);
}

/// Runs a task and those that it wakes. Within one that runs it is only noted: they follow each other.
fn wake(number: u32) {
    WOKEN.with_borrow_mut(|woken| woken.push_back(number));
    if RUNNING.get().is_some() {
        return;
    }
    while let Some(number) = WOKEN.with_borrow_mut(VecDeque::pop_front) {
        run(number);
    }
}

/// One that has ended is not there any more, whoever still wakes it.
fn run(number: u32) {
    let found = WAITING.with_borrow_mut(|waiting| {
        let place = waiting.iter().position(|task| task.number == number)?;
        Some(waiting.swap_remove(place))
    });
    let Some(mut task) = found else {
        return;
    };
    RUNNING.set(Some(number));
    MOMENT.set(None);
    match task
        .future
        .as_mut()
        .poll(&mut Context::from_waker(&task.waker))
    {
        Poll::Pending => WAITING.with_borrow_mut(|waiting| waiting.push(task)),
        Poll::Ready(()) => {
            drop(task);
            crate::timer::forget(number);
        }
    }
    RUNNING.set(None);
}

#[cfg(test)]
mod tests {
    use std::{future::poll_fn, rc::Rc};

    use super::*;

    type Said = Rc<RefCell<Vec<&'static str>>>;

    /// A future that waits until it is let go, and the way to let it go.
    fn gate() -> (impl Future<Output = ()>, impl Fn()) {
        let state: Rc<(Cell<bool>, RefCell<Option<Waker>>)> = Rc::default();
        let open = Rc::clone(&state);
        let waits = poll_fn(move |context| {
            *state.1.borrow_mut() = Some(context.waker().clone());
            if state.0.get() {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        });
        let lets_go = move || {
            open.0.set(true);
            let waker = open.1.borrow().clone();
            waker.into_iter().for_each(Waker::wake);
        };
        (waits, lets_go)
    }

    #[test]
    fn what_does_not_wait_is_done_at_once_and_the_rest_when_it_is_woken() {
        let said = Said::default();
        let (waits, let_go) = gate();
        let heard = Rc::clone(&said);
        start(async move {
            heard.borrow_mut().push("begun");
            waits.await;
            heard.borrow_mut().push("done");
        });
        assert_eq!(*said.borrow(), ["begun"]);
        let_go();
        assert_eq!(*said.borrow(), ["begun", "done"]);
        // Who wakes it again wakes nobody.
        let_go();
        assert_eq!(said.borrow().len(), 2);
    }

    #[test]
    fn a_task_that_is_woken_by_another_runs_after_it() {
        let said = Said::default();
        let (waits, let_go) = gate();
        let heard = Rc::clone(&said);
        start(async move {
            waits.await;
            heard.borrow_mut().push("woken");
        });
        let heard = Rc::clone(&said);
        start(async move {
            let_go();
            heard.borrow_mut().push("waker");
        });
        assert_eq!(*said.borrow(), ["waker", "woken"]);
        assert_eq!(running(), None);
    }

    #[test]
    fn the_clock_is_read_once_in_a_turn() {
        let reads = Rc::new(Cell::new(0));
        let (waits, let_go) = gate();
        let counted = Rc::clone(&reads);
        let clock = move || {
            moment(|| {
                counted.set(counted.get() + 1);
                counted.get()
            })
        };
        start(async move {
            assert_eq!((clock(), clock()), (1, 1));
            waits.await;
            assert_eq!(clock(), 2);
        });
        let_go();
        assert_eq!(reads.get(), 2);
        assert_eq!((moment(|| 7), moment(|| 8)), (7, 8));
    }

    #[test]
    fn one_that_wakes_itself_goes_on() {
        let turns = Rc::new(Cell::new(0));
        let counted = Rc::clone(&turns);
        start(poll_fn(move |context| {
            counted.set(counted.get() + 1);
            if counted.get() == 3 {
                return Poll::Ready(());
            }
            context.waker().wake_by_ref();
            Poll::Pending
        }));
        assert_eq!(turns.get(), 3);
        assert!(WAITING.with_borrow(Vec::is_empty));
    }
}
