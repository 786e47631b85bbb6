//! Many schedules by seed: every invariant holds in each of them.

use std::{env, rc::Rc, time::Instant};

use simulator::{
    choices::Choices,
    design::Design,
    run::{self, Stop},
    story,
    world::Template,
};

/// How many schedules are run, unless `OSTIARY_SIM_SCHEDULES` says otherwise.
const SCHEDULES: u64 = 200_000;

fn number(name: &str) -> Option<u64> {
    env::var(name).ok()?.parse().ok()
}

fn replay(seed: u64) -> Option<String> {
    let template = Rc::new(Template::new());
    let (story, plan) = run::seeded(story::ALL, Design::Production, seed, true);
    let ran = run::play(&template, story, Choices::seeded(seed), &plan);
    println!("seed {seed}: {}\n{}", story.name, ran.trace.join("\n"));
    ran.violation.map(|violation| format!("{violation:?}"))
}

#[test]
fn no_schedule_violates_an_invariant() {
    if let Some(seed) = number("OSTIARY_SIM_SEED") {
        assert_eq!(replay(seed), None);
        return;
    }
    let start = Instant::now();
    let schedules = number("OSTIARY_SIM_SCHEDULES").unwrap_or(SCHEDULES);
    let sum = run::explore(story::ALL, Design::Production, 0..schedules, Stop::AtFirst);
    println!(
        "{} schedules, {} answers judged, {:.1} s",
        sum.schedules,
        sum.judged,
        start.elapsed().as_secs_f32()
    );
    if let Some((seed, violation)) = sum.failed {
        replay(seed);
        panic!("{violation:?}\nagain: OSTIARY_SIM_SEED={seed} cargo test -p simulator");
    }
}

#[test]
fn a_seed_always_makes_the_same_schedule() {
    let template = Rc::new(Template::new());
    for seed in 0..200 {
        let (story, plan) = run::seeded(story::ALL, Design::Production, seed, true);
        let once = run::play(&template, story, Choices::seeded(seed), &plan);
        let again = run::play(&template, story, Choices::seeded(seed), &plan);
        assert_eq!(once.trace, again.trace, "seed {seed}");
    }
}

#[test]
fn whatever_can_happen_happens() {
    let template = Rc::new(Template::new());
    let mut seen = String::new();
    for seed in 0..3_000 {
        let (story, plan) = run::seeded(story::ALL, Design::Production, seed, true);
        let ran = run::play(&template, story, Choices::seeded(seed), &plan);
        seen += &ran.trace.join("\n");
    }
    for what in [
        "is killed before its write is durable",
        "is killed after the commit, before the answer",
        "is killed after the answer",
        "a write in grant",
        "a call to grant",
        "arrives twice",
        "an answer of grant",
        "no answer in time",
        "no answer of",
        "is woken",
        "is deleted",
        "the signer fails",
        "d1.read_client fails",
        "kv answers",
        "kv loses",
        "Code(",
        "200 tokens",
        "200 Active",
        "200 Inactive",
        "303 Done",
        "503 Unavailable",
        "code_replayed",
        "refresh_token_reused",
        "a live token has no description",
        "the record cannot be read",
        "request_uri_used",
        "login_throttled",
        "password_wrong",
    ] {
        assert!(seen.contains(what), "never seen: {what}");
    }
}
