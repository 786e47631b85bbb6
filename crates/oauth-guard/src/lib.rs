//! What a resource server needs to accept an access token: bearer credentials (RFC 6750), JWT access
//! tokens (RFC 9068), refusals that tell a client what to do next (RFC 6750 §3, RFC 9728 §5).
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
mod key_cache;
mod metadata;
mod token_cache;

pub use access::Access;
pub use denied::{Denied, TokenProblem};
pub use guard::{Config, Guard};
pub use key_cache::KeySource;
pub use metadata::ProtectedResource;
