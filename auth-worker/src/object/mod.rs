//! The Durable Objects: each hosts one lifecycle of `oauth_core`, and nothing else.

mod grant;
mod home;
mod life;
mod person;
mod platform;
mod record;
mod rows;
mod stub;

pub use grant::Grant;
pub(crate) use grant::ask_grant;
pub(crate) use life::{PersonLife, ReplayLife, ThrottleLife};
pub use person::Person;
pub use platform::{Replay, Throttle};
pub(crate) use stub::ask;
