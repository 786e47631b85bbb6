//! The authorization server's endpoints, over ports.
//!
//! An endpoint takes a request that was read and bounded, asks its ports, and returns an answer.
//! It never sees a store, a clock or the platform.
#![expect(
    async_fn_in_trait,
    reason = "ports are implemented inside one thread: futures need not be Send"
)]

pub mod access_record;
mod access_token;
pub mod account;
pub mod admin;
mod answer;
mod attempts;
pub mod authorize;
mod client_auth;
pub mod consent;
mod context;
mod cookie;
mod csrf;
pub mod direct_login;
pub mod discovery;
mod dpop;
pub mod ending;
mod form_body;
mod grant;
pub mod grant_host;
mod html_response;
mod id_token_hint;
pub mod introspect;
pub mod join_all;
mod json_body;
pub mod login;
pub mod page;
pub mod par;
mod password_check;
pub mod ports;
mod presented;
mod pushed_request;
mod redirect;
pub mod render;
pub mod revoke;
pub mod scope_descriptions;
mod session;
pub mod token;
pub mod tombstone;
pub mod userinfo;

pub use context::{Context, Stop};
pub use grant::mint::Mint;
pub use render::{Render, respond};
