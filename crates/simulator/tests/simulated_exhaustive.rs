//! Small cases, seen whole: every order of every step, with a fault at every place where one can be.

use std::rc::Rc;

use simulator::{
    design::Design,
    run::{self, Whole},
    scheduler::Trouble,
    story::{self, Story},
    world::{Plan, Template},
};

fn see_all(cases: &[Story], design: Design, (most, trouble): (u32, Trouble)) -> Option<String> {
    let template = Rc::new(Template::new());
    for case in cases {
        let plan = Plan {
            design,
            most,
            trouble,
            traced: false,
        };
        let (sum, whole) = run::exhaust(&template, case, &plan, u64::MAX);
        println!(
            "{:<32} {most} of {trouble:?}: {:>7} schedules, {} answers judged",
            case.name, sum.schedules, sum.judged
        );
        if let Some((_, violation)) = sum.failed {
            return Some(format!("{}: {violation:?}", case.name));
        }
        assert_eq!(whole, Whole::Yes);
    }
    None
}

#[test]
fn three_requests_and_two_crashes_in_every_order() {
    let crashes = (2, Trouble::Crashes);
    assert_eq!(see_all(story::OF_THREE, Design::Production, crashes), None);
}

#[test]
fn two_requests_and_any_one_fault_in_every_order() {
    let fault = (1, Trouble::Any);
    assert_eq!(see_all(story::OF_TWO, Design::Production, fault), None);
}

#[test]
fn a_search_finds_what_is_wrong_with_a_design() {
    for (design, trouble) in [
        (Design::AwaitBetweenCheckAndMark, (0, Trouble::Any)),
        (Design::AnswersBeforeDurable, (1, Trouble::Crashes)),
        (Design::SignAfterCommit, (1, Trouble::Any)),
    ] {
        let found = see_all(story::OF_TWO, design, trouble);
        assert!(found.is_some(), "{design:?} was not found out");
    }
}
