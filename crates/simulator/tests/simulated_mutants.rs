//! Designs that are broken on purpose: each must be found out.

use simulator::{
    design::Design,
    run::{self, Stop},
    story,
};

/// In how many schedules a broken design must be found out.
const SCHEDULES: u64 = 60_000;

#[test]
fn every_broken_design_is_found_out() {
    let mut survivors = Vec::new();
    for design in Design::BROKEN {
        match run::first_failure(story::ALL, *design, SCHEDULES) {
            Some((seed, violation)) => println!(
                "{:<32} caught by {:<24} in schedule {:>6} ({})",
                format!("{design:?}"),
                format!("{:?}", violation.invariant),
                seed + 1,
                run::story_of(story::ALL, seed).name,
            ),
            None => survivors.push(design),
        }
    }
    assert!(survivors.is_empty(), "not found out: {survivors:?}");
}

#[test]
fn the_design_that_runs_in_production_is_none_of_them() {
    let sum = run::explore(story::ALL, Design::Production, 0..2_000, Stop::AtFirst);
    assert_eq!(sum.failed, None);
}
