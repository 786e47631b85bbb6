//! The state that all isolates of one client share: its peers' breakers, the lease of the renewal, the sealed token.
//!
//! Isolates come and go, and without it several would renew at once. It is one function, [`step`], over plain data,
//! hosted by anything that stores a record and serializes commands. It sees only the sealed token, not the key, and no
//! decision lasts: a holder that does not answer loses the lease, and a client that cannot reach the shared state
//! continues on its own.

mod command;
mod fallback;
mod reply;
mod state;

#[cfg(test)]
mod tests;

pub use command::{
    Admit, AttemptOutcome, Command, Forget, GiveUp, Keep, Look, Report, SealedToken, Want,
};
pub(super) use fallback::Fallback;
pub use reply::{Admission, Answer, Change, Overtaken, Reply, View, WantReply};
pub use state::{State, step};
