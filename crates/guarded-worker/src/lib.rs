//! Puts a Rust worker on Cloudflare behind the guard in a few lines.
//!
//! - [`Api`] is a resource server, and [`Service`] a part of it: scopes ([`ScopeInfo`]) and routes.
//! - [`Protected`] is a route: a path, what it [`Needs`], and a handler. A handler takes a [`Call`], which is made only
//!   after the guard has admitted the request.
//! - [`serve`] does the rest: CORS, headers, the log, `/health` with its [`Check`]s, and the metadata of RFC 9728.
//! - [`Resource`] is another resource of the same worker, with tokens and metadata of its own.
//! - `mcp`, a feature, is an MCP server behind the guard.
//! - [`Protection`] is the guard with its settings and caches, for a worker with a route table of its own.
//!
//! ```
//! use guarded_worker::{Answer, Api, Call, Needs, Protected, ScopeInfo, HandlerFuture, Service};
//!
//! const READ: ScopeInfo = ScopeInfo::new("read:notes", "Read your notes");
//!
//! static API: Api = Api::new("Notes", &[Service {
//!     name: "notes",
//!     scopes: &[READ],
//!     routes: &[Protected::get("/notes", Needs::scope(&READ), notes)],
//! }]);
//!
//! fn notes<'a>(call: &'a Call<'a>) -> HandlerFuture<'a> {
//!     Box::pin(async move { Ok(Answer::json(200, &[call.access.subject()])) })
//! }
//!
//! // The worker's own part, under `#[event(fetch)]`:
//! use worker::{Context, Env, Request, Response, Result};
//! async fn fetch(request: Request, env: Env, context: Context) -> Result<Response> {
//!     guarded_worker::serve(&API, request, env, context).await
//! }
//! ```
//!
//! A route that says nothing about what it needs does not compile:
//!
//! ```compile_fail,E0061
//! # use guarded_worker::{Answer, Call, Protected, HandlerFuture};
//! # fn notes<'a>(_: &'a Call<'a>) -> HandlerFuture<'a> { Box::pin(async { Ok(Answer::empty(204)) }) }
//! const ROUTE: Protected = Protected::get("/notes", notes);
//! ```
//!
//! Nor does a handler that could be called without the guard:
//!
//! ```compile_fail,E0308
//! # use guarded_worker::{Answer, Incoming, Needs, Protected, HandlerFuture};
//! fn open<'a>(request: &'a Incoming) -> HandlerFuture<'a> {
//!     Box::pin(async move { Ok(Answer::empty(204)) })
//! }
//! const ROUTE: Protected = Protected::get("/notes", Needs::TOKEN, open);
//! ```
//!
//! Nor can a handler be called with what no guard has made:
//!
//! ```compile_fail,E0451
//! # use guarded_worker::{Access, Call, Incoming};
//! fn forged<'a>(access: &'a Access, request: &'a Incoming, env: &'a worker::Env) -> Call<'a> {
//!     Call { access, request, env, guard: unreachable!(), ports: unreachable!() }
//! }
//! ```

mod call;
#[cfg(feature = "mcp")]
pub mod mcp;
mod open;
mod ports;
mod protection;
mod resource;
mod router;
mod service;
mod settings;

pub use call::{Call, Handler, HandlerFuture, Later};
#[cfg(feature = "d1")]
pub use edge::d1;
pub use edge::now;
pub use oauth_core::Fault;
pub use oauth_core::http::{Answer, Headers, Incoming, Method};
pub use oauth_core::scope::Scope;
pub use oauth_guard::{Access, Denied};
pub use open::Check;
pub use protection::Protection;
pub use resource::Resource;
pub use router::{answer, serve};
pub use service::{Api, Needs, Protected, ScopeInfo, Service};
