//! Durable Objects: each runs one thread, keeps what it has written, and can be reset at any moment.
//!
//! A write is visible at once inside the object, and is durable a little later; no answer leaves
//! the object before that (the output gate). An object that is killed forgets all that was not durable, and
//! everything that ran in it ends without an answer.

use std::{
    cell::{Cell, RefCell},
    future::Future,
    rc::Rc,
};

use oauth_core::{Fault, UnixTime};
use oauth_server::{Turn, Turns};

use crate::{
    channel::{Receiver, Sender},
    scheduler::{Group, Scheduler},
};

/// One object.
pub struct Object<S> {
    /// Its name in the trace.
    pub name: String,
    group: Group,
    durable: RefCell<S>,
    live: RefCell<S>,
    /// Those whose writes are not durable yet.
    unsettled: RefCell<Vec<(SharedFate, Moment)>>,
    gated: Cell<bool>,
    /// How far this object's clock is off, in seconds.
    offset: Cell<i64>,
    /// When it is to be woken.
    alarm: Cell<Option<i64>>,
    /// The same, if it is killed now: the platform keeps alarms with the rows, in one transaction.
    durable_alarm: Cell<Option<i64>>,
    /// Whose turn it is to announce.
    turns: Turns,
}

/// A step and a moment.
pub type Moment = (u64, i64);

/// What became of the calls of one request, as the platform knows it, whatever the server says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fate {
    /// Arrivals at objects that are not over: they may still write.
    pub pending: u32,
    /// One arrived twice.
    pub doubled: bool,
    /// An object could not finish its work: what it wrote before may be no effect of the request.
    pub failed: bool,
    /// How many of its writes are durable.
    pub writes: u32,
    /// When the first of them was made.
    pub first_write: Option<Moment>,
    /// When the last of them was made.
    pub last_write: Option<Moment>,
    /// When an object last decided on it.
    pub last_look: Option<Moment>,
}

impl Fate {
    fn wrote(&mut self, at: Moment) {
        self.writes += 1;
        self.first_write = Some(self.first_write.map_or(at, |first| first.min(at)));
        self.last_write = Some(self.last_write.map_or(at, |last| last.max(at)));
    }
}

/// The fate of a request, shared by all that is done for it.
pub type SharedFate = Rc<Cell<Fate>>;

impl<S: Clone> Object<S> {
    /// An object that has stored `state`. Without a gate it answers before its writes are durable.
    pub fn new(name: String, group: Group, state: S, offset: i64, gated: bool) -> Self {
        Self {
            name,
            group,
            durable: RefCell::new(state.clone()),
            live: RefCell::new(state),
            unsettled: RefCell::default(),
            gated: Cell::new(gated),
            offset: Cell::new(offset),
            alarm: Cell::new(None),
            durable_alarm: Cell::new(None),
            turns: Turns::default(),
        }
    }

    /// Its state now.
    pub fn load(&self) -> S {
        self.live.borrow().clone()
    }

    /// Writes, for the call with this fate: seen at once, durable later.
    pub fn save(&self, state: S, fate: &SharedFate, at: Moment) {
        *self.live.borrow_mut() = state;
        self.unsettled.borrow_mut().push((Rc::clone(fate), at));
    }

    /// Lets a fate share in what was written last.
    pub(crate) fn share(&self, fate: &SharedFate, at: Moment) {
        self.unsettled.borrow_mut().push((Rc::clone(fate), at));
    }

    /// Keeps something in memory only.
    pub fn remember(&self, state: S) {
        *self.live.borrow_mut() = state;
    }

    /// Puts something there that was written before all this.
    pub fn replace(&self, state: S) {
        *self.durable.borrow_mut() = state.clone();
        *self.live.borrow_mut() = state;
    }

    /// The state that would be left if it were killed now.
    pub fn durable(&self) -> S {
        self.durable.borrow().clone()
    }

    /// The tasks that run in it.
    pub(crate) const fn group(&self) -> Group {
        self.group
    }

    /// Wakes it at a moment, and not at the one before.
    pub(crate) fn set_alarm(&self, at: i64) {
        self.alarm.set(Some(at));
    }

    /// Wakes it again at a moment: the platform, which did not see the alarm through, does not forget it.
    pub(crate) fn repeat_alarm(&self, at: i64) {
        self.alarm.set(Some(at));
        self.durable_alarm.set(Some(at));
    }

    /// Whether it is to be woken.
    pub(crate) fn has_alarm(&self) -> bool {
        self.alarm.get().is_some()
    }

    /// Never wakes it.
    pub(crate) fn clear_alarm(&self) {
        self.alarm.set(None);
    }

    /// Whether it is to be woken now. It is woken once.
    pub(crate) fn is_alarm(&self, at: i64) -> bool {
        if self.alarm.get() != Some(at) {
            return false;
        }
        self.alarm.set(None);
        self.durable_alarm.set(None);
        true
    }

    /// Whether it would be woken at that moment, had it not just asked for another.
    pub(crate) fn may_return_to(&self, at: i64) -> bool {
        self.alarm.get() != Some(at) && self.durable_alarm.get() == Some(at)
    }

    /// Whose turn it is to announce.
    pub(crate) const fn turns(&self) -> &Turns {
        &self.turns
    }

    /// Waits for the turn: what its holder announces before may concern the one who waits.
    pub(crate) async fn turn(&self, scheduler: &Scheduler) -> Turn {
        loop {
            if let Some(turn) = self.turns.take() {
                return turn;
            }
            scheduler.sleep_until(scheduler.now() + 1).await;
        }
    }

    /// Its clock.
    pub fn now(&self, scheduler: &Scheduler) -> UnixTime {
        UnixTime(scheduler.now() + self.offset.get())
    }

    fn flush(&self) {
        *self.durable.borrow_mut() = self.live.borrow().clone();
        self.durable_alarm.set(self.alarm.get());
        for (fate, at) in self.unsettled.borrow_mut().drain(..) {
            change(&fate, |fate| fate.wrote(at));
        }
    }

    fn is_unsettled(&self) -> bool {
        !self.unsettled.borrow().is_empty() || self.alarm != self.durable_alarm
    }

    /// Kills it: it starts again elsewhere, with what was durable, and another clock.
    fn kill(&self, scheduler: &Scheduler, when: &str) {
        scheduler.note(|| format!("{} is killed {when}", self.name));
        *self.live.borrow_mut() = self.durable.borrow().clone();
        self.unsettled.borrow_mut().clear();
        self.alarm.set(self.durable_alarm.get());
        self.offset.set(-self.offset.get());
        scheduler.kill(self.group);
    }

    /// Lets something out, once the writes are durable.
    pub(crate) async fn output_gate(&self, scheduler: &Scheduler) {
        if self.is_unsettled() {
            self.settle(scheduler).await;
        }
    }

    /// Waits until the writes are durable. The object may be killed before or after.
    pub(crate) async fn settle(&self, scheduler: &Scheduler) {
        if self.is_unsettled() {
            scheduler.turn().await;
            if self.is_unsettled() && scheduler.crashes(12) {
                self.kill(scheduler, "before its write is durable");
                return gone().await;
            }
            self.flush();
        }
        if scheduler.crashes(12) {
            self.kill(scheduler, "after the commit, before the answer");
            gone().await;
        }
    }
}

/// A task whose object was killed: nothing runs in it any more.
async fn gone() {
    std::future::pending::<()>().await;
}

fn change(fate: &Cell<Fate>, how: impl FnOnce(&mut Fate)) {
    let mut changed = fate.get();
    how(&mut changed);
    fate.set(changed);
}

/// Calls an object and waits some seconds for its answer. `work` is what it does on arrival.
pub async fn call<S, R, W, F>(
    scheduler: &Rc<Scheduler>,
    object: &Rc<Object<S>>,
    (fate, patience): (&SharedFate, i64),
    work: W,
) -> Result<R, Fault>
where
    S: Clone + 'static,
    R: 'static,
    W: Fn() -> F,
    F: Future<Output = Result<R, Fault>> + 'static,
{
    let receiver = Receiver::new();
    if scheduler.strikes(30) {
        scheduler.note(|| format!("a call to {} gets lost", object.name));
        scheduler.sleep_until(scheduler.now() + patience).await;
        return Err(Fault::new("object.call", "no answer in time"));
    }
    let twice = scheduler.strikes(30);
    if twice {
        scheduler.note(|| format!("a call to {} arrives twice", object.name));
        change(fate, |fate| fate.doubled = true);
    }
    let arrive = || Arrival::at(object, scheduler, fate).host(work(), receiver.sender(scheduler));
    scheduler.spawn_at_once(object.group, arrive());
    if twice {
        scheduler.spawn(object.group, arrive());
    }
    let answer = receiver
        .receive(scheduler, scheduler.now() + patience)
        .await;
    answer.unwrap_or_else(|| Err(Fault::new("object.call", "no answer in time")))
}

/// A call that arrives at an object. It is over when this is dropped, even if its object was killed.
struct Arrival<S> {
    scheduler: Rc<Scheduler>,
    object: Rc<Object<S>>,
    fate: SharedFate,
}

impl<S> Drop for Arrival<S> {
    fn drop(&mut self) {
        change(&self.fate, |fate| fate.pending -= 1);
    }
}

impl<S: Clone> Arrival<S> {
    fn at(object: &Rc<Object<S>>, scheduler: &Rc<Scheduler>, fate: &SharedFate) -> Self {
        change(fate, |fate| fate.pending += 1);
        Self {
            scheduler: Rc::clone(scheduler),
            object: Rc::clone(object),
            fate: Rc::clone(fate),
        }
    }

    async fn host<R>(self, work: impl Future<Output = Result<R, Fault>>, sender: Sender<R>) {
        let (scheduler, object) = (&self.scheduler, &self.object);
        let answer = work.await;
        let now = (scheduler.step(), scheduler.now());
        let failed = answer.is_err();
        change(&self.fate, |fate| {
            fate.last_look = Some(now);
            fate.failed |= failed;
        });
        if object.gated.get() {
            object.settle(scheduler).await;
        }
        if scheduler.strikes(20) {
            scheduler.note(|| format!("an answer of {} gets lost", object.name));
            sender.lose();
        } else {
            sender.send(answer);
        }
        if !object.gated.get() {
            object.settle(scheduler).await;
        } else if scheduler.crashes(40) {
            object.kill(scheduler, "after the answer");
        }
    }
}
