//! The Durable Objects, one file each.
//!
//! To add one, write its file, list it here and bind its class in `wrangler.toml`.

pub(crate) mod caller_state;
pub(crate) mod run_history;

pub use caller_state::CallerState;
pub use run_history::RunHistory;
