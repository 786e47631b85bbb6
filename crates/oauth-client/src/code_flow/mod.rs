//! The authorization code flow with PKCE (OAuth 2.1 §4.1, RFC 7636, OIDC Core §3.1) as a step machine.
//!
//! Each step is a value, and only the value of one step makes the next:
//!
//! ```text
//! ProviderMetadata::parse      the server's metadata (RFC 8414)
//! prepare(seed)             →  Prepared          verifier, challenge, state, nonce
//!   .authorization_request  →  AuthorizationRequest   the URL to send the browser to
//!   .pending                →  Pending           the record for sessionStorage
//! Pending::check_callback   →  CodeReceived      state, iss, error and code have been checked
//!   .token_request          →  HttpCall          sent by the caller, who may alter it
//! read_token_response       →  Tokens
//! check_id_token            →  IdTokenAccepted   the numbered steps of OIDC Core §3.1.3.7
//! refresh_request           →  Tokens::refreshed, read_second_use
//! revocation_request        →  read_revocation   RFC 7009
//! read_introspection        an answer that a confidential client passed on (RFC 7662)
//! userinfo_request, HttpCall::with_bearer
//! ```
//!
//! Random bytes and the time are arguments. Every check is also data ([`Check`]), which a page can show.

mod authorization_request;
mod callback;
mod check;
mod id_token;
mod introspection;
mod metadata;
mod pending;
mod prepare;
mod refresh;
mod revocation;
mod userinfo;

#[cfg(test)]
mod tests;

pub use authorization_request::AuthorizationRequest;
pub use callback::{CallbackRefusal, CallbackRefused, CodeReceived};
pub use check::{Check, CheckName};
pub use id_token::{Expectations, IdTokenAccepted, IdTokenRefusal, IdTokenRefused, check_id_token};
pub use introspection::{Introspection, read_introspection};
pub use metadata::{MetadataRefused, ProviderMetadata, metadata_urls};
pub use pending::{LONGEST_TRIP, Pending};
pub use prepare::{ClientSettings, Prepared, Seed, prepare};
pub use refresh::{SecondUse, read_second_use, refresh_request};
pub use revocation::{RevocationRefused, TokenTypeHint, read_revocation, revocation_request};
pub use userinfo::userinfo_request;
