//! Cloudflare glue that the workers share: how a request comes in and an answer goes out.
//!
//! Decisions (routes, CORS, headers, configuration, the log line) are pure and tested natively; what touches the platform
//! is thin.
//!
//! - [`serve()`](serve::serve) takes a request through a [`Site`]: its [`route`]s, [`cors`], [`mod@request`] and [`answer`].
//! - [`config`] reads the variables of a worker, and names all that are wrong at once.
//! - [`service`] calls another worker or server, within a [`deadline`]; [`guarded`] fetches what a stranger named.
//! - [`object`] is what Durable Objects have in common; `d1`, behind its feature, is the database.
//! - [`log`] writes one line for each request.
//!
//! A path matches byte for byte, and one that exists says which methods it has:
//!
//! ```
//! use edge::{Cache, Cors, Resolved, Route, Table};
//! use edge::route::{BODY_LIMIT, POST};
//! use oauth_core::http::Method;
//!
//! const TABLE: Table<&str> = Table {
//!     routes: &[Route {
//!         methods: POST,
//!         path: "/oauth/token",
//!         cors: Cors::Any,
//!         cache: Cache::NoStore,
//!         body_limit: BODY_LIMIT,
//!         handler: "token",
//!     }],
//!     fallback: None,
//! };
//! assert!(matches!(TABLE.resolve(Method::Post, "/oauth/token"), Resolved::Found(_)));
//! assert!(matches!(TABLE.resolve(Method::Post, "/oauth/token/"), Resolved::NotFound));
//! assert!(matches!(TABLE.resolve(Method::Get, "/oauth/token"), Resolved::MethodNotAllowed { .. }));
//! ```

pub mod answer;
pub mod config;
pub mod cors;
#[cfg(feature = "d1")]
pub mod d1;
pub mod deadline;
pub mod guarded;
pub mod log;
pub mod object;
pub mod request;
pub mod route;
pub mod serve;
pub mod service;

mod entry;
mod glue;
mod platform;
mod task;
mod timer;

pub use config::{ConfigFaults, Settings, is_origin};
pub use deadline::{sleep, with_timeout};
pub use entry::at_once;
pub use platform::{now, now_millis, random_bytes, token_hex};
pub use route::{Cache, Cors, Resolved, Route, Routes, Table};
pub use serve::{Reply, Site, forget_documents, misconfigured, serve};
pub use service::{Fetched, Outbound, Peer};
