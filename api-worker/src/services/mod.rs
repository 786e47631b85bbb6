//! What the API offers, one service a file. A service states its scope in its first line.

pub(crate) mod data;
pub(crate) mod introspection;
pub(crate) mod posts;
pub(crate) mod profile;
pub(crate) mod protected;
pub(crate) mod students;
pub(crate) mod update;
pub(crate) mod users;
