//! Users and clients, as they are disabled and enabled.

use super::Oracle;
use crate::object::Moment;

/// A time during which a user or a client is disabled.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Disabled {
    /// The username or the client's id.
    pub(crate) who: &'static str,
    pub(crate) from: Moment,
    pub(crate) until: Option<Moment>,
}

impl Oracle {
    /// A user or a client is disabled.
    pub fn disabled(&self, who: &'static str, from: Moment) {
        self.disabled.borrow_mut().push(Disabled {
            who,
            from,
            until: None,
        });
    }

    /// They are enabled again.
    pub fn enabled(&self, who: &str, at: Moment) {
        for span in self.disabled.borrow_mut().iter_mut() {
            if span.who == who && span.until.is_none() {
                span.until = Some(at);
            }
        }
    }

    /// Whether they were not disabled at a moment, nor before.
    pub(crate) fn was_enabled(&self, who: &str, at: i64) -> bool {
        let disabled = self.disabled.borrow();
        let mut theirs = disabled.iter().filter(|span| span.who == who);
        theirs.all(|span| span.from.1 > at)
    }
}
