use proptest::prelude::*;

use super::*;

const EXPIRES: i64 = 600;

fn client(id: &str) -> ClientId {
    ClientId::parse(id).unwrap()
}

fn scope(text: &str) -> Scope {
    Scope::parse(text).unwrap()
}

fn asked() -> Asked {
    Asked {
        client_id: client("tv"),
        scope: scope("read write"),
        resource: "https://api.example".into(),
        expires_at: UnixTime(EXPIRES),
    }
}

fn approval() -> Approval {
    Approval {
        user_id: UserId::parse("u_ada").unwrap(),
        scope: scope("read"),
        auth_time: UnixTime(1),
    }
}

fn granted() -> Reply {
    let (asked, approval) = (asked(), approval());
    Reply::Granted { asked, approval }
}

/// A request, and how it continues.
#[derive(Clone)]
struct Life(Option<DeviceRequest>);

impl Life {
    fn begun() -> Self {
        let mut life = Self(None);
        assert_eq!(life.ask(Command::Begin(asked()), 0), Reply::Done);
        life
    }

    fn ask(&mut self, command: Command, now: i64) -> Reply {
        let (next, reply) = step(self.0.take(), command, UnixTime(now));
        self.0 = next;
        reply
    }

    fn poll(&mut self, now: i64) -> Reply {
        let client_id = client("tv");
        self.ask(Command::Poll { client_id }, now)
    }
}

const fn no(no: No) -> Reply {
    Reply::Refused(no)
}

/// One request in each state.
fn each_state() -> [Life; 4] {
    let pending = Life::begun();
    let mut approved = pending.clone();
    approved.ask(Command::Approve(approval()), 1);
    let mut denied = pending.clone();
    denied.ask(Command::Deny, 1);
    let mut redeemed = approved.clone();
    redeemed.poll(2);
    [pending, approved, denied, redeemed]
}

#[test]
fn a_device_is_told_once_that_it_was_granted_access() {
    let mut life = Life::begun();
    assert_eq!(life.poll(1), no(No::Pending));
    assert_eq!(life.ask(Command::Look, 2), Reply::Waiting(asked()));
    assert_eq!(life.ask(Command::Approve(approval()), 3), Reply::Done);
    // A decision is returned at once: only a poll that finds none is too early.
    assert_eq!(life.poll(3), granted());
    assert_eq!(life.poll(60), no(No::Redeemed));
    assert_eq!(life.poll(EXPIRES), no(No::Redeemed));
}

#[test]
fn a_hundred_polls_at_once_have_one_success() {
    let [_, mut approved, ..] = each_state();
    let replies: Vec<Reply> = (0..100).map(|_| approved.poll(5)).collect();
    let successes = replies.iter().filter(|reply| **reply == granted());
    assert_eq!(successes.count(), 1);
}

#[test]
fn a_denied_request_stays_denied() {
    let [_, _, mut denied, _] = each_state();
    assert_eq!(
        denied.ask(Command::Approve(approval()), 5),
        no(No::Undecidable)
    );
    assert_eq!(denied.poll(6), no(No::Denied));
    assert_eq!(denied.poll(7), no(No::Denied));
}

#[test]
fn a_poll_that_comes_too_early_slows_the_device_down_by_five_seconds() {
    let mut life = Life::begun();
    assert_eq!(life.poll(10), no(No::Pending));
    assert_eq!(life.poll(15), no(No::Pending));
    assert_eq!(life.poll(19), no(No::SlowDown));
    assert_eq!(life.poll(28), no(No::SlowDown));
    assert_eq!(life.poll(43), no(No::Pending));
    assert_eq!(life.poll(57), no(No::SlowDown));
}

#[test]
fn the_interval_has_a_longest() {
    let mut life = Life::begun();
    for _ in 0..100 {
        life.poll(10);
    }
    assert_eq!(life.poll(10 + LONGEST_INTERVAL - 1), no(No::SlowDown));
    assert_eq!(life.poll(10 + 2 * LONGEST_INTERVAL - 1), no(No::Pending));
}

#[test]
fn a_request_ends_with_its_lifetime() {
    for (place, life) in each_state().into_iter().enumerate() {
        let late = if place == 3 {
            No::Redeemed
        } else {
            No::Expired
        };
        assert_eq!(life.clone().poll(EXPIRES), no(late));
        for command in [Command::Look, Command::Approve(approval()), Command::Deny] {
            assert_eq!(life.clone().ask(command, EXPIRES), no(No::Expired));
        }
        assert_eq!(life.0.as_ref().map(ends_at), Some(UnixTime(EXPIRES)));
    }
}

#[test]
fn nobody_decides_twice_and_nobody_grants_more_than_was_asked_for() {
    let [pending, decided @ ..] = each_state();
    for life in decided {
        for command in [Command::Look, Command::Approve(approval()), Command::Deny] {
            let mut after = life.clone();
            assert_eq!(after.ask(command, 5), no(No::Undecidable));
            assert_eq!(after.0, life.0);
        }
    }
    let wider = Approval {
        scope: scope("read admin"),
        ..approval()
    };
    let mut after = pending.clone();
    assert_eq!(after.ask(Command::Approve(wider), 5), no(No::Undecidable));
    assert_eq!(after.0, pending.0);
}

#[test]
fn another_client_learns_nothing_and_changes_nothing() {
    for life in each_state() {
        for now in [0, 5, EXPIRES] {
            let mut after = life.clone();
            let client_id = client("thief");
            assert_eq!(after.ask(Command::Poll { client_id }, now), no(No::Unknown));
            assert_eq!(after.0, life.0);
        }
    }
}

#[test]
fn a_request_that_never_began_is_unknown() {
    let client_id = client("tv");
    for command in [
        Command::Poll { client_id },
        Command::Look,
        Command::Approve(approval()),
        Command::Deny,
    ] {
        let mut life = Life(None);
        assert_eq!(life.ask(command, 0), no(No::Unknown));
        assert_eq!(life.0, None);
    }
}

#[test]
fn a_second_beginning_changes_nothing() {
    for life in each_state() {
        let mut after = life.clone();
        assert_eq!(after.ask(Command::Begin(asked()), 5), no(No::Exists));
        assert_eq!(after.0, life.0);
    }
}

fn command() -> impl Strategy<Value = Command> {
    prop_oneof![
        4 => Just(Command::Poll { client_id: client("tv") }),
        1 => Just(Command::Poll { client_id: client("thief") }),
        1 => Just(Command::Look),
        1 => Just(Command::Approve(approval())),
        1 => Just(Command::Deny),
        1 => Just(Command::Begin(asked())),
    ]
}

proptest! {
    #[test]
    fn whatever_is_asked_there_is_one_success_and_only_after_a_yes(
        commands in prop::collection::vec((command(), 0..20i64), 0..80),
    ) {
        let mut life = Life::begun();
        let (mut now, mut approved, mut denied, mut successes) = (0, false, false, 0);
        for (command, pause) in commands {
            now += pause;
            let reply = life.ask(command.clone(), now);
            match (&command, &reply) {
                (Command::Approve(_), Reply::Done) => {
                    prop_assert!(!approved && !denied && now < EXPIRES);
                    approved = true;
                }
                (Command::Deny, Reply::Done) => {
                    prop_assert!(!approved && !denied && now < EXPIRES);
                    denied = true;
                }
                (_, Reply::Granted { .. }) => {
                    prop_assert!(approved && now < EXPIRES);
                    successes += 1;
                }
                _ => {}
            }
        }
        prop_assert!(successes <= 1);
    }

    #[test]
    fn a_forged_command_changes_nothing(
        commands in prop::collection::vec((command(), 0..20i64), 0..20),
        forger in "[a-z]{3,12}",
        now in 0..2 * EXPIRES,
    ) {
        let mut life = Life::begun();
        let mut at = 0;
        for (command, pause) in commands {
            at += pause;
            life.ask(command, at);
        }
        let before = life.0.clone();
        let client_id = client(&forger);
        prop_assert_eq!(life.ask(Command::Poll { client_id }, at + now), no(No::Unknown));
        prop_assert_eq!(life.0, before);
    }
}
