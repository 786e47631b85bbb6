//! The rules of OAuth 2.1 and OpenID Connect as plain functions over plain data.
//!
//! Nothing here knows a clock, a source of randomness, a network or a platform: time and random bytes are arguments,
//! and everything is tested natively.
//!
//! - The request: [`http`], [`form`], [`bearer`], and the paths of the authorization server in [`endpoint`].
//! - The client: [`client`] is its registration, [`registration`] what it says about itself, [`client_authentication`] and [`client_assertion`] say who it is.
//! - A client that is the URL of a document: [`client_document`].
//! - The authorization request: [`authorize`], [`redirect_uri`], [`scope`], [`pkce`].
//! - What must happen exactly once: [`lifecycle`], a function from a state and a command to a state and a reply.
//! - Tokens and keys: [`credential`], [`jose`], [`dpop`], [`token_binding`], [`tombstone`], [`keyring`], [`secret`].
//! - Other servers' documents: [`metadata`], [`protected_resource`], and strangers': [`remote_document`].
//! - What users read: [`texts!`], [`date`], [`language`].
//! - What goes wrong: [`Refusal`] for the client, [`Fault`] for the log.
//!
//! A code is redeemed only with the `code_verifier` of its `code_challenge` (RFC 7636 §4.6):
//!
//! ```
//! use oauth_core::{Refusal, pkce};
//!
//! // Random bytes in a real client.
//! let verifier = pkce::CodeVerifier::from_random([1; 32]);
//! let challenge = verifier.challenge();
//! assert!(pkce::satisfy(Some(&challenge), Some(verifier.as_str())).is_ok());
//!
//! let other = pkce::CodeVerifier::from_random([2; 32]);
//! let refused = pkce::satisfy(Some(&challenge), Some(other.as_str()));
//! assert_eq!(refused.err(), Some(Refusal::VerifierWrong));
//! ```
#![expect(
    async_fn_in_trait,
    reason = "ports are implemented inside one thread: futures need not be Send"
)]

pub mod accept;
pub mod authorize;
pub mod base64url;
pub mod bearer;
pub mod breaker;
pub mod client;
pub mod client_assertion;
pub mod client_authentication;
pub mod client_document;
pub mod clock_skew;
pub mod concurrent;
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
pub mod language;
pub mod lifecycle;
pub mod metadata;
pub mod network;
pub mod password;
pub mod pkce;
pub mod places;
pub mod plain_text;
pub mod protected_resource;
pub mod redirect_uri;
pub mod refusal;
pub mod registration;
pub mod remote_document;
pub mod scope;
pub mod secret;
pub mod settings;
pub mod texts;
pub mod time;
pub mod token_binding;
pub mod tombstone;
pub mod uri;
pub mod username;
pub mod version;

pub use fault::Fault;
pub use refusal::Refusal;
pub use secret::Secret;
pub use time::UnixTime;
