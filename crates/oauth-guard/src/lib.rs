//! What a resource server needs to accept an access token: bearer credentials (RFC 6750), JWT access
//! tokens (RFC 9068), opaque ones by introspection (RFC 7662), tombstones of what was revoked, refusals that
//! tell a client what to do next (RFC 6750 §3, RFC 9728 §5).
//!
//! A [`Guard`] turns a request's headers into an [`Access`], which nothing else can make. A route that
//! takes an `Access` cannot forget to ask for one.
#![expect(
    async_fn_in_trait,
    reason = "ports are implemented inside one thread: futures need not be Send"
)]

mod access;
mod credentials;
mod denied;
mod guard;
mod introspection;
mod key_cache;
mod metadata;
mod opaque;
mod token_memory;
mod tombstones;

pub use access::Access;
pub use denied::{Denied, TokenProblem};
pub use guard::{Config, Guard, JwtRevocation, OpaqueTokens, Sources};
pub use introspection::Introspection;
pub use key_cache::KeySource;
pub use metadata::ProtectedResource;
pub use tombstones::Tombstones;
