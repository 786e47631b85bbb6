//! The client's side: the code flow as a step machine, the machine-to-machine token source.
//!
//! Nothing here knows a clock, a source of randomness or a network. The code flow is values that
//! turn into each other ([`code_flow`]); the token source works over port traits ([`m2m`]).
#![expect(
    async_fn_in_trait,
    reason = "ports are implemented inside one thread: futures need not be Send"
)]

pub mod code_flow;
pub mod http_call;
pub mod m2m;
pub mod origin;
pub mod token_response;

#[cfg(test)]
mod test_keys;

pub use http_call::{Body, HttpCall, HttpReply, Parameter};
pub use token_response::{TokenRefused, Tokens, read_token_response};
