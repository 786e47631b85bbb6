//! The Durable Objects. Each hosts one lifecycle of `oauth_core`; those that do more have a file of their own.
//!
//! To add one, write its lifecycle, make its class here and bind it in `wrangler.toml`.

mod grant;
mod person;

use oauth_core::lifecycle::{one_time::ReplayKind, throttle::ThrottleKind};

pub use grant::Grant;
pub use person::Person;

edge::hosted! {
    /// Values that are valid once, in 256 objects by hash: the `jti` of client assertions and of DPoP proofs.
    Replay hosts ReplayKind
}

edge::hosted! {
    /// Attempts of one account, address or browser.
    Throttle hosts ThrottleKind
}
