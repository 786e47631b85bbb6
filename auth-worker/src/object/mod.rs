//! The Durable Objects, one file each: its kind, its class and its alarm. Each hosts one lifecycle of `oauth_core`.
//!
//! To add one, write its file, list it here, bind its class in `wrangler.toml` and export it in `entry.mjs`.

mod grant;
mod person;
mod replay;
mod throttle;

pub use grant::Grant;
pub(crate) use grant::GrantKind;
pub use person::Person;
pub(crate) use person::PersonKind;
pub use replay::Replay;
pub(crate) use replay::ReplayKind;
pub use throttle::Throttle;
pub(crate) use throttle::ThrottleKind;
