//! Durable Objects: each hosts one lifecycle, and nothing else.
//!
//! A worker says which lifecycle lives in which object ([`ObjectKind`], with [`Lifecycle`] where it fits in one record and
//! [`InRows`] where it does not), makes the class with [`hosted!`](crate::hosted) and reaches it with [`ask`].

mod hosted;
mod kind;
mod platform;
pub mod record;
pub mod rows;
mod stub;

pub use kind::{ObjectKind, Store, Woken, read, write};
pub use platform::{ObjectContext, Storage, failure};
pub use record::Lifecycle;
pub use rows::InRows;
pub use stub::ask;
