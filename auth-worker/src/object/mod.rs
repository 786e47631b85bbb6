//! The Durable Objects: each hosts one lifecycle of `oauth_core`, and nothing else.

mod home;
mod life;
mod platform;

pub(crate) use life::{GrantLife, PersonLife, ReplayLife, ThrottleLife};
pub(crate) use platform::ask;
pub use platform::{Grant, Person, Replay, Throttle};
