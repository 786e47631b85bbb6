//! The authorization server's worker: adapters only.
