//! The call of the platform: an answer, or a promise of one.

use std::{cell::RefCell, future::Future, rc::Rc};

use worker::{wasm_bindgen::JsValue, web_sys::Response};

use crate::{
    glue::{self, Deferred},
    task,
};

enum Outcome {
    Open,
    Answered(JsValue),
    Promised(Deferred),
}

/// Runs an answer. Only one that waits becomes a promise: making and settling one costs as much as a short answer.
pub fn at_once(answer: impl Future<Output = Response> + 'static) -> JsValue {
    let outcome = Rc::new(RefCell::new(Outcome::Open));
    let told = Rc::clone(&outcome);
    task::start(async move {
        let response = answer.await;
        let mut outcome = told.borrow_mut();
        match &*outcome {
            Outcome::Promised(deferred) => deferred.resolve(&response),
            Outcome::Open | Outcome::Answered(_) => {
                *outcome = Outcome::Answered(response.into());
            }
        }
    });
    let mut outcome = outcome.borrow_mut();
    if let Outcome::Answered(response) = &*outcome {
        return response.clone();
    }
    let deferred = glue::deferred();
    let promise = deferred.promise();
    *outcome = Outcome::Promised(deferred);
    promise.into()
}
