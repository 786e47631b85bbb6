//! The authorization server's endpoints, over ports.
