//! The machine-to-machine token source.
