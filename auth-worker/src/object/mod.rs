//! The Durable Objects: each hosts one lifecycle of `oauth_core`, and nothing else.

mod grant;
mod home;
mod life;
mod platform;

pub use grant::Grant;
pub(crate) use grant::ask_grant;
pub(crate) use life::{PersonLife, ReplayLife, ThrottleLife};
pub(crate) use platform::ask;
pub use platform::{Person, Replay, Throttle};
