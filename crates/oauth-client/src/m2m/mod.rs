//! Machine to machine: a client that acts for itself (RFC 6749 §4.4).
//!
//! [`call`] makes one API call and tells every hop. Its token comes from the memory of this isolate, from a near copy,
//! from the [`board`] that isolates share, and last of all from the server: [`TokenSource`] keeps it and has it
//! renewed ahead of time, by one caller of all there are. [`finish()`] does what an answer need not wait for.
//! What may pass by itself is tried again ([`RetryPolicy`]); a peer that keeps failing is left alone, by all isolates.
//!
//! The world is behind ports ([`World`]), and none of them but the network and the credentials is needed for a call to
//! succeed. No token, no secret and no assertion shows up in a trace, a log line, an error or a debug print.

mod assertion;
mod attempt;
mod authentication;
mod call;
mod call_failed;
mod finish;
mod hop;
mod log;
mod ports;
mod proof;
mod renewal;
mod retry;
mod revocation;
mod run;
mod run_facts;
pub mod run_history;
mod settings;
pub mod shared_state;
mod token;
mod token_failed;
mod token_request;
mod token_source;

#[cfg(test)]
mod tests;

pub use call::{Called, call};
pub use call_failed::CallFailed;
pub use finish::{finish, forget, look};
pub use hop::{Breaker, CacheUse, Hop, HopName, breaker_reason};
pub use ports::{Copies, Credentials, Key, Platform, Sealer, SendFailed, SharedState, World};
pub use retry::RetryPolicy;
pub use revocation::revoke;
pub use run::FollowUp;
pub use run_facts::RunFacts;
pub use settings::{AuthMethod, Binding, Settings};
pub use token_failed::TokenFailed;
pub use token_source::TokenSource;
