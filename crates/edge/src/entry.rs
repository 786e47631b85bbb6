//! The call of the platform: an answer, or a promise of one.

use std::{
    pin::pin,
    task::{Context, Poll, Waker},
};

use worker::{js_sys::futures::future_to_promise, wasm_bindgen::JsValue, web_sys::Response};

/// Runs an answer as far as it gets without waiting. Only one that waits becomes a promise: making and settling one costs as
/// much as a short answer.
pub fn at_once(answer: impl Future<Output = Response> + 'static) -> JsValue {
    let mut answer = Box::pin(answer);
    // What wakes nobody now is asked again as soon as the promise is there: nothing happens in between.
    let mut nobody = Context::from_waker(Waker::noop());
    match pin!(answer.as_mut()).poll(&mut nobody) {
        Poll::Ready(response) => response.into(),
        Poll::Pending => future_to_promise(async move { Ok(answer.await.into()) }).into(),
    }
}
