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
mod authentication;
pub mod board;
mod caller;
mod errand;
mod facts;
mod finish;
mod giving_back;
mod http_date;
mod kept;
pub mod ledger;
mod log;
mod platform;
mod proof;
mod renewal;
mod retry;
mod settings;
mod shared;
mod token_failed;
mod token_request;
mod token_source;
mod trace;

#[cfg(test)]
mod tests;

pub use caller::{Called, call};
pub use errand::Rest;
pub use facts::RunFacts;
pub use finish::{finish, forget, look};
pub use giving_back::give_back;
pub use platform::{Board, Copies, Credentials, Key, Platform, Sealer, SendFailed, World};
pub use retry::RetryPolicy;
pub use settings::{AuthMethod, Binding, Settings};
pub use token_failed::TokenFailed;
pub use token_source::TokenSource;
pub use trace::{CacheUse, CallFailed, Hop, HopName, breaker_words};
