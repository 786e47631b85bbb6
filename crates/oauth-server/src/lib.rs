//! The authorization server's endpoints, over ports.
//!
//! An endpoint takes a request that was read and bounded, asks its ports, and returns an answer.
//! It never sees a store, a clock or the platform.
#![expect(
    async_fn_in_trait,
    reason = "ports are implemented inside one thread: futures need not be Send"
)]

pub mod page;
pub mod port;
