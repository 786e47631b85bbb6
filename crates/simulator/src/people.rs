//! How a machine reaches a person's object: as in production, or as a broken design would.

use oauth_core::{
    Fault,
    id::UserId,
    lifecycle::{
        object::ask as ask_object,
        person::{Command, Mark, PersonKind, Register, Reply},
    },
};

use crate::{design::Design, machine::Machine, scheduler::UNGROUPED, storage::Kind, stub::Route};

/// Sends a command to a person's object.
pub(crate) async fn ask(
    machine: &Machine,
    user_id: &UserId,
    command: Command,
) -> Result<Reply, Fault> {
    match (machine.world.design, command) {
        (Design::IndexedAfterTheCode, command @ Command::Register(_)) => {
            let later = Machine::new(&machine.world, machine.request);
            let user_id = user_id.clone();
            machine.world.scheduler.spawn(UNGROUPED, async move {
                let _late = retried(&later, &user_id, command).await;
            });
            Ok(Reply::Done)
        }
        (Design::EndsNotCounted, Command::Register(Register { entry, .. })) => {
            let mark = mark(machine, user_id).await?;
            retried(
                machine,
                user_id,
                Command::Register(Register { entry, mark }),
            )
            .await
        }
        (_, command) => retried(machine, user_id, command).await,
    }
}

async fn mark(machine: &Machine, user_id: &UserId) -> Result<Mark, Fault> {
    match retried(machine, user_id, Command::Mark).await? {
        Reply::Marked(mark) => Ok(mark),
        _ => Err(Fault::new("person.mark", "no mark")),
    }
}

async fn retried(machine: &Machine, user_id: &UserId, command: Command) -> Result<Reply, Fault> {
    let object = Route {
        machine,
        object: machine.world.person_object(user_id),
        kind: Kind::Person,
        fate: &machine.fate,
    };
    ask_object::<PersonKind>(&object, &command).await
}
