//! The authorization server's endpoints, over ports.
//!
//! An endpoint takes a [`Context`] and a request that was read and bounded, asks its ports, and returns an answer or the
//! reason to [`Stop`]. It never sees a store, a clock or the platform.
//!
//! - Endpoints for clients: [`token`](mod@token), [`par`], [`register`], [`introspect`], [`revoke`], [`userinfo`], [`discovery`].
//! - Pages: [`home`], [`authorize`](mod@authorize), [`login`], [`consent`], [`account`], all made in [`page`]; [`direct_login`] for
//!   first-party applications.
//! - [`grant`]: the grant types of the token endpoint; one that has endpoints or pages of its own has them there.
//! - [`admin`]: what an administrator does.
//! - [`audit`]: the vocabulary of the audit log.
//! - [`ports`]: what the platform provides, in sets of what is used together.
//! - [`grant_host`] and [`person_host`]: what the objects do with a command and at their alarm.
//! - [`ending`]: how grants are ended. [`tombstone`] is what remains of it for the guards.
//! - [`render`]: how the reason to stop becomes an answer.
//!
//! An endpoint, called as the worker's route table calls it:
//!
//! ```
//! use oauth_core::http::Method;
//! use oauth_server::{Render, discovery, respond};
//! use testkit::{crypto::run, fixture::Fixture};
//!
//! let server = Fixture::new();
//! let context = server.context();
//! let request = server.incoming(Method::Get, "/.well-known/jwks.json", "", "");
//! let answer = run(respond(&context, &request, Render::Json, discovery::jwks(&context, &request)));
//! assert_eq!(answer.status, 200);
//! ```
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
pub mod audit;
pub mod authorize;
mod client_auth;
pub mod client_document;
pub mod client_secret;
pub mod consent;
mod context;
mod cookie;
mod csrf;
pub mod direct_login;
pub mod discovery;
mod dpop;
pub mod ending;
mod form_body;
pub mod grant;
pub mod grant_host;
pub mod home;
mod html_response;
mod id_token_hint;
pub mod introspect;
mod json_body;
pub mod login;
pub mod page;
pub mod par;
mod password_check;
pub mod person_host;
pub mod ports;
mod presented;
mod pushed_request;
pub mod rate;
mod redirect;
pub mod register;
pub mod render;
pub mod resource_scopes;
pub mod revoke;
mod scope_descriptions;
mod session;
pub mod token;
pub mod tombstone;
mod turn;
pub mod userinfo;
mod validated_request;

pub use context::{Context, Stop};
pub use grant::mint::Mint;
pub use render::{Render, respond};
pub use turn::{Turn, Turns};
