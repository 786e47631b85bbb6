//! The authorization code flow with PKCE (OAuth 2.1 §4.1, RFC 7636, OIDC Core §3.1) as a step machine.
//!
//! Each step is a value, and only the value of one step makes the next:
//!
//! ```text
//! ProviderMetadata::parse      what the server promises (RFC 8414)
//! prepare(seed)             →  Prepared          verifier, challenge, state, nonce
//!   .authorization_request  →  AuthorizationRequest   the URL to send the browser to
//!   .pending                →  Pending           what must survive the trip, for sessionStorage
//! Pending::check_callback   →  CodeReceived      state, iss, error and code have been checked
//!   .token_request          →  HttpCall          sent by the caller, altered if it likes
//! read_token_response       →  Tokens
//! check_id_token            →  IdTokenAccepted   the numbered steps of OIDC Core §3.1.3.7
//! refresh_request, userinfo_request, HttpCall::with_bearer
//! ```
//!
//! Random bytes and the time are arguments. Every check is also data ([`Check`]), so that it can be shown.

mod authorization_request;
mod callback;
mod check;
mod id_token;
mod later_calls;
mod metadata;
mod pending;
mod prepare;

#[cfg(test)]
mod tests;

pub use authorization_request::AuthorizationRequest;
pub use callback::{CallbackRefusal, CallbackRefused, CodeReceived};
pub use check::{Check, CheckName};
pub use id_token::{Expectations, IdTokenAccepted, IdTokenRefusal, IdTokenRefused, check_id_token};
pub use later_calls::{refresh_request, userinfo_request};
pub use metadata::{MetadataRefused, ProviderMetadata, metadata_urls};
pub use pending::{LONGEST_TRIP, Pending};
pub use prepare::{ClientSettings, Prepared, Seed, prepare};
