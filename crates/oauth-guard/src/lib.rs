//! The guard of a resource server: bearer credentials (RFC 6750), JWT access tokens (RFC 9068), opaque ones by
//! introspection (RFC 7662), tombstones of what was revoked, refusals that say what a client has to do next (RFC 6750 §3,
//! RFC 9728 §5).
//!
//! - [`jwt`] checks JWTs, [`opaque`] asks about opaque tokens, [`binding`] about the key that a token is bound to.
//! - [`Guard`] turns a request's headers into an [`Access`], which nothing else can make. A route that takes an `Access`
//!   cannot forget to ask for one.
//! - [`Config`] says whose tokens it takes, for which resource, and how strictly.
//! - [`Ports`] and the traits beside it are what a platform provides: keys, introspection, tombstones, clocks.
//! - [`Denied`] is the reason for a refusal, and the answer to it.
//! - [`ProtectedResource`] is the metadata that the configuration amounts to.
//!
//! Workers use it through `guarded-worker`. Alone, a configuration already describes the resource server:
//!
//! ```
//! use oauth_guard::{Config, Dpop, ProtectedResource};
//!
//! let config = Config {
//!     dpop: Dpop::Required,
//!     ..Config::new("https://as.example", "https://api.example")
//! };
//! let scopes = [("notes:read", "Read your notes")];
//! let metadata = serde_json::to_value(ProtectedResource::new(&config, "Notes", &scopes))?;
//! assert_eq!(metadata["authorization_servers"][0], "https://as.example");
//! assert_eq!(metadata["dpop_bound_access_tokens_required"], true);
//! # Ok::<(), serde_json::Error>(())
//! ```
#![expect(
    async_fn_in_trait,
    reason = "ports are implemented inside one thread: futures need not be Send"
)]

mod access;
mod binding;
mod config;
mod credentials;
mod denied;
mod guard;
mod introspection;
mod jwt;
mod key_cache;
mod key_copy;
mod metadata;
mod opaque;
mod peer;
mod ports;
mod proof_memory;
mod shared_request;
mod step_up;
mod timeout;
mod token_memory;
mod tombstones;

pub use access::Access;
pub use config::{ClientRate, Config, Dpop, JwtRevocation, KeptKeys, OpaqueForm, OpaqueTokens};
pub use denied::{Denied, ProofProblem, TokenProblem};
pub use guard::Guard;
pub use metadata::ProtectedResource;
pub use ports::{
    Certificate, Introspection, KeyCopies, KeySource, OpaquePorts, Ports, ProofHash, Proofs,
    RateLimits, Reply, Timer, Tombstones,
};
pub use proof_memory::ProofMemory;
pub use step_up::StepUp;
