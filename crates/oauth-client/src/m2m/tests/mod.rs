//! The client against a world in memory.

mod authentication;
mod giving_back;
mod isolates;
mod outage;
mod secrets;
mod token;
mod world;
