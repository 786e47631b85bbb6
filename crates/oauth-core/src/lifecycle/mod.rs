//! The lifecycles of what must happen exactly once, as total functions
//! `step(state, command, now) -> (next state, answer)`.
//!
//! A Durable Object only hosts one of them: load, step, save. Nothing here waits, panics or asks
//! a clock; a command that is refused as forged leaves the state as it was.

pub mod grant;
pub mod login_session;
pub mod one_time;
pub mod throttle;
