//! Cloudflare glue that the workers share: how a request comes in and an answer goes out.
//!
//! Decisions (routes, CORS, headers, configuration, the log line) are pure and tested natively;
//! what touches the platform is thin.

pub mod answer;
pub mod config;
pub mod cors;
#[cfg(feature = "d1")]
pub mod d1;
pub mod deadline;
pub mod log;
pub mod object;
pub mod request;
pub mod route;
pub mod serve;
pub mod service;

mod ambient;
mod timer;

pub use ambient::{now, now_millis, random_bytes, token_hex};
pub use config::{ConfigFaults, Settings, is_origin};
pub use deadline::{sleep, with_timeout};
pub use route::{Cache, Cors, Resolved, Route, Routes, Table};
pub use serve::{Reply, Site, misconfigured, serve};
pub use service::{Fetched, Outbound, Peer, fetch};
