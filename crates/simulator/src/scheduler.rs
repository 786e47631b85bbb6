//! Runs tasks one step at a time, in an order that the choices decide, on a clock of its own.

use std::{
    cell::{Cell, RefCell},
    future::Future,
    pin::Pin,
    task::{Context, Poll, Waker},
};

use crate::choices::Choices;

/// More steps than any sound schedule has.
const MOST_STEPS: u64 = 20_000;

/// Tasks that are killed together: those that run in one object.
pub type Group = usize;

/// The group of tasks that nothing kills.
pub const UNGROUPED: Group = usize::MAX;

type Work = Pin<Box<dyn Future<Output = ()>>>;

struct Task {
    group: Group,
    work: Option<Work>,
    waits: Waits,
    /// In a search it continues at once: what it does next touches nothing that others touch.
    urgent: bool,
}

/// The condition that a task waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Waits {
    /// For its turn.
    Turn,
    /// For a moment, or until it is woken.
    Until(i64),
    /// For a moment, if time ever comes so far: no schedule goes on for an alarm's sake.
    Alarm(i64),
    /// For nothing: it is over.
    Over,
}

/// The condition of a task that waits for two things at once.
fn sooner(one: Waits, other: Waits) -> Waits {
    match (one, other) {
        (Waits::Turn, _) | (_, Waits::Turn) => Waits::Turn,
        (Waits::Until(one), Waits::Until(other)) => Waits::Until(one.min(other)),
        (Waits::Until(moment), Waits::Alarm(_)) | (Waits::Alarm(_), Waits::Until(moment)) => {
            Waits::Until(moment)
        }
        (Waits::Alarm(one), Waits::Alarm(other)) => Waits::Alarm(one.min(other)),
        (Waits::Over, waits) | (waits, Waits::Over) => waits,
    }
}

/// Which faults there may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// All that we know of.
    Any,
    /// Objects are killed, and nothing else.
    Crashes,
}

enum Next {
    Task(usize),
    /// Nothing happens before this moment.
    Clock(i64),
}

/// The tasks of one schedule, its clock, its choices, and what has happened.
pub struct Scheduler {
    /// Where the choices come from.
    pub choices: Choices,
    tasks: RefCell<Vec<Task>>,
    running: Cell<usize>,
    waits: Cell<Waits>,
    killed: RefCell<Vec<Group>>,
    step: Cell<u64>,
    now: Cell<i64>,
    calm: Cell<bool>,
    stopped: Cell<bool>,
    trouble: Trouble,
    trouble_left: Cell<u32>,
    sticks: usize,
    last: Cell<usize>,
    trace: RefCell<Option<Vec<String>>>,
}

impl Scheduler {
    /// Nothing to do yet. There may be some faults, and no more.
    pub fn new(choices: Choices, now: i64, (most, trouble): (u32, Trouble), traced: bool) -> Self {
        // Some schedules change tasks at every step, others rarely: deep orders need long runs.
        let sticks = if choices.is_scripted() {
            0
        } else {
            [0, 0, 1, 3, 7].get(choices.one_of(5)).copied().unwrap_or(0)
        };
        Self {
            choices,
            tasks: RefCell::default(),
            running: Cell::new(0),
            waits: Cell::new(Waits::Turn),
            killed: RefCell::default(),
            step: Cell::new(0),
            now: Cell::new(now),
            calm: Cell::new(true),
            stopped: Cell::new(false),
            trouble,
            trouble_left: Cell::new(most),
            sticks,
            last: Cell::new(0),
            trace: RefCell::new(traced.then(Vec::new)),
        }
    }

    /// The clock, in Unix seconds.
    pub fn now(&self) -> i64 {
        self.now.get()
    }

    /// How many steps there have been.
    pub fn step(&self) -> u64 {
        self.step.get()
    }

    /// Whether faults and interleavings are off, as before and after the explored part.
    pub fn is_calm(&self) -> bool {
        self.calm.get()
    }

    /// Begins or ends the calm.
    pub fn set_calm(&self, calm: bool) {
        self.calm.set(calm);
        self.note(|| if calm { "-- calm" } else { "-- storm" }.to_owned());
    }

    /// Ends the schedule: there is something to report.
    pub fn stop(&self) {
        self.stopped.set(true);
    }

    /// Whether a fault happens here, one time in `odds`, while there are any left.
    pub fn strikes(&self, odds: usize) -> bool {
        self.trouble == Trouble::Any && self.may_happen(odds)
    }

    /// Whether an object is killed here, one time in `odds`.
    pub fn crashes(&self, odds: usize) -> bool {
        self.may_happen(odds)
    }

    fn may_happen(&self, odds: usize) -> bool {
        let left = self.trouble_left.get();
        if self.calm.get() || left == 0 || !self.choices.rarely(odds) {
            return false;
        }
        self.trouble_left.set(left - 1);
        true
    }

    /// Adds a line to the trace, if one is recorded.
    pub fn note(&self, line: impl FnOnce() -> String) {
        if let Some(trace) = &mut *self.trace.borrow_mut() {
            let (step, now) = (self.step.get(), self.now.get() % 1_000_000);
            trace.push(format!("{step:>4}  {now:>6}s  {}", line()));
        }
    }

    /// The notes.
    pub fn trace(&self) -> Vec<String> {
        self.trace.borrow().clone().unwrap_or_default()
    }

    /// Adds a task.
    pub fn spawn(&self, group: Group, work: impl Future<Output = ()> + 'static) {
        self.tasks.borrow_mut().push(Task {
            group,
            work: Some(Box::pin(work)),
            waits: Waits::Turn,
            urgent: false,
        });
    }

    /// Adds a task that follows from the running one: a search sees no step between them.
    pub fn spawn_at_once(&self, group: Group, work: impl Future<Output = ()> + 'static) {
        self.spawn(group, work);
        if let Some(task) = self.tasks.borrow_mut().last_mut() {
            task.urgent = true;
        }
    }

    /// Adds a task that begins at a moment, if the others go on until then.
    pub fn spawn_at(&self, moment: i64, work: impl Future<Output = ()> + 'static) {
        self.spawn(UNGROUPED, work);
        if let Some(task) = self.tasks.borrow_mut().last_mut() {
            task.waits = Waits::Alarm(moment);
        }
    }

    /// Drops all tasks, which refer to the world that refers to them. What they leave behind is dropped too.
    pub(crate) fn forget(&self) {
        loop {
            let left = std::mem::take(&mut *self.tasks.borrow_mut());
            if left.is_empty() {
                return;
            }
            drop(left);
        }
    }

    /// Ends all tasks of a group, as soon as the running one gives way.
    pub fn kill(&self, group: Group) {
        self.killed.borrow_mut().push(group);
    }

    /// Gives others a turn.
    pub async fn turn(&self) {
        if !self.calm.get() {
            self.give_way(Waits::Turn).await;
        }
    }

    /// Waits for a moment.
    pub async fn sleep_until(&self, moment: i64) {
        while self.now.get() < moment {
            self.give_way(Waits::Until(moment)).await;
        }
    }

    /// Waits until another task [wakes](Self::wake) this one, or until a moment.
    pub async fn wait_until(&self, moment: i64) {
        self.give_way(Waits::Until(moment)).await;
    }

    /// The task that runs now.
    pub fn running(&self) -> usize {
        self.running.get()
    }

    /// Lets a waiting task go on.
    pub fn wake(&self, task: usize) {
        if let Some(task) = self.tasks.borrow_mut().get_mut(task)
            && task.waits != Waits::Over
        {
            task.waits = Waits::Turn;
            task.urgent = true;
        }
    }

    async fn give_way(&self, waits: Waits) {
        let mut waited = false;
        std::future::poll_fn(|_| {
            if std::mem::replace(&mut waited, true) {
                return Poll::Ready(());
            }
            self.waits.set(sooner(self.waits.get(), waits));
            Poll::Pending
        })
        .await;
    }

    /// Runs until nothing is left to do, or until there is something to report.
    ///
    /// # Panics
    ///
    /// If it does not end.
    pub fn run(&self) {
        while !self.stopped.get() {
            match self.choose() {
                None => break,
                Some(Next::Clock(moment)) => self.advance(moment),
                Some(Next::Task(task)) => self.poll(task),
            }
            self.bury();
            self.step.set(self.step.get() + 1);
            assert!(self.step.get() < MOST_STEPS, "the schedule does not end");
        }
    }

    fn choose(&self) -> Option<Next> {
        let tasks = self.tasks.borrow();
        let (ready, earliest) = (ready(&tasks), earliest(&tasks));
        let Some(first) = ready.first() else {
            return earliest.map(Next::Clock);
        };
        if self.calm.get() {
            return Some(Next::Task(*first));
        }
        if self.choices.is_scripted()
            && let Some(urgent) = tasks
                .iter()
                .position(|task| task.urgent && task.waits == Waits::Turn)
        {
            return Some(Next::Task(urgent));
        }
        // An actor is slow: the clock moves on before its turn comes.
        if let Some(moment) = earliest
            && self.strikes(40)
        {
            return Some(Next::Clock(moment));
        }
        let last = self.last.get();
        if self.sticks > 0 && ready.contains(&last) && !self.choices.rarely(self.sticks + 1) {
            return Some(Next::Task(last));
        }
        let chosen = ready.get(self.choices.one_of(ready.len())).copied();
        self.last.set(chosen.unwrap_or(*first));
        Some(Next::Task(self.last.get()))
    }

    fn advance(&self, moment: i64) {
        self.now.set(self.now.get().max(moment));
        for task in self.tasks.borrow_mut().iter_mut() {
            if matches!(task.waits, Waits::Until(at) | Waits::Alarm(at) if at <= moment) {
                task.waits = Waits::Turn;
            }
        }
    }

    fn poll(&self, place: usize) {
        let taken = self.tasks.borrow_mut().get_mut(place).and_then(|task| {
            task.urgent = false;
            task.work.take()
        });
        let Some(mut work) = taken else { return };
        self.running.set(place);
        self.waits.set(Waits::Over);
        let polled = work.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        let mut tasks = self.tasks.borrow_mut();
        let Some(task) = tasks.get_mut(place) else {
            return;
        };
        match polled {
            Poll::Ready(()) => task.waits = Waits::Over,
            Poll::Pending => {
                task.waits = self.waits.get();
                task.work = Some(work);
            }
        }
    }

    /// Drops the tasks of killed groups. What they drop may wake others.
    fn bury(&self) {
        let killed: Vec<Group> = std::mem::take(&mut *self.killed.borrow_mut());
        for group in killed {
            let mut dead = Vec::new();
            for task in self
                .tasks
                .borrow_mut()
                .iter_mut()
                .filter(|task| task.group == group)
            {
                task.waits = Waits::Over;
                dead.extend(task.work.take());
            }
            drop(dead);
        }
    }
}

/// The tasks whose turn it may be.
fn ready(tasks: &[Task]) -> Vec<usize> {
    let places = tasks.iter().enumerate();
    places
        .filter_map(|(place, task)| (task.waits == Waits::Turn).then_some(place))
        .collect()
}

/// When the next task continues that waits for time to pass; or the next alarm, if it is due before.
fn earliest(tasks: &[Task]) -> Option<i64> {
    let waiting = tasks.iter().filter_map(|task| match task.waits {
        Waits::Until(moment) => Some(moment),
        Waits::Turn | Waits::Over | Waits::Alarm(_) => None,
    });
    let alarms = tasks.iter().filter_map(|task| match task.waits {
        Waits::Alarm(moment) => Some(moment),
        Waits::Turn | Waits::Over | Waits::Until(_) => None,
    });
    let earliest = waiting.min()?;
    Some(alarms.min().map_or(earliest, |alarm| alarm.min(earliest)))
}
