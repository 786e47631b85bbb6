//! Runs schedules: by seed, many at once; by script, all there are.

use std::{
    rc::Rc,
    sync::atomic::{AtomicU64, Ordering},
    thread,
};

use crate::{
    choices::{self, Choice, Choices},
    design::Design,
    oracle::Violation,
    scheduler::Trouble,
    story::Story,
    world::{Plan, Template, World},
};

/// How a schedule went.
#[derive(Clone, Debug)]
pub struct Ran {
    /// The violation.
    pub violation: Option<Violation>,
    /// How many answers were judged.
    pub judged: u64,
    /// The trace, if one was kept.
    pub trace: Vec<String>,
    /// The choices, where a script was asked for them.
    pub made: Vec<Choice>,
}

/// Plays one story with these choices.
pub fn play(template: &Rc<Template>, story: &Story, choices: Choices, plan: &Plan) -> Ran {
    let world = World::new(template, choices, plan);
    world.scheduler.note(|| story.name.to_owned());
    (story.play)(&world);
    if !world.scheduler.choices.is_scripted() && world.oracle.violation().is_none() {
        world.let_alarms_ring();
        world.oracle.audit();
    }
    world.scheduler.forget();
    Ran {
        violation: world.oracle.violation(),
        judged: world.oracle.judged(),
        trace: world.scheduler.trace(),
        made: world.scheduler.choices.made(),
    }
}

/// The story and the plan of a seed.
pub fn seeded(stories: &[Story], design: Design, seed: u64, traced: bool) -> (&Story, Plan) {
    let number = usize::try_from(seed).unwrap_or(0);
    let (round, place) = (number / stories.len(), number % stories.len());
    let plan = Plan {
        design,
        most: [0, 1, 2, 3, 4, 6].get(round % 6).copied().unwrap_or(0),
        trouble: Trouble::Any,
        traced,
    };
    (&stories[place], plan)
}

/// The statistics of many schedules.
#[derive(Clone, Debug, Default)]
pub struct Sum {
    /// How many were run.
    pub schedules: u64,
    /// How many answers were judged.
    pub judged: u64,
    /// The lowest seed that violates an invariant.
    pub failed: Option<(u64, Violation)>,
}

/// Runs the schedules of all seeds in a range, on all processors. With `stop`, no seed beyond the first
/// that fails needs to be run.
///
/// # Panics
///
/// If a schedule does: then it is the simulator that is wrong.
pub fn explore(stories: &[Story], design: Design, seeds: std::ops::Range<u64>, stop: Stop) -> Sum {
    let threads = thread::available_parallelism().map_or(1, |n| n.get() as u64);
    let first = AtomicU64::new(u64::MAX);
    let sums: Vec<Sum> = thread::scope(|scope| {
        let (seeds, first) = (&seeds, &first);
        let stop = (stop, first);
        let workers: Vec<_> = (0..threads)
            .map(|nth| scope.spawn(move || every_nth(stories, design, seeds, (nth, threads), stop)))
            .collect();
        workers
            .into_iter()
            .map(|worker| worker.join().expect("no schedule panics"))
            .collect()
    });
    let mut total = Sum::default();
    for sum in sums {
        total.schedules += sum.schedules;
        total.judged += sum.judged;
        total.failed = match (total.failed, sum.failed) {
            (Some(one), Some(other)) => Some(if one.0 <= other.0 { one } else { other }),
            (one, other) => one.or(other),
        };
    }
    total
}

/// The first seed that shows what is wrong with a design.
pub fn first_failure(stories: &[Story], design: Design, most: u64) -> Option<(u64, Violation)> {
    let mut seed = 0;
    while seed < most {
        let until = (seed * 2).clamp(200, most).max(seed + 1);
        let found = explore(stories, design, seed..until, Stop::AtFirst).failed;
        if found.is_some() {
            return found;
        }
        seed = until;
    }
    None
}

/// The story of a seed.
pub fn story_of(stories: &[Story], seed: u64) -> &Story {
    seeded(stories, Design::Production, seed, false).0
}

/// Whether a search ends with the first schedule that fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// It does.
    AtFirst,
    /// It runs them all.
    Never,
}

fn every_nth(
    stories: &[Story],
    design: Design,
    seeds: &std::ops::Range<u64>,
    (nth, threads): (u64, u64),
    (stop, first): (Stop, &AtomicU64),
) -> Sum {
    let template = Rc::new(Template::new());
    let mut sum = Sum::default();
    let mut seed = seeds.start + nth;
    // What another thread has found ends this one too, except for what is before that.
    while seed < seeds.end && (stop == Stop::Never || seed < first.load(Ordering::Relaxed)) {
        let (story, plan) = seeded(stories, design, seed, false);
        let ran = play(&template, story, Choices::seeded(seed), &plan);
        sum.schedules += 1;
        sum.judged += ran.judged;
        if let Some(violation) = ran.violation {
            sum.failed.get_or_insert((seed, violation));
            first.fetch_min(seed, Ordering::Relaxed);
        }
        seed += threads;
    }
    sum
}

/// Runs every schedule of a story that there is with `trouble` faults at most, and no more than `most`.
pub fn exhaust(template: &Rc<Template>, story: &Story, plan: &Plan, most: u64) -> (Sum, Whole) {
    let mut sum = Sum::default();
    let mut script = Vec::new();
    while sum.schedules < most {
        let ran = play(template, story, Choices::scripted(script), plan);
        sum.schedules += 1;
        sum.judged += ran.judged;
        if let Some(violation) = ran.violation {
            sum.failed.get_or_insert((sum.schedules, violation));
            return (sum, Whole::No);
        }
        match choices::next_script(&ran.made) {
            Some(next) => script = next,
            None => return (sum, Whole::Yes),
        }
    }
    (sum, Whole::No)
}

/// Whether a search has seen everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whole {
    /// It has.
    Yes,
    /// It was ended before.
    No,
}
