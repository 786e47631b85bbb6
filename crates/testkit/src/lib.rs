//! In-memory ports, fixtures and RFC vectors, for tests only.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a fixture that cannot be made ends its test"
)]

pub mod any_key;
pub mod crypto;
pub mod fixture;
mod grant_object;
pub mod memory;
mod part;
pub mod proof;
pub mod seal;
