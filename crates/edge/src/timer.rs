//! The platform's timer as a future.
//!
//! `worker::Delay` takes what `setTimeout` returns for a number; on today's compatibility dates it
//! is an object, and the delay panics.

use std::{
    cell::Cell,
    future::Future,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
    time::Duration,
};

use wasm_bindgen::{JsValue, closure::Closure, prelude::wasm_bindgen};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(handler: &Closure<dyn FnMut()>, milliseconds: f64) -> JsValue;

    #[wasm_bindgen(js_name = clearTimeout)]
    fn clear_timeout(handle: &JsValue);
}

/// Ends after a while. It starts when it is first waited for, and dropping it stops it.
pub(crate) struct Timer {
    length: Duration,
    over: Rc<Cell<bool>>,
    // The handler must live as long as the platform may call it.
    running: Option<(JsValue, Closure<dyn FnMut()>)>,
}

impl Timer {
    pub(crate) fn new(length: Duration) -> Self {
        Self {
            length,
            over: Rc::default(),
            running: None,
        }
    }
}

impl Future for Timer {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.over.get() {
            return Poll::Ready(());
        }
        if self.running.is_none() {
            let over = Rc::clone(&self.over);
            let waker = context.waker().clone();
            let handler = Closure::new(move || {
                over.set(true);
                waker.wake_by_ref();
            });
            let handle = set_timeout(&handler, self.length.as_secs_f64() * 1000.0);
            self.running = Some((handle, handler));
        }
        Poll::Pending
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        if let Some((handle, _)) = self.running.take().filter(|_| !self.over.get()) {
            clear_timeout(&handle);
        }
    }
}
