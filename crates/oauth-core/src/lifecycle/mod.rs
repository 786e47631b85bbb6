//! The lifecycles of what must happen exactly once, as total functions
//! `step(state, command, now) -> (next state, answer)`.
//!
//! A Durable Object only hosts one of them ([`object`]): load, step, save. What outgrows one record is kept in
//! [`rows`], and the step answers with the changes to make. Nothing here waits, panics or asks a
//! clock; a command that is refused as forged leaves the state as it was.

pub mod ask;
pub mod device_authorization;
pub mod grant;
pub mod object;
pub mod one_time;
pub mod pauses;
pub mod person;
pub mod rows;
pub mod signing_keys;
pub mod throttle;
