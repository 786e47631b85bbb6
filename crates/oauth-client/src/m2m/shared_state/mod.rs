//! The state that all isolates of one client share: its peers' breakers, the lease of the renewal, the sealed token.
//!
//! Isolates come and go, and without it several would renew at once. It is one function, [`step`], over plain data,
//! hosted by anything that stores a record and serializes commands. It sees only the sealed token, not the key, and no
//! decision lasts: a holder that does not answer loses the lease, and a client that cannot reach the shared state
//! continues on its own.

mod command;
mod fallback;
mod state;

#[cfg(test)]
mod tests;

pub use command::{Admission, Answer, AttemptOutcome, Change, Command, Reply, SealedToken, View};
pub(super) use fallback::Fallback;
pub use state::{State, step};
