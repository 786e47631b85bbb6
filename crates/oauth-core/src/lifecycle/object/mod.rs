//! Objects: each hosts one lifecycle. How they are called, and their storage.
//!
//! A lifecycle says in its own file which object hosts it, and how ([`Hosted`]). The platform's class, the port of the
//! endpoints and the stores of the tests follow from that.

mod memory;
pub mod record;
pub mod remote;
pub mod rows;

use from_json::FromJson;
use serde::Serialize;

use super::rows::{Change, Rows};
use crate::{Fault, UnixTime};

pub use self::{
    memory::MemoryStore,
    record::{InRecord, Lifecycle},
    remote::{Remote, ask},
    rows::{InRows, Sweeping},
};

/// An object as its callers know it.
pub trait ObjectKind {
    /// The binding of the object's class.
    const BINDING: &'static str;
    /// The name of a call to it in the log.
    const WHAT: &'static str;
    /// A command.
    type Command: Serialize + FromJson;
    /// A reply.
    type Reply: Serialize + FromJson;

    /// Whether asking twice is like asking once, so that a call whose answer was lost may be repeated.
    fn is_idempotent(command: &Self::Command) -> bool;
}

/// An object that hosts its lifecycle and does nothing else.
pub trait Hosted: ObjectKind + Sized {
    /// How its state is stored.
    type Host: Host<Self>;
}

/// A way to store the state of a lifecycle: [`InRecord`] or [`InRows`].
pub trait Host<K: ObjectKind> {
    /// Runs a command and stores the change that follows from it.
    fn run(store: &impl Store, command: K::Command, now: UnixTime) -> Result<K::Reply, Fault>;

    /// Deletes what has had its time.
    fn on_alarm(store: &impl Store, now: UnixTime) -> Result<Woken, Fault>;
}

/// Runs a command and stores the change that follows from it.
pub fn run<K: Hosted>(
    store: &impl Store,
    command: K::Command,
    now: UnixTime,
) -> Result<K::Reply, Fault> {
    K::Host::run(store, command, now)
}

/// Runs a command, JSON in, JSON out.
pub fn call<K: Hosted>(store: &impl Store, command: &str, now: UnixTime) -> Result<String, Fault> {
    write::<K>(&run::<K>(store, read::<K>(command)?, now)?)
}

/// Deletes what has had its time.
pub fn on_alarm<K: Hosted>(store: &impl Store, now: UnixTime) -> Result<Woken, Fault> {
    K::Host::on_alarm(store, now)
}

/// The storage of an object. All of it is synchronous, so no other call sees a state between
/// a reading and the writing that follows from it.
pub trait Store: Rows {
    /// Makes all of the changes, or none.
    fn commit(&self, changes: &[Change]) -> Result<(), Fault>;
    /// Asks to be woken at a time, in place of any asked for before.
    fn wake_at(&self, time: UnixTime) -> Result<(), Fault>;
}

/// The work that is left when an object is woken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Woken {
    /// Nothing is worth keeping: delete it all.
    Forget,
    /// Not yet: it has asked to be woken again.
    Stays,
}

/// The pause after an alarm that has failed, in seconds.
const AFTER_FAULT: i64 = 600;

/// Asks for another alarm after one that has failed: the platform repeats it some times within minutes and then gives up,
/// and what the object has promised would be forgotten.
pub fn wake_after_fault(store: &impl Store, now: UnixTime) -> Result<(), Fault> {
    store.wake_at(now.plus(AFTER_FAULT))
}

/// Reads a command as its object gets it. What could not be read is not quoted: it may hold a verifier.
pub fn read<H: ObjectKind>(command: &str) -> Result<H::Command, Fault> {
    from_json::from_str(command).map_err(|_| Fault::new(H::WHAT, "the command cannot be read"))
}

/// Writes a reply as its object gives it.
pub fn write<H: ObjectKind>(reply: &H::Reply) -> Result<String, Fault> {
    serde_json::to_string(reply).map_err(|_| Fault::new(H::WHAT, "the reply cannot be written"))
}
