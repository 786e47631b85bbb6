//! The client's side of OAuth 2.1 and OpenID Connect, without a clock, a source of randomness or a network.
//!
//! - [`code_flow`]: the authorization code flow of a public client, as values that turn into each other.
//! - [`m2m`]: a client that acts for itself, over port traits: tokens, retries, circuit breakers, the history of its runs.
//! - [`http_call`] and [`token_response`]: a request as plain data, and the token endpoint's answer.
//! - [`origin`]: the endpoints that may receive a credential.
//!
//! The first step of a sign-in:
//!
//! ```
//! use oauth_client::code_flow::{ClientSettings, ProviderMetadata, Seed, prepare};
//!
//! let document = br#"{"issuer":"https://as.example","authorization_endpoint":"https://as.example/authorize",
//!     "token_endpoint":"https://as.example/token","jwks_uri":"https://as.example/jwks"}"#;
//! let server = ProviderMetadata::parse("https://as.example", document)?;
//! let client = ClientSettings {
//!     client_id: "web-ui".into(),
//!     redirect_uri: "https://app.example/callback".into(),
//!     scope: "openid".into(),
//!     resource: None,
//! };
//! // Random bytes in a real client.
//! let prepared = prepare(&Seed { verifier: [1; 32], state: [2; 32], nonce: [3; 32] });
//! let request = prepared.authorization_request(&server, &client);
//! assert!(request.url().starts_with("https://as.example/authorize?response_type=code&client_id=web-ui"));
//! # Ok::<(), oauth_client::code_flow::MetadataRefused>(())
//! ```
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
