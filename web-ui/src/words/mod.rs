//! Every text that a person reads, one folder a language. The pages name the text, never spell it.

pub(crate) mod en;
