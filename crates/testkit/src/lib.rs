//! In-memory ports, fixtures and RFC vectors, for tests only.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a fixture that cannot be made ends its test"
)]

pub mod crypto;
pub mod fixture;
pub mod memory;
pub mod seal;
