//! How a machine reaches a grant: the call to its object, retried where that does no harm; or what a broken
//! design would do.

use std::{cell::RefCell, rc::Rc};

use oauth_core::{
    Fault, UnixTime,
    lifecycle::grant::{Call, Command, EndedWhen, Reply},
    refusal::Refusal,
};
use oauth_server::{Mint, grant_host};

use crate::{
    design::Design,
    grant_host::{Hosted, InKv, key},
    machine::Machine,
    object,
};

/// Puts a call to its grant.
pub(crate) async fn ask(machine: &Machine, call: Call) -> Result<Reply, Fault> {
    match (machine.world.design, &call.command) {
        (Design::GrantsInKv, _) => in_kv(machine, &call).await,
        (Design::IntrospectionFromKv, Command::Check(_)) => checked_in_kv(machine, call).await,
        (Design::TombstoneInsteadOfCommit, Command::Check(_) | Command::Revoke(_)) => {
            buried(machine, call).await
        }
        (Design::IntrospectionFromKv, Command::Revoke(_)) => {
            let reply = retried(machine, call.clone()).await?;
            if matches!(reply, Reply::Refused(_)) {
                return Ok(reply);
            }
            let world = &machine.world;
            let _lost = world
                .kv
                .write(&world.scheduler, &key(&call.id), "over")
                .await;
            Ok(reply)
        }
        _ => retried(machine, call).await,
    }
}

/// Calls the object, a second time where the first answer was lost and asking twice is like asking once.
async fn retried(machine: &Machine, call: Call) -> Result<Reply, Fault> {
    let again = call.command.is_idempotent() || machine.world.design == Design::EveryCallIsRetried;
    match once(machine, &call).await {
        Err(fault) if again => {
            machine
                .world
                .scheduler
                .note(|| format!("asks again after: {fault}"));
            machine.world.oracle.troubled(machine.request);
            once(machine, &call).await
        }
        answer => answer,
    }
}

async fn once(machine: &Machine, call: &Call) -> Result<Reply, Fault> {
    let world = &machine.world;
    let object = world.grant_object(&call.id);
    object::call(&world.scheduler, &object, &machine.fate, || {
        let hosted = Hosted {
            world: Rc::clone(world),
            object: Rc::clone(&object),
            fate: Rc::clone(&machine.fate),
            request: machine.request,
            call: call.clone(),
        };
        hosted.serve()
    })
    .await
}

/// A fault, reported as a refusal.
pub(crate) fn told_as_no(call: &Call) -> Reply {
    match call.command {
        Command::Redeem(_) => Reply::Refused(Refusal::CodeUnknown),
        Command::Refresh(_) => Reply::Refused(Refusal::RefreshTokenUnknown),
        _ => Reply::Absent,
    }
}

/// The whole grant is a record in KV.
async fn in_kv(machine: &Machine, call: &Call) -> Result<Reply, Fault> {
    let world = &machine.world;
    let key = key(&call.id);
    let before = world.kv.read(&world.scheduler, &key).await?;
    let before = before.map(|text| text.as_ref().to_owned());
    let record = InKv(RefCell::new(before.clone()));
    let context = machine.context();
    let mint = Mint {
        context: &context,
        grant: &call.id,
    };
    let now = UnixTime(world.scheduler.now());
    let reply = grant_host::run_command(&record, &mint, call, || now).await?;
    let after = record.0.into_inner();
    if after != before
        && let Some(after) = after
    {
        world.oracle.writes(machine.request, "a grant");
        world.kv.write(&world.scheduler, &key, &after).await?;
    }
    Ok(reply)
}

/// An earlier check, reused.
async fn checked_in_kv(machine: &Machine, call: Call) -> Result<Reply, Fault> {
    let world = &machine.world;
    let key = key(&call.id);
    match world.kv.read(&world.scheduler, &key).await?.as_deref() {
        Some("over") => return Ok(Reply::Absent),
        Some(text) => {
            if let Ok(reply) = serde_json::from_str(text) {
                return Ok(reply);
            }
        }
        None => {}
    }
    let reply = retried(machine, call).await?;
    if let (Reply::Alive(_), Ok(text)) = (&reply, serde_json::to_string(&reply)) {
        let _lost = world.kv.write(&world.scheduler, &key, &text).await;
    }
    Ok(reply)
}

/// An end is a note in KV, and every check looks there.
async fn buried(machine: &Machine, call: Call) -> Result<Reply, Fault> {
    let world = &machine.world;
    let key = key(&call.id);
    if matches!(call.command, Command::Revoke(_)) {
        world.kv.write(&world.scheduler, &key, "over").await?;
        return Ok(Reply::Ended {
            user_id: None,
            until: UnixTime(world.scheduler.now() + 300),
            when: EndedWhen::Now,
        });
    }
    if world.kv.read(&world.scheduler, &key).await?.is_some() {
        return Ok(Reply::Absent);
    }
    retried(machine, call).await
}
