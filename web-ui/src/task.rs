//! Tasks that end with the page that started them: a person leaves while an answer is on its way, and what the
//! answer would be written to is gone with the page.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    task::Poll,
};

use leptos::prelude::IsDisposed;

/// Runs `task` for as long as `page`, a signal that the page owns, is there.
pub(crate) fn spawn(page: impl IsDisposed + 'static, task: impl Future<Output = ()> + 'static) {
    leptos::task::spawn_local(async move {
        let mut task = pin!(task);
        poll_fn(|context| {
            if page.is_disposed() {
                Poll::Ready(())
            } else {
                task.as_mut().poll(context)
            }
        })
        .await;
    });
}
