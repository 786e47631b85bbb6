//! Durable Objects: each hosts one lifecycle, and nothing else.
//!
//! A lifecycle says how it is hosted ([`Hosted`]). A worker makes the class with [`hosted!`](crate::hosted) and reaches
//! its objects with [`ask`].

mod hosted;
mod platform;
mod stub;

pub use oauth_core::lifecycle::object::{
    Hosted, InRecord, InRows, Lifecycle, ObjectKind, Store, Sweeping, Woken, call, on_alarm, read,
    run, wake_after_fault, write,
};
pub use platform::{ObjectContext, Storage, failure};
pub use stub::ask;
