//! Machine to machine: a client that acts for itself (RFC 6749 §4.4).
//!
//! [`call()`] makes one API call and records every hop. Its token comes from the memory of this isolate, from a near copy,
//! from the [`shared_state`] of all isolates, or else from the server. [`TokenSource`] holds it, and one of all callers
//! renews it ahead of its expiry. [`finish()`] does what an answer need not wait for. Temporary failures are retried
//! ([`RetryPolicy`]); a circuit breaker that all isolates share stops requests to a peer that keeps failing.
//!
//! - `token/`: the sources of a token, its request, client authentication.
//! - `attempt/`: the one loop that tries a request again, its policy, and proofs of possession.
//! - `run/`: the record of a run: its hops, its log lines, its facts, and the work after its answer.
//! - [`shared_state`] and [`run_history`]: lifecycles that the platform hosts.
//!
//! The platform is behind ports ([`World`]); a call needs only the network and the credentials to succeed. No token,
//! secret or assertion appears in a hop, a log line, an error or a debug print.

mod attempt;
mod call;
mod call_failed;
mod ports;
mod revocation;
mod run;
pub mod run_history;
mod settings;
pub mod shared_state;
mod token;

#[cfg(test)]
mod tests;

pub use attempt::RetryPolicy;
pub use call::{Called, call};
pub use call_failed::CallFailed;
pub use ports::{Copies, Credentials, Key, Platform, Sealer, SendFailed, SharedState, World};
pub use revocation::revoke;
pub use run::{
    Breaker, CacheUse, FollowUp, Hop, HopName, RunFacts, breaker_reason, finish, forget, look,
};
pub use settings::{AuthMethod, Binding, Settings};
pub use token::{TokenFailed, TokenSource};
