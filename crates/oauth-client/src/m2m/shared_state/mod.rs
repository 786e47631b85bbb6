//! What all isolates that serve one client share: its peers' breakers, the lease of the renewal, the sealed token.
//!
//! Isolates come and go, and several renew at once if nobody tells them. The board is one place that does: one
//! function, [`step`], over plain data, hosted by whatever can keep a record and put one command at a time to it.
//! It never sees a token, only what was sealed by those who share the key, and it never decides for long: a holder
//! that does not answer loses the lease, and a client that cannot reach the board goes on by itself.

mod command;
mod fallback;
mod state;

#[cfg(test)]
mod tests;

pub use command::{Admission, Answer, AttemptOutcome, Change, Command, Reply, SealedToken, View};
pub(super) use fallback::Fallback;
pub use state::{State, step};
