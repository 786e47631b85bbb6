//! The platform's timer as a future.
//!
//! `worker::Delay` takes what `setTimeout` returns for a number; on today's compatibility dates it
//! is an object, and the delay panics.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    future::Future,
    pin::Pin,
    task::{Context, Poll, Waker},
    time::Duration,
};

use wasm_bindgen::{closure::Closure, prelude::wasm_bindgen};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(handler: &Closure<dyn Fn(u32)>, milliseconds: f64, id: u32);
}

thread_local! {
    // One handler for all timers of the isolate.
    static HANDLER: Closure<dyn Fn(u32)> = Closure::new(ring);
    static WAITING: RefCell<HashMap<u32, Waker>> = RefCell::default();
    static NEXT: Cell<u32> = const { Cell::new(0) };
}

/// Wakes who waits for a timer, if somebody still does.
fn ring(id: u32) {
    let waker = WAITING.with_borrow_mut(|waiting| waiting.remove(&id));
    if let Some(waker) = waker {
        waker.wake();
    }
}

/// Ends after a while. It starts when it is first waited for.
///
/// Nearly every timer is a deadline that is not reached. Dropping one only forgets it: `clearTimeout` costs more than all the
/// rest of a timer, and the platform drops what is left of a request's timers with the request.
pub(crate) struct Timer {
    length: Duration,
    running: Option<u32>,
}

impl Timer {
    pub(crate) const fn new(length: Duration) -> Self {
        Self {
            length,
            running: None,
        }
    }
}

impl Future for Timer {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let Some(id) = self.running else {
            let id = NEXT.replace(NEXT.get().wrapping_add(1));
            WAITING.with_borrow_mut(|waiting| waiting.insert(id, context.waker().clone()));
            HANDLER.with(|handler| set_timeout(handler, self.length.as_secs_f64() * 1000.0, id));
            self.running = Some(id);
            return Poll::Pending;
        };
        WAITING.with_borrow_mut(|waiting| match waiting.get_mut(&id) {
            Some(waker) => {
                waker.clone_from(context.waker());
                Poll::Pending
            }
            None => Poll::Ready(()),
        })
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        if let Some(id) = self.running {
            WAITING.with_borrow_mut(|waiting| waiting.remove(&id));
        }
    }
}
