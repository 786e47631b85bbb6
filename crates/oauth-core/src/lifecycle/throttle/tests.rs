use std::collections::HashMap;

use super::*;
use crate::lifecycle::ask::Ask as _;

const DAY: i64 = 86_400;

/// The objects of one account, as the endpoint asks them. A network's own limit is not in it: an attack on one account
/// does not reach it.
#[derive(Default)]
struct Account {
    everywhere: Attempts,
    networks: HashMap<u32, Attempts>,
}

impl Account {
    /// A try from a network, with the wrong password or the right one: the seconds to wait, if any.
    fn attempt(&mut self, network: u32, right: bool, now: i64) -> Option<i64> {
        let everywhere = std::mem::take(&mut self.everywhere);
        let (everywhere, verdict) = step(everywhere, Count(FROM_EVERYWHERE).into(), UnixTime(now));
        let failures = Count::reply(verdict).unwrap();
        self.everywhere = everywhere;
        let take = TakeAfterWait {
            backoff: PER_ACCOUNT,
            newcomer_delay: newcomer_delay(failures),
        };
        let verdict = self.ask(network, take, now);
        let is_allowed = verdict == Verdict::Allowed;
        if !is_allowed || right {
            (self.everywhere, _) = step(self.everywhere.clone(), Command::GiveBack, UnixTime(now));
        }
        if is_allowed && right {
            self.ask(network, Forget, now);
        }
        match verdict {
            Verdict::Wait { seconds } => Some(seconds),
            Verdict::Allowed | Verdict::Counted { .. } => None,
        }
    }

    fn ask(&mut self, network: u32, command: impl Into<Command>, now: i64) -> Verdict {
        let attempts = self.networks.remove(&network).unwrap_or_default();
        let (attempts, verdict) = step(attempts, command.into(), UnixTime(now));
        self.networks.insert(network, attempts);
        verdict
    }
}

/// A week in which some networks guess whenever they may. The owner comes every hour from a browser and a network that are
/// new. Returns the guesses a day and network, and the longest that the owner waited.
fn week_of_attack(networks: u32) -> (i64, i64) {
    let mut account = Account::default();
    let mut next = vec![0; usize::try_from(networks).unwrap()];
    let (mut guesses, mut longest) = (0, 0);
    for now in 0..7 * DAY {
        for (network, at) in (0..).zip(&mut next) {
            if now >= *at {
                match account.attempt(network, false, now) {
                    Some(seconds) => *at = now + seconds,
                    None => guesses += 1,
                }
            }
        }
        if now % 3_600 == 3_599 {
            let new = u32::MAX - u32::try_from(now / 3_600).unwrap();
            let waited = account.attempt(new, true, now).unwrap_or(0);
            assert_eq!(account.attempt(new, true, now + waited), None, "at {now}");
            longest = longest.max(waited);
        }
    }
    (guesses / 7 / i64::from(networks), longest)
}

#[test]
fn row_135_a_week_of_attack_costs_the_owner_a_minute_at_most() {
    for (networks, most_a_day) in [(1, 40), (10, 31), (100, 31)] {
        let (guesses_a_day, waited) = week_of_attack(networks);
        assert!(
            guesses_a_day <= most_a_day,
            "{networks} networks: {guesses_a_day} guesses a day each"
        );
        assert!(
            waited <= LONGEST_NEWCOMER_DELAY,
            "{networks} networks: {waited} s"
        );
    }
}

#[test]
fn row_102_ten_failures_from_one_network_are_free_and_each_further_one_doubles_the_wait() {
    let mut account = Account::default();
    for _ in 0..10 {
        assert_eq!(account.attempt(1, false, 0), None);
    }
    let mut now = 0;
    for expected in [30, 60, 120, 240, 480, 960, 1_920, 3_600, 3_600] {
        assert_eq!(account.attempt(1, false, now), Some(expected));
        // Even the right password waits, and asking again makes the wait no longer.
        assert_eq!(account.attempt(1, true, now + 1), Some(expected - 1));
        now += expected;
        assert_eq!(account.attempt(1, false, now), None);
    }
    assert_eq!(
        account.attempt(2, true, now),
        None,
        "another network is free"
    );
}

/// An object that is started again elsewhere may find an earlier time there.
#[test]
fn failures_that_are_free_cost_no_wait_when_the_clock_goes_back() {
    let (mut attempts, take) = (
        Attempts::default(),
        TakeAfterWait {
            backoff: PER_ACCOUNT,
            newcomer_delay: 0,
        },
    );
    for now in [4, 0] {
        let (after, verdict) = step(attempts, take.into(), UnixTime(now));
        assert_eq!(verdict, Verdict::Allowed);
        attempts = after;
    }
}

#[test]
fn row_103_fifty_guesses_at_once_use_up_the_tries() {
    let mut account = Account::default();
    let tried = (0..50).filter(|_| account.attempt(1, false, 7).is_none());
    assert_eq!(tried.count(), 10);
}

#[test]
fn the_right_password_clears_what_its_network_failed_before() {
    let mut account = Account::default();
    for _ in 0..3 {
        for _ in 0..9 {
            assert_eq!(account.attempt(1, false, 0), None);
        }
        assert_eq!(account.attempt(1, true, 0), None);
    }
    assert_eq!(account.everywhere.at.len(), 27);
}

#[test]
fn a_promised_wait_is_kept_although_the_attack_grows() {
    let mut account = Account::default();
    for network in 0..10 {
        for _ in 0..5 {
            account.attempt(network, false, 0);
        }
    }
    assert_eq!(account.attempt(99, true, 0), Some(4));
    account.everywhere.at.resize(150, UnixTime(0));
    assert_eq!(account.attempt(98, true, 0), Some(60));
    assert_eq!(account.attempt(99, true, 4), None);
}

#[test]
fn the_newcomers_wait_grows_to_a_minute() {
    let delays = [0, 49, 50, 74, 75, 100, 125, 150, usize::MAX].map(newcomer_delay);
    assert_eq!(delays, [0, 0, 4, 4, 8, 16, 32, 60, 60]);
}

#[test]
fn what_counts_everywhere_is_bounded_and_forgotten_after_a_day() {
    let mut attempts = Attempts::default();
    for second in 0..1_000 {
        (attempts, _) = step(attempts, Count(FROM_EVERYWHERE).into(), UnixTime(second));
    }
    assert_eq!(attempts.at.len(), 150);
    let (_, verdict) = step(
        attempts,
        Count(FROM_EVERYWHERE).into(),
        UnixTime(1_000 + DAY),
    );
    assert_eq!(verdict, Verdict::Counted { failures: 0 });
}

#[test]
fn row_102_a_network_has_fifty_failures_and_successes_do_not_add_up() {
    let take = |attempts, now| step(attempts, Take(PER_NETWORK).into(), UnixTime(now));
    let mut attempts = Attempts::default();
    for second in 0..100 {
        let (next, verdict) = take(attempts, second);
        assert_eq!(verdict, Verdict::Allowed);
        (attempts, _) = step(next, Command::GiveBack, UnixTime(second));
    }
    for second in 0..50 {
        (attempts, _) = take(attempts, second);
    }
    for second in 50..900 {
        let (next, verdict) = take(attempts, second);
        assert_eq!(
            verdict,
            Verdict::Wait {
                seconds: 900 - second
            }
        );
        attempts = next;
    }
    assert_eq!(take(attempts, 900).1, Verdict::Allowed);
}

#[test]
fn records_and_commands_of_before_are_read() {
    let old = r#"{"version":1,"at":[1790000000,1790000001]}"#;
    let attempts: Attempts = serde_json::from_str(old).unwrap();
    assert_eq!(ends_at(&attempts), Some(UnixTime(1_790_086_401)));
    assert_eq!(serde_json::to_string(&attempts).unwrap(), old);
    let command: Command =
        serde_json::from_str(r#"{"take":{"failures":10,"window":900}}"#).unwrap();
    let (_, verdict) = step(attempts, command, UnixTime(1_790_000_002));
    assert_eq!(serde_json::to_string(&verdict).unwrap(), r#""allowed""#);
    assert!(serde_json::from_str::<Command>(r#""give_back""#).is_ok());
}

#[test]
fn a_record_is_kept_for_as_long_as_it_counts() {
    let (attempts, _) = step(Attempts::default(), Take(PER_NETWORK).into(), UnixTime(5));
    assert_eq!(ends_at(&attempts), Some(UnixTime(905)));
    let take = TakeAfterWait {
        backoff: PER_ACCOUNT,
        newcomer_delay: 60,
    };
    let (attempts, _) = step(Attempts::default(), take.into(), UnixTime(5));
    assert_eq!(ends_at(&attempts), Some(UnixTime(65 + NEWCOMER_MAY_COME)));
    let (attempts, _) = step(attempts, take.into(), UnixTime(65));
    assert_eq!(ends_at(&attempts), Some(UnixTime(65 + DAY)));
    let (attempts, _) = step(attempts, Forget.into(), UnixTime(66));
    assert_eq!(ends_at(&attempts), None);
}
