//! Asking the authorization server: with a deadline, and not while it keeps failing.

use std::cell::Cell;
use std::future::Future;

use oauth_core::breaker::{Breaker, PeerFailed};
use oauth_core::http::RETRY_AFTER_SECONDS;
use oauth_core::{Fault, UnixTime};

use crate::denied::Denied;
use crate::ports::{Reply, Timer};
use crate::timeout::with_timeout;

/// How long an answer may take.
const DEADLINE_MS: u32 = 2_500;
/// The same in whole seconds, for when one that took too long has ended.
const DEADLINE: i64 = 3;

/// Why there is no answer, and when it is worth a try.
#[derive(Clone, Debug)]
pub(crate) struct Unanswered {
    pub(crate) fault: Fault,
    pub(crate) seconds: i64,
}

impl From<Fault> for Unanswered {
    fn from(fault: Fault) -> Self {
        Self {
            fault,
            seconds: RETRY_AFTER_SECONDS,
        }
    }
}

impl From<Unanswered> for Denied {
    fn from(unanswered: Unanswered) -> Self {
        Self::Unavailable {
            fault: unanswered.fault,
            seconds: unanswered.seconds,
        }
    }
}

/// One endpoint of the authorization server. Each has its own breaker: that one fails says little of the other.
#[derive(Debug)]
pub(crate) struct Peer {
    what: &'static str,
    breaker: Cell<Breaker>,
}

impl Peer {
    /// One that has not failed. `what` is the word for the log.
    pub(crate) fn new(what: &'static str) -> Self {
        Self {
            what,
            breaker: Cell::default(),
        }
    }

    /// The body of a 200.
    pub(crate) async fn ask(
        &self,
        timer: &impl Timer,
        question: impl Future<Output = Result<Reply, Fault>>,
        now: UnixTime,
    ) -> Result<Vec<u8>, Unanswered> {
        let (next, pass) = self.breaker.get().admit(now);
        self.breaker.set(next);
        let pass = pass.map_err(|held| Unanswered {
            fault: self.fault("left alone, it failed", held.reason),
            seconds: held.seconds,
        })?;
        let heard = with_timeout(timer, DEADLINE_MS, question).await;
        let (outcome, ended) = match &heard {
            None => (Err(PeerFailed::TimedOut), now.plus(DEADLINE)),
            Some(Err(_)) => (Err(PeerFailed::Unreachable), now),
            Some(Ok(reply)) if reply.status >= 500 => (Err(PeerFailed::ServerError), now),
            Some(Ok(_)) => (Ok(()), now),
        };
        let settled = self.breaker.get().settle(pass, outcome, ended);
        self.breaker.set(settled);
        let fault = match heard {
            None => self.fault("no answer in time", PeerFailed::TimedOut),
            Some(Err(fault)) => fault,
            Some(Ok(reply)) => match reply.answer(self.what) {
                Ok(body) => return Ok(body),
                Err(fault) => fault,
            },
        };
        Err(Unanswered {
            fault,
            seconds: settled.opens_in(ended).unwrap_or(RETRY_AFTER_SECONDS),
        })
    }

    fn fault(&self, sentence: &str, reason: PeerFailed) -> Fault {
        let cause = format_args!("{sentence} ({})", reason.slug());
        Fault::new(self.what, cause)
    }
}
