//! The client against a world in memory.

mod authentication;
mod isolates;
mod outage;
mod revocation;
mod secrets;
mod token;
mod world;
