//! The storage of an object, as the production hosts use it, and its alarm.

use std::rc::Rc;

use oauth_core::{
    Fault, UnixTime,
    lifecycle::{
        object::{Store, Woken, wake_after_fault},
        rows::{self, Change, Rows},
    },
};
use oauth_server::{grant_host, person_host};

use crate::{
    machine::Machine,
    object::{Object, SharedFate},
    world::World,
};

/// What an object has stored.
pub(crate) type Stored = Rc<rows::Memory>;

/// What an object hosts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Grant,
    Person,
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
        self.world.oracle.writes(self.request, &self.object.name);
        scheduler.note(|| format!("{} commits for #{}", self.object.name, self.request));
        let before = self.object.load();
        let mut after = rows::Memory::clone(&before);
        rows::apply(&mut after, changes.to_vec());
        // A record that is only brought to this version is no effect of the request.
        let fate = match self.kind {
            Kind::Grant if version_of(&before) < version_of(&after) && !before.is_empty() => {
                SharedFate::default()
            }
            Kind::Grant | Kind::Person => SharedFate::clone(&self.fate),
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
    object.set_alarm(at);
    let (world, object) = (Rc::clone(world), Rc::clone(object));
    scheduler.spawn_at(at, async move {
        if object.is_alarm(at) {
            let scheduler = Rc::clone(&world.scheduler);
            scheduler.spawn(object.group(), ring(world, object, kind));
        }
    });
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
async fn ring(world: Rc<World>, object: Rc<Object<Stored>>, kind: Kind) {
    world.scheduler.note(|| format!("{} is woken", object.name));
    let machine = Machine::new(&world, usize::MAX);
    let mut context = machine.context();
    context.now = object.now(&world.scheduler);
    let storage = Storage {
        world: Rc::clone(&world),
        object: Rc::clone(&object),
        kind,
        fate: SharedFate::default(),
        request: usize::MAX,
    };
    let woken = match kind {
        Kind::Grant => grant_host::on_alarm(&storage, &context).await,
        Kind::Person => person_host::on_alarm(&storage, &context).await,
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
}
