//! The client on a platform in memory.

mod authentication;
mod isolates;
mod outage;
mod revocation;
mod secrets;
mod token;
mod world;
