//! D1 and KV, and the copies that an isolate keeps of them for a while.

pub(crate) mod access_tokens;
pub(crate) mod audit;
mod budget;
pub(crate) mod clients;
pub(crate) mod consents;
mod copies;
pub(crate) mod documents;
pub(crate) mod endings;
pub(crate) mod key_rotation;
mod key_rows;
pub(crate) mod keys;
pub(crate) mod log;
pub(crate) mod rates;
pub(crate) mod registrations;
pub(crate) mod scope_descriptions;
pub(crate) mod tombstones;
pub(crate) mod users;
