//! In-memory ports, fixtures and RFC vectors, for tests only.
//!
//! - [`fixture`]: an authorization server with a user, three clients and one browser.
//! - [`memory`] and [`part`]: its ports, each of which can be broken, and what was asked of them; [`consents`]: what they remember, and [`registrations`] clients that registered themselves.
//! - [`crypto`], [`any_key`] and [`seal`]: signatures and encryption outside a worker.
//! - [`proof`]: requests with a proof of possession. [`mod@bearer`]: requests without a readable access token.
//!
//! ```
//! use testkit::fixture::Fixture;
//!
//! let mut server = Fixture::new();
//! let tokens = server.tokens();
//! assert_eq!(tokens.status, 200);
//! ```

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a fixture that cannot be made ends its test"
)]

/// The answer of an endpoint, with its errors rendered as the route table of the worker says.
#[macro_export]
macro_rules! answer {
    ($render:ident, $endpoint:path, $context:expr, $request:expr $(,)?) => {
        async {
            let (context, request) = ($context, $request);
            let render = ::oauth_server::Render::$render;
            let endpoint = $endpoint(&context, request);
            ::oauth_server::respond(&context, request, render, endpoint).await
        }
    };
}

pub mod any_key;
pub mod bearer;
pub mod consents;
pub mod crypto;
pub mod documents;
pub mod endings;
pub mod fixture;
mod grant_object;
mod keys;
pub mod memory;
mod part;
mod person_object;
pub mod proof;
mod rates;
mod reading;
pub mod registrations;
mod registry;
pub mod seal;
