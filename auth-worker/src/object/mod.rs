//! The Durable Objects: each hosts one lifecycle of `oauth_core`, and nothing else.

mod grant;
mod home;
mod life;
mod platform;
mod record;
mod rows;
mod stub;

pub use grant::Grant;
pub(crate) use grant::ask_grant;
pub(crate) use life::{PersonLife, ReplayLife, ThrottleLife};
pub use platform::{Person, Replay, Throttle};
pub(crate) use stub::ask;
