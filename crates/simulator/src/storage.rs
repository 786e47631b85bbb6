//! The storage of an object, as the production hosts use it, and its alarm.

use std::{cell::Cell, rc::Rc};

use oauth_core::{
    Fault, UnixTime,
    lifecycle::{
        grant::Grant,
        object::{self, Hosted, ObjectKind as _, Store, Woken, wake_after_fault},
        rows::{self, Change, Rows},
        throttle::ThrottleKind,
    },
};
use oauth_server::{grant_host, person_host};

use crate::{
    machine::Machine,
    object::{Object, SharedFate},
    oracle::Write,
    world::World,
};

/// What an object has stored.
pub(crate) type Stored = Rc<rows::Memory>;

/// What an object hosts.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    Grant,
    Person,
    Other(Plain),
}

/// An object that hosts its lifecycle and does nothing else.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plain {
    pub(crate) call: fn(&Storage, &str, UnixTime) -> Result<String, Fault>,
    on_alarm: fn(&Storage, UnixTime) -> Result<Woken, Fault>,
}

impl Plain {
    pub(crate) fn of<K: Hosted>() -> Self {
        Self {
            call: object::call::<K>,
            on_alarm: object::on_alarm::<K>,
        }
    }
}

/// The storage of an object while it serves one command or alarm.
pub(crate) struct Storage {
    pub(crate) world: Rc<World>,
    pub(crate) object: Rc<Object<Stored>>,
    pub(crate) kind: Kind,
    pub(crate) fate: SharedFate,
    pub(crate) request: usize,
}

impl Rows for Storage {
    fn row(&self, key: &str) -> Result<Option<String>, Fault> {
        self.object.load().row(key)
    }

    fn rows(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, String)>, Fault> {
        self.object.load().rows(prefix, after, limit)
    }
}

impl Store for Storage {
    fn commit(&self, changes: &[Change]) -> Result<(), Fault> {
        let scheduler = &self.world.scheduler;
        if scheduler.strikes(40) {
            scheduler.note(|| format!("a write in {} fails", self.object.name));
            return Err(Fault::new("object.write", "the disk is full"));
        }
        let write = match (self.kind, self.object.name.split_once(' ')) {
            (Kind::Other(_), Some((ThrottleKind::WHAT, name))) => Write::Attempt(name),
            (Kind::Other(_), _) => Write::OneTime,
            (Kind::Grant | Kind::Person, _) => Write::Lasting(&self.object.name),
        };
        self.world.oracle.writes(self.request, write);
        scheduler.note(|| format!("{} commits for #{}", self.object.name, self.request));
        let before = self.object.load();
        let mut after = rows::Memory::clone(&before);
        rows::apply(&mut after, changes.to_vec());
        // A record that is only brought to this version is no effect of the request.
        let fate = match self.kind {
            Kind::Grant if is_only_brought_forward(&before, &after) => SharedFate::default(),
            Kind::Grant | Kind::Person | Kind::Other(_) => SharedFate::clone(&self.fate),
        };
        let now = self.world.moment();
        self.object.save(Rc::new(after), &fate, now);
        Ok(())
    }

    fn wake_at(&self, time: UnixTime) -> Result<(), Fault> {
        set_alarm(&self.world, &self.object, self.kind, time);
        Ok(())
    }
}

impl Storage {
    /// The same storage for what is no effect of the request.
    pub(crate) fn aside(&self) -> Self {
        Self {
            world: Rc::clone(&self.world),
            object: Rc::clone(&self.object),
            kind: self.kind,
            fate: SharedFate::default(),
            request: usize::MAX,
        }
    }

    pub(crate) fn now(&self) -> UnixTime {
        self.object.now(&self.world.scheduler)
    }
}

/// Whether a record says the same as before, in the form of this version.
fn is_only_brought_forward(before: &rows::Memory, after: &rows::Memory) -> bool {
    let grant = |rows: &rows::Memory| {
        let read = Grant::read_with_id(rows.get(rows::RECORD)?);
        read.ok().map(|(_, grant)| grant)
    };
    !before.is_empty() && version_of(before) < version_of(after) && grant(before) == grant(after)
}

/// The first member of a grant's record.
fn version_of(rows: &rows::Memory) -> Option<&str> {
    rows.get(rows::RECORD)?.split(',').next()
}

/// Asks the platform to wake the object, in place of an alarm that was asked for before.
fn set_alarm(world: &Rc<World>, object: &Rc<Object<Stored>>, kind: Kind, time: UnixTime) {
    let scheduler = &world.scheduler;
    // The object's clock, not the platform's, must show that time.
    let early = object.now(scheduler).0 - scheduler.now();
    let at = (time.0 - early).max(scheduler.now() + 1) + lateness(world);
    let alarm = Alarm {
        world: Rc::clone(world),
        object: Rc::clone(object),
        kind,
        is_over: Cell::new(false),
    };
    object.set_alarm(at);
    alarm.watch(at, at);
}

/// An alarm. The platform repeats one that was not finished, because its object was killed.
struct Alarm {
    world: Rc<World>,
    object: Rc<Object<Stored>>,
    kind: Kind,
    is_over: Cell<bool>,
}

impl Drop for Alarm {
    fn drop(&mut self) {
        if !self.is_over.replace(true) && !self.object.has_alarm() {
            let again = Self {
                world: Rc::clone(&self.world),
                object: Rc::clone(&self.object),
                kind: self.kind,
                is_over: Cell::new(false),
            };
            let at = self.world.scheduler.now() + REPEATED_AFTER;
            again.object.repeat_alarm(at);
            again.watch(at, at);
        }
    }
}

/// The seconds after which an alarm that was not finished is repeated.
const REPEATED_AFTER: i64 = 2;

impl Alarm {
    /// Looks at a moment whether the alarm is still set for `at`.
    fn watch(self, at: i64, next: i64) {
        let scheduler = Rc::clone(&self.world.scheduler);
        scheduler.spawn_at(next, async move {
            let scheduler = Rc::clone(&self.world.scheduler);
            if self.object.is_alarm(at) {
                scheduler.spawn(self.object.group(), ring(self));
            } else if self.object.may_return_to(at) {
                self.watch(at, scheduler.now() + 1);
            } else {
                self.is_over.set(true);
            }
        });
    }
}

/// By how many seconds an alarm is late: the lifetimes must hold where nothing has been deleted yet.
fn lateness(world: &World) -> i64 {
    let choices = &world.scheduler.choices;
    if choices.is_scripted() {
        return 0;
    }
    [0, 0, 1, 40, 600][choices.one_of(5)]
}

/// The alarm, in the object: as `edge` lets it run.
async fn ring(alarm: Alarm) {
    let (world, object, kind) = (&alarm.world, &alarm.object, alarm.kind);
    world.scheduler.note(|| format!("{} is woken", object.name));
    // Nothing leaves an object before its writes are durable: what the alarm announces cannot be undone.
    object.settle(&world.scheduler).await;
    let machine = Machine::within(world, object);
    let mut context = machine.context();
    context.now = object.now(&world.scheduler);
    let storage = Storage {
        world: Rc::clone(world),
        object: Rc::clone(object),
        kind,
        fate: SharedFate::default(),
        request: usize::MAX,
    };
    let woken = match kind {
        Kind::Grant => grant_host::on_alarm(&storage, &context, object.turns()).await,
        Kind::Person => person_host::on_alarm(&storage, &context, object.turns()).await,
        Kind::Other(plain) => (plain.on_alarm)(&storage, storage.now()),
    };
    match woken {
        Ok(Woken::Stays) => {}
        Ok(Woken::Forget) => {
            world
                .scheduler
                .note(|| format!("{} is deleted", object.name));
            object.clear_alarm();
            object.save(Stored::default(), &storage.fate, world.moment());
        }
        Err(fault) => {
            world
                .scheduler
                .note(|| format!("the alarm of {} fails: {fault}", object.name));
            let _set = wake_after_fault(&storage, storage.now());
        }
    }
    object.settle(&world.scheduler).await;
    alarm.is_over.set(true);
}
