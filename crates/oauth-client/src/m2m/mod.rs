//! Machine to machine: a client that acts for itself (RFC 6749 §4.4).
//!
//! [`call()`] makes one API call and records every hop. Its token comes from the memory of this isolate, from a near copy,
//! from the [`shared_state`] of all isolates, or else from the server. [`TokenSource`] holds it, and one of all callers
//! renews it ahead of its expiry. [`finish()`] does what an answer need not wait for. Temporary failures are retried
//! ([`RetryPolicy`]); a circuit breaker that all isolates share stops requests to a peer that keeps failing.
//!
//! The platform is behind ports ([`World`]); a call needs only the network and the credentials to succeed. No token,
//! secret or assertion appears in a hop, a log line, an error or a debug print.

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
