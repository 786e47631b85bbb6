//! Many processes share one refresh token (`docs/threats.md`, 56, 57, 126).

use proptest::prelude::*;

use super::super::*;
use super::{POLICY, act, active, is_dead, refusal, renewal, retry};
use crate::{Refusal, id::GrantId};

const GRACE: i64 = 120;

fn refresh(generation: u32) -> Command {
    Command::Refresh(Box::new(Renewal {
        refresh_policy: RefreshPolicy {
            refresh_idle: Some(100_000),
            refresh_absolute: 300_000,
            refreshable: Refreshable::Every,
            grace: GRACE,
        },
        ..renewal("app", generation)
    }))
}

fn rotated(grant: Option<Grant>, generation: u32, now: i64) -> Option<Grant> {
    let (grant, reply) = act(grant, &refresh(generation), now);
    assert!(matches!(reply, Reply::Issued(_)), "{generation}: {reply:?}");
    grant
}

fn again(grant: Option<&Grant>, generation: u32, now: i64) -> String {
    let (after, reply) = act(grant.cloned(), &refresh(generation), now);
    assert_eq!(after.as_ref(), grant, "a retry changes nothing");
    let Reply::Again { sealed, .. } = reply else {
        panic!("{generation} at {now}: {reply:?}")
    };
    sealed
}

#[test]
fn within_the_grace_a_used_token_gets_its_answer_also_when_its_successor_was_used() {
    let mut grant = active();
    for generation in 0..5 {
        grant = rotated(grant, generation, i64::from(generation) + 2);
    }
    for generation in 0..5 {
        let expected = format!("sealed {:?}", Some(generation + 1));
        assert_eq!(again(grant.as_ref(), generation, 121), expected);
    }
}

#[test]
fn each_generation_has_a_window_of_its_own_and_after_it_there_is_a_theft() {
    let grant = rotated(rotated(active(), 0, 2), 1, 100);
    again(grant.as_ref(), 0, 121);
    again(grant.as_ref(), 1, 219);
    for (generation, now) in [(0, 122), (1, 220)] {
        let (after, refused) = refusal(grant.clone(), &refresh(generation), now);
        assert_eq!(refused, Refusal::RefreshTokenReused);
        assert!(is_dead(after.as_ref()), "{generation}");
    }
}

#[test]
fn without_a_grace_every_second_use_is_a_theft() {
    let none = |generation| {
        Command::Refresh(Box::new(Renewal {
            refresh_policy: POLICY,
            ..renewal("app", generation)
        }))
    };
    let (grant, _) = act(active(), &none(0), 2);
    let (grant, refused) = refusal(grant, &none(0), 2);
    assert_eq!(refused, Refusal::RefreshTokenReused);
    assert!(is_dead(grant.as_ref()));
}

#[test]
fn a_client_that_refreshes_without_pause_is_slowed_down_and_loses_nothing() {
    let mut grant = active();
    let most = u32::try_from(STORED_ANSWERS).unwrap();
    for generation in 0..most {
        grant = rotated(grant, generation, 2 + i64::from(generation));
    }
    let (after, refused) = refusal(grant.clone(), &refresh(most), 121);
    assert_eq!((&after, refused), (&grant, Refusal::RefreshedTooOften));
    for generation in 0..most {
        again(grant.as_ref(), generation, 121);
    }
    // The first window has ended: there is room for one more, and the record does not grow.
    let grant = rotated(grant, most, 122);
    let Some(Grant::Active(active)) = &grant else {
        panic!("{grant:?}")
    };
    assert_eq!(
        active.family.as_ref().unwrap().answers.len(),
        STORED_ANSWERS
    );
    assert_eq!(
        refusal(grant, &refresh(most + 1), 122).1,
        Refusal::RefreshedTooOften
    );
}

#[test]
fn the_stored_answers_are_bounded_in_size_too() {
    let grant = rotated(active(), 0, 2);
    let Some(Grant::Active(mut active)) = grant else {
        panic!("{grant:?}")
    };
    let family = active.family.as_mut().unwrap();
    family.answers[0].sealed = "x".repeat(128 * 1024);
    let grant = Some(Grant::Active(active));
    assert_eq!(
        refusal(grant.clone(), &refresh(1), 3).1,
        Refusal::RefreshedTooOften
    );
    rotated(grant, 1, 122);
}

#[test]
fn the_answer_in_a_record_of_version_2_is_given_again() {
    let second = r#"{"version":2,"id":"AQEBAQEBAQEBAQEBAQEBAQ","grant":{"active":{"facts":{"client_id":"app",
        "user_id":"u_ada","scope":"openid read write","resource":"https://api.example","format":"jwt",
        "auth_time":0,"begun_at":0},"family":{"current":3,"idle_until":900,"absolute_until":3000,
        "last":{"sealed":"sealed","until":122}},"tokens":[],"access_until":302}}}"#;
    let grant = Grant::read(second).ok();
    assert_eq!(again(grant.as_ref(), 2, 121), "sealed");
    let (_, refused) = refusal(grant.clone(), &refresh(1), 3);
    assert_eq!(refused, Refusal::RefreshTokenReused);
    let grant = rotated(grant, 3, 100);
    assert_eq!(again(grant.as_ref(), 2, 121), "sealed");
    assert_eq!(again(grant.as_ref(), 3, 121), "sealed Some(4)");
    let unused = second.replace(
        r#""last":{"sealed":"sealed","until":122}"#,
        r#""last":null"#,
    );
    let grant = Grant::read(&unused).ok();
    let (_, refused) = refusal(grant, &retry(2), 3);
    assert_eq!(refused, Refusal::RefreshTokenReused);
}

/// A process that shares the token: the generation that it holds, and when it uses it.
#[derive(Clone, Copy, Debug)]
struct Process {
    generation: u32,
    at: i64,
}

/// What happens to one request.
#[derive(Clone, Copy, Debug)]
struct Chance {
    /// How late the process comes next time, after its access token has expired.
    late: i64,
    /// Its answer is lost, and it sends the same again so much later.
    lost: Option<i64>,
    /// The object is restarted after it.
    restarts: bool,
}

fn chances() -> impl Strategy<Value = Vec<Chance>> {
    let late = prop_oneof![3 => 0_i64..3, 1 => 3_i64..80];
    let lost = prop::option::weighted(0.2, 1_i64..5);
    let chance = (late, lost, prop::bool::weighted(0.05));
    let chance = chance.prop_map(|(late, lost, restarts)| Chance {
        late,
        lost,
        restarts,
    });
    prop::collection::vec(chance, 64)
}

fn restarted(grant: Option<&Grant>) -> Option<Grant> {
    let id = GrantId::from_random([1; 16]);
    let text = grant?.write(&id).unwrap();
    Grant::read(&text).ok()
}

proptest! {
    /// Twenty processes hold one token. For ten minutes each uses it when its access token has expired, some of them a
    /// good while later; answers get lost, objects restart. No one is refused, and the line does not branch.
    #[test]
    fn twenty_processes_that_share_a_token_for_ten_minutes_stay_signed_in(
        chances in chances(),
        access_life in prop_oneof![Just(5_i64), Just(20), Just(60)],
    ) {
        let mut grant = active();
        let mut chances = chances.into_iter().cycle();
        let mut answers: Vec<(i64, String)> = Vec::new();
        let mut processes = [Process { generation: 0, at: 2 }; 20];
        loop {
            let process = processes.iter_mut().min_by_key(|process| process.at).unwrap();
            let (now, chance) = (process.at, chances.next().unwrap());
            if now > 602 {
                break;
            }
            let place = process.generation as usize;
            let (next, reply) = act(grant, &refresh(process.generation), now);
            let answer = if let Reply::Again { sealed, .. } = reply {
                Some(sealed)
            } else {
                prop_assert!(matches!(reply, Reply::Issued(_)), "{process:?}: {reply:?}");
                prop_assert_eq!(place, answers.len(), "one successor, and no gap");
                answers.push((now, format!("sealed {:?}", Some(process.generation + 1))));
                None
            };
            let (minted_at, first) = &answers[place];
            prop_assert!(answer.is_none_or(|answer| answer == *first), "another answer");
            if let Some(pause) = chance.lost {
                process.at = now + pause;
            } else {
                process.generation += 1;
                process.at = now.max(minted_at + access_life + chance.late);
            }
            grant = if chance.restarts { restarted(next.as_ref()) } else { next };
        }
        prop_assert!(!is_dead(grant.as_ref()));
        prop_assert!(answers.len() > 5);
    }
}
