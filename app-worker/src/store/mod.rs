//! The worker's data in KV.

pub(crate) mod token_copies;
