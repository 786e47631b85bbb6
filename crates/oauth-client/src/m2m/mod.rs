//! Machine to machine: a client that acts for itself (RFC 6749 §4.4) and proves who it is with a
//! signed assertion (`private_key_jwt`, RFC 7523).
//!
//! [`TokenSource`] keeps one access token and renews it shortly before it expires, with one renewal
//! under way however many callers wait. [`call`] makes one API call with it and tells every hop.
//! The world is behind [`Platform`]; keys are behind `Signer`. No token and no assertion shows up in
//! a trace, an error or a debug print.

mod assertion;
pub mod board;
mod breaker;
mod caller;
mod facts;
pub mod ledger;
mod platform;
mod retry;
mod token_failed;
mod token_source;
mod trace;

#[cfg(test)]
mod tests;

pub use caller::{Called, call};
pub use facts::RunFacts;
pub use platform::{Platform, SendFailed};
pub use retry::RetryPolicy;
pub use token_failed::TokenFailed;
pub use token_source::{CacheState, Counters, Settings, TokenSource};
pub use trace::{CacheUse, CallFailed, Hop, HopName};
