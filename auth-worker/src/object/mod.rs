//! The Durable Objects: each hosts one lifecycle of `oauth_core`, and nothing else. What they have in common is
//! in [`edge::object`].

mod grant;
mod life;
mod person;

pub use grant::Grant;
pub(crate) use grant::ask_grant;
pub(crate) use life::{PersonLife, ReplayLife, ThrottleLife};
pub use life::{Replay, Throttle};
pub use person::Person;
