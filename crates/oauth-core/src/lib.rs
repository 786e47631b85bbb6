//! The rules of OAuth 2.1 and OpenID Connect as plain functions over plain data.
//!
//! Nothing here knows a clock, a source of randomness, a network or a platform: time and random
//! bytes are arguments, and everything is tested natively.
#![expect(
    async_fn_in_trait,
    reason = "ports are implemented inside one thread: futures need not be Send"
)]

pub mod authorize;
pub mod base64url;
pub mod bearer;
pub mod breaker;
pub mod client;
pub mod client_assertion;
pub mod client_authentication;
pub mod credential;
pub mod date;
pub mod dpop;
pub mod endpoint;
pub mod fault;
pub mod form;
pub mod grant_type;
pub mod http;
pub mod id;
pub mod jose;
pub mod keyring;
pub mod lifecycle;
pub mod metadata;
pub mod password;
pub mod pkce;
pub mod protected_resource;
pub mod redirect_uri;
pub mod refusal;
pub mod scope;
pub mod secret;
pub mod settings;
pub mod time;
pub mod version;

pub use fault::Fault;
pub use refusal::Refusal;
pub use secret::Secret;
pub use time::UnixTime;
