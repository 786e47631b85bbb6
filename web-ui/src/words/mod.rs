//! Every text that a person reads, one file a language. The pages name the text, never spell it.

pub(crate) mod en;
