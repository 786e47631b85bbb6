//! A request, and what the worker answers it with.

use std::rc::Rc;

use oauth_core::http::Incoming;
use worker::{Context, Env};

use crate::isolate::Isolate;

/// A request to this worker.
pub(crate) struct Call<'a> {
    pub(crate) isolate: &'a Rc<Isolate>,
    pub(crate) env: &'a Env,
    /// Keeps the worker alive for work that the answer does not wait for.
    pub(crate) context: &'a Context,
    pub(crate) incoming: &'a Incoming,
}
