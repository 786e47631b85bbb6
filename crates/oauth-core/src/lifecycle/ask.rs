//! Commands with replies of their own.

use crate::Fault;

/// A command to a lifecycle, with the replies that this command can have.
///
/// `Command` and `Reply` are what travels to the object that hosts the lifecycle.
pub trait Ask<Command, Reply>: Into<Command> {
    /// The replies to this command.
    type Reply;

    /// Narrows the reply that arrived; `None` for one that this command cannot have.
    fn reply(reply: Reply) -> Option<Self::Reply>;

    /// The same, with a fault for a reply that this command cannot have; `what` names the object in the log.
    fn narrow(reply: Reply, what: &'static str) -> Result<Self::Reply, Fault> {
        Self::reply(reply).ok_or_else(|| Fault::new(what, "unexpected reply from the object"))
    }
}

/// Makes a type a command: the variant that it becomes, its replies, and the arms that narrow them. `Command` and `Reply`
/// are those in scope. A reply of any other command is `None` here, and nowhere else has to be considered.
#[macro_export]
macro_rules! ask {
    ($command:ty => $into:expr, $reply:ty, { $($arm:pat => $value:expr),+ $(,)? }) => {
        impl From<$command> for Command {
            fn from(command: $command) -> Self {
                $into(command)
            }
        }

        impl $crate::lifecycle::ask::Ask<Command, Reply> for $command {
            type Reply = $reply;

            fn reply(reply: Reply) -> Option<Self::Reply> {
                match reply {
                    $($arm => Some($value),)+
                    _ => None,
                }
            }
        }
    };
}

pub use ask;
