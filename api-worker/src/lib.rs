//! The resource server's worker.
