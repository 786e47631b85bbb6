//! How a machine reaches a grant: the call to its object, retried where that does no harm; or what a broken
//! design would do.

use std::{cell::RefCell, rc::Rc, time::Duration};

use oauth_core::{
    Fault, UnixTime,
    lifecycle::{
        grant::{Call, Command, EndedWhen, GrantKind, Reply},
        object::{ObjectKind, Remote, ask as ask_object, read, run, write},
        person::{self, Act, CloseSession, EndAll, EndGrant, EndOf, Extent, PersonKind},
    },
    refusal::Refusal,
};
use oauth_server::{Mint, grant_host, person_host};

use crate::{
    design::Design,
    grant_host::{Hosted, InKv, key},
    machine::Machine,
    object::{self, Object, SharedFate},
    oracle::{Acted, Write},
    storage::{Kind, Storage, Stored},
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

/// Calls the object, as `edge` does: a second time where the first answer was lost and asking twice is like asking once.
async fn retried(machine: &Machine, call: Call) -> Result<Reply, Fault> {
    let object = Route {
        machine,
        object: machine.world.grant_object(&call.id),
        kind: Kind::Grant,
        fate: &machine.fate,
    };
    match machine.world.design {
        Design::EveryCallIsRetried => ask_object::<Retried>(&object, &call).await,
        _ => ask_object::<GrantKind>(&object, &call).await,
    }
}

/// A grant's object, every call to which may be repeated.
enum Retried {}

impl ObjectKind for Retried {
    const BINDING: &'static str = "GRANT";
    const WHAT: &'static str = "object.grant";
    type Command = Call;
    type Reply = Reply;

    fn is_idempotent(_: &Call) -> bool {
        true
    }
}

/// The way from a machine to an object.
pub(crate) struct Route<'a> {
    pub(crate) machine: &'a Machine,
    pub(crate) object: Rc<Object<Stored>>,
    pub(crate) kind: Kind,
    pub(crate) fate: &'a SharedFate,
}

impl Remote for Route<'_> {
    async fn send(&self, command: &str, limit: Duration) -> Result<String, Fault> {
        let (Machine { world, request, .. }, fate) = (self.machine, self.fate);
        let patience = i64::try_from(limit.as_secs()).unwrap_or(i64::MAX);
        let work = || {
            let storage = Storage {
                world: Rc::clone(world),
                object: Rc::clone(&self.object),
                kind: self.kind,
                fate: Rc::clone(fate),
                request: *request,
            };
            serve(storage, command.to_owned())
        };
        let (scheduler, object) = (&world.scheduler, &self.object);
        let answer = object::call(scheduler, object, (fate, patience), work).await;
        if let Err(fault) = &answer {
            scheduler.note(|| format!("no answer of {}: {fault}", self.object.name));
            world.oracle.troubled(*request);
        }
        answer
    }
}

/// What an object does with a command, JSON in, JSON out.
async fn serve(storage: Storage, command: String) -> Result<String, Fault> {
    match storage.kind {
        Kind::Grant => {
            let call = read::<GrantKind>(&command)?;
            let reply = Hosted { storage, call }.serve().await?;
            write::<GrantKind>(&reply)
        }
        Kind::Person => {
            let command = read::<PersonKind>(&command)?;
            let is_an_end = command.is_an_end();
            let (before, act) = (storage.object.load(), act_of(&command));
            let reply = run::<PersonKind>(&storage, command, storage.now())?;
            if let Some((act, ended)) = act
                && !Rc::ptr_eq(&before, &storage.object.load())
            {
                let fate = SharedFate::default();
                storage.object.share(&fate, storage.world.moment());
                storage.world.oracle.acted(Acted {
                    act,
                    ended,
                    at: storage.now().0,
                    fate,
                });
            }
            // A search sees whole what follows from requests alone.
            if is_an_end && !storage.world.scheduler.choices.is_scripted() {
                storage.object.settle(&storage.world.scheduler).await;
                let machine = Machine::within(&storage.world, &storage.object);
                let (aside, context) = (storage.aside(), machine.context());
                let turn = storage.object.turn(&storage.world.scheduler).await;
                let announced = person_host::announce(&aside, &context, turn).await;
                if announced.is_err() {
                    storage.world.oracle.troubled(storage.request);
                }
            }
            write::<PersonKind>(&reply)
        }
        Kind::Other(plain) => (plain.call)(&storage, &command, storage.now()),
    }
}

/// The act that a command says it is, and what it ends.
fn act_of(command: &person::Command) -> Option<(Act, Extent)> {
    let (act, ended) = match command.clone() {
        person::Command::EndAll(EndAll { act, .. }) => (act, Extent::Everything),
        person::Command::EndOf(EndOf { client_id, act, .. }) => (act, Extent::Client(client_id)),
        person::Command::End(EndGrant { grant, act, .. }) => (act, Extent::Grant(grant)),
        person::Command::Close(CloseSession { act, .. }) => (act, Extent::Session),
        _ => return None,
    };
    Some((act?, ended))
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
        let write = Write::Lasting("a grant");
        world.oracle.writes(machine.request, write);
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
