//! What the worker stores in KV.

pub(crate) mod token_copies;
