//! Stories about people who guess at passwords, and those whom that must not lock out.

use std::{cell::RefCell, rc::Rc};

use oauth_core::{
    UnixTime,
    lifecycle::{
        object::{self, MemoryStore, ObjectKind as _},
        throttle::{
            Command, FROM_EVERYWHERE, PER_ACCOUNT, PER_NETWORK, TakeAfterWait, ThrottleKind,
        },
    },
};

use super::{calmly, pause, spawn, storm};
use crate::{
    actor::{self, Seat, throttles},
    browser,
    oracle::{AttemptFrom, Caller, Failed},
    world::World,
};

/// Where the guesser is, and where Ada is when she is not at home.
const THERE: &str = "198.51.100.7";
const ELSEWHERE: &str = "203.0.113.9";

/// A stranger guesses at Ada's password, after so many failures, while she signs in at home, in the stranger's network
/// and elsewhere.
pub(super) fn at_a_password(world: &Rc<World>) {
    let home = at_home(world);
    failures(world);
    for _ in 0..=world.scheduler.choices.one_of(3) {
        let world_ = Rc::clone(world);
        let is_direct = world.scheduler.choices.one_of(2) == 1;
        spawn(world, async move {
            let seat = at(THERE);
            if is_direct {
                actor::log_in_from(&world_, "ada", Caller::Stranger, &seat).await;
            } else {
                browser::try_to_sign_in(&world_, "ada", &seat, Caller::Stranger).await;
            }
        });
    }
    let seats = [home.clone(), at(THERE), at(ELSEWHERE)];
    let seat = seats[world.scheduler.choices.one_of(3)].clone();
    let world_ = Rc::clone(world);
    spawn(world, async move {
        browser::sign_in_from(&world_, "ada", &seat).await;
    });
    storm(world);
    let (world_, late) = (Rc::clone(world), pause(world));
    calmly(world, async move {
        browser::sign_in_from(&world_, "ada", &home).await;
        actor::log_in_from(&world_, "alan", Caller::Owner, &at(ELSEWHERE)).await;
        world_.wait(late).await;
        browser::sign_in_from(&world_, "ada", &at(THERE)).await;
        // Nobody waits longer than this in one place, whoever guesses there.
        world_.wait(3_600).await;
        browser::sign_in_from(&world_, "ada", &at(ELSEWHERE)).await;
    });
}

/// A browser in which Ada has signed in.
fn at_home(world: &Rc<World>) -> Seat {
    let (world_, kept) = (Rc::clone(world), Rc::new(RefCell::new(None)));
    let keep = Rc::clone(&kept);
    calmly(world, async move {
        *keep.borrow_mut() = browser::sign_in(&world_, "ada").await;
    });
    let browser = kept.take().expect("a session in a calm");
    Seat {
        address: Some(THERE),
        known: Some(browser.known),
    }
}

fn at(address: &'static str) -> Seat {
    Seat {
        address: Some(address),
        known: None,
    }
}

/// What had failed before: at this account in one place, in one network, or at this account from many places.
fn failures(world: &World) {
    let (username, address, counts) = match world.scheduler.choices.one_of(4) {
        0 => return,
        1 => ("ada", THERE, [8, 9, 10, 10]),
        2 => ("nobody", THERE, [48, 49, 50, 50]),
        _ => ("ada", "anywhere", [48, 49, 50, 60]),
    };
    let times = counts[world.scheduler.choices.one_of(4)];
    let [network, everywhere, here] = throttles(&world.template.keyring, username, address);
    let backoff = PER_ACCOUNT;
    let take = TakeAfterWait {
        backoff,
        newcomer_delay: 0,
    };
    // The last one a while ago, but not so long that the wait is over.
    let last = world.scheduler.now() - 5;
    let first = last + 1 - i64::try_from(times).unwrap_or(0);
    let failed = [
        (network, Command::Take(PER_NETWORK)),
        (everywhere, Command::Count(FROM_EVERYWHERE)),
        (here, Command::TakeAfterWait(take)),
    ];
    for (name, command) in failed {
        fill(world, &name, command, (times, first));
    }
    world.oracle.failed_before(Failed {
        username,
        from: AttemptFrom::Network(address),
        times,
        last,
    });
}

/// Counts failures a second apart.
fn fill(world: &World, name: &str, command: Command, (times, first): (usize, i64)) {
    let object = world.other_object(&[ThrottleKind::WHAT, " ", name].concat());
    let store = MemoryStore::default();
    for nth in 0..times {
        let at = UnixTime(first + i64::try_from(nth).unwrap_or(0));
        let counted = object::run::<ThrottleKind>(&store, command, at);
        assert!(counted.is_ok(), "a store in memory");
    }
    object.replace(Rc::new(store.rows.take()));
}
