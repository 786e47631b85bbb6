//! How a caller reaches an object: how long it waits, and when it asks again.

use std::time::Duration;

use super::ObjectKind;
use crate::Fault;

/// How long a caller waits for one answer.
pub const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// An object, as a caller reaches it.
pub trait Remote {
    /// Sends a command once, as JSON, and returns the reply. No answer within `limit` is a fault, whatever became of the
    /// command.
    async fn send(&self, command: &str, limit: Duration) -> Result<String, Fault>;
}

/// Sends a command to an object. If no answer comes, it is sent once more, where sending it twice is like sending it
/// once.
pub async fn ask<K: ObjectKind>(
    remote: &impl Remote,
    command: &K::Command,
) -> Result<K::Reply, Fault> {
    let text = serde_json::to_string(command).map_err(|error| Fault::new(K::WHAT, error))?;
    let reply = match remote.send(&text, ANSWER_WITHIN).await {
        Err(_) if K::is_idempotent(command) => remote.send(&text, ANSWER_WITHIN).await,
        reply => reply,
    };
    from_json::from_str(&reply?).map_err(|_| Fault::new(K::WHAT, "the reply cannot be read"))
}

#[cfg(test)]
mod tests {
    use std::{
        cell::{Cell, RefCell},
        future::Future,
        pin::pin,
        task::{Context, Poll, Waker},
    };

    use super::*;

    /// Doubles a number; even numbers may be sent twice.
    struct Doubling;

    impl ObjectKind for Doubling {
        const BINDING: &'static str = "DOUBLING";
        const WHAT: &'static str = "object.doubling";
        type Command = u8;
        type Reply = u8;

        fn is_idempotent(command: &u8) -> bool {
            command.is_multiple_of(2)
        }
    }

    /// Loses the first answers.
    struct Lossy {
        lost: Cell<u8>,
        sent: RefCell<Vec<String>>,
    }

    impl Remote for Lossy {
        async fn send(&self, command: &str, _: Duration) -> Result<String, Fault> {
            self.sent.borrow_mut().push(command.to_owned());
            match self.lost.get() {
                0 => Ok(command.to_owned()),
                left => {
                    self.lost.set(left - 1);
                    Err(Fault::new("lossy", "no answer in time"))
                }
            }
        }
    }

    fn asked(command: u8, lost: u8) -> (Result<u8, Fault>, usize) {
        let remote = Lossy {
            lost: Cell::new(lost),
            sent: RefCell::default(),
        };
        let reply = {
            let asking = pin!(ask::<Doubling>(&remote, &command));
            match asking.poll(&mut Context::from_waker(Waker::noop())) {
                Poll::Ready(reply) => reply,
                Poll::Pending => panic!("it waits for nothing"),
            }
        };
        (reply, remote.sent.into_inner().len())
    }

    #[test]
    fn a_lost_answer_is_asked_for_once_more_where_that_does_no_harm() {
        assert!(matches!(asked(4, 0), (Ok(4), 1)));
        assert!(matches!(asked(4, 1), (Ok(4), 2)));
        assert!(matches!(asked(4, 2), (Err(_), 2)));
        assert!(matches!(asked(3, 1), (Err(_), 1)));
    }
}
