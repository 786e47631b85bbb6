//! How a machine reaches a person's object: the production steps over rows in memory; or what a broken design
//! would do.

use std::rc::Rc;

use oauth_core::{
    Fault,
    id::UserId,
    lifecycle::{
        person::{self, Command, Mark, Register, Reply},
        rows,
    },
};

use crate::{design::Design, machine::Machine, object, scheduler::UNGROUPED};

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

/// Asks twice where the first answer was lost: that is always like asking once.
async fn retried(machine: &Machine, user_id: &UserId, command: Command) -> Result<Reply, Fault> {
    match once(machine, user_id, &command).await {
        Err(_) if command.is_idempotent() => {
            machine.world.oracle.troubled(machine.request);
            once(machine, user_id, &command).await
        }
        answer => answer,
    }
}

async fn once(machine: &Machine, user_id: &UserId, command: &Command) -> Result<Reply, Fault> {
    let world = &machine.world;
    let object = world.person_object(user_id);
    object::call(&world.scheduler, &object, &machine.fate, || {
        let (world, object, command) = (Rc::clone(world), Rc::clone(&object), command.clone());
        let (fate, request) = (Rc::clone(&machine.fate), machine.request);
        async move {
            let now = object.now(&world.scheduler);
            let mut rows = object.load();
            let step = person::step(&rows, command, now)?;
            if !step.changes.is_empty() {
                rows::apply(&mut rows, step.changes);
                let moment = world.moment();
                world.oracle.writes(request, "a person");
                object.save(rows, &fate, moment);
            }
            Ok(step.reply)
        }
    })
    .await
}
