//! In-memory ports, fixtures and RFC vectors, for tests only.

pub mod crypto;
