//! The shared state under commands of many isolates, in any order.

use oauth_core::UnixTime;
use oauth_core::breaker::{Breaker, BreakerState, PeerFailed};
use proptest::prelude::*;

use super::state::LEASE;
use super::*;
use crate::m2m::run::hop::HopName;

const NOW: UnixTime = UnixTime(1_800_000_000);

struct Shared(State, UnixTime);

impl Shared {
    fn new() -> Self {
        Self(State::default(), NOW)
    }

    fn send(&mut self, command: impl Into<Command>) -> Reply {
        let (state, reply) = step(std::mem::take(&mut self.0), command.into(), self.1);
        // The stored state reads back the same.
        let text = serde_json::to_string(&state).unwrap();
        self.0 = serde_json::from_str(&text).unwrap();
        assert_eq!(self.0, state);
        reply
    }

    fn ask(&mut self, command: impl Into<Command>) -> Answer {
        self.send(command).answer
    }

    fn want(&mut self) -> Answer {
        self.ask(want(false, 0))
    }

    fn lease(&mut self) -> u64 {
        let answer = self.want();
        let Answer::Lease { number, .. } = answer else {
            panic!("{answer:?}");
        };
        number
    }

    fn pass(&mut self, seconds: i64) {
        self.1 = self.1.plus(seconds);
    }

    fn keep(&mut self, generation: u64) {
        let token = sealed(generation, self.1);
        self.ask(Keep(token));
    }

    fn generation(&mut self) -> Option<u64> {
        let Answer::Token(token) = self.want() else {
            return None;
        };
        Some(token.generation)
    }

    fn api_fails(&mut self) -> Vec<Change> {
        let Answer::Admission(Admission {
            permit: Ok(permit), ..
        }) = self.ask(admit_api())
        else {
            return Vec::new();
        };
        let (peer, failed) = (HopName::Api, Some(PeerFailed::ServerError));
        self.send(Report(AttemptOutcome {
            peer,
            permit,
            failed,
        }))
        .changes
    }
}

fn want(ahead: bool, refused: u64) -> Want {
    Want {
        ahead,
        refused,
        waited_for: None,
    }
}

fn admit_api() -> Admit {
    Admit {
        peer: HopName::Api,
        lease: None,
    }
}

fn sealed(generation: u64, now: UnixTime) -> SealedToken {
    SealedToken {
        generation,
        expires_at: now.plus(100),
        renew_at: now.plus(90),
        sealed: "c2VhbGVk".into(),
    }
}

#[test]
fn one_renews_and_the_others_get_what_it_got() {
    let mut shared = Shared::new();
    let number = shared.lease();
    assert_eq!(shared.want(), Answer::Busy { number });
    shared.keep(number);
    assert_eq!(shared.generation(), Some(number));
}

#[test]
fn a_holder_that_is_gone_loses_the_lease_and_one_that_lives_does_not() {
    let mut shared = Shared::new();
    let number = shared.lease();
    shared.pass(LEASE - 1);
    let alive = Admit {
        peer: HopName::Token,
        lease: Some(number),
    };
    assert!(matches!(shared.ask(alive), Answer::Admission(_)));
    shared.pass(LEASE - 1);
    assert_eq!(shared.want(), Answer::Busy { number });
    shared.pass(1);
    assert!(shared.lease() > number);
    assert_eq!(shared.ask(alive), Answer::Overtaken);
}

#[test]
fn a_late_holder_does_not_overwrite_a_newer_token() {
    let mut shared = Shared::new();
    let late = shared.lease();
    shared.pass(LEASE);
    let next = shared.lease();
    shared.keep(next);
    shared.keep(late);
    assert_eq!(shared.generation(), Some(next));
}

#[test]
fn a_late_holder_s_token_is_used_while_the_next_one_is_asked_for() {
    let mut shared = Shared::new();
    let late = shared.lease();
    shared.pass(LEASE);
    let next = shared.lease();
    shared.keep(late);
    assert_eq!(shared.generation(), Some(late));
    assert_eq!(shared.ask(want(false, late)), Answer::Busy { number: next });
}

#[test]
fn a_refused_generation_is_replaced_and_others_learn_of_it() {
    let mut shared = Shared::new();
    let first = shared.lease();
    shared.keep(first);
    let Answer::Lease { number, renewal } = shared.ask(want(false, first)) else {
        panic!("no lease");
    };
    assert!(number > first && renewal);
    let Answer::Admission(admission) = shared.ask(admit_api()) else {
        panic!("no admission");
    };
    assert_eq!(admission.refused, first);
}

#[test]
fn an_ageing_token_is_used_by_those_without_one_and_renewed_by_those_with_one() {
    let mut shared = Shared::new();
    let number = shared.lease();
    shared.keep(number);
    shared.pass(90);
    assert_eq!(shared.generation(), Some(number));
    assert!(matches!(
        shared.ask(want(true, 0)),
        Answer::Lease { renewal: true, .. }
    ));
    assert_eq!(shared.generation(), Some(number));
    shared.pass(10);
    assert_eq!(shared.generation(), None);
}

#[test]
fn those_who_waited_share_the_failure_and_the_next_one_tries_again() {
    let mut shared = Shared::new();
    let lease = shared.lease();
    let error = Some("invalid_client".to_owned());
    shared.ask(GiveUp {
        lease,
        error,
        pause: None,
    });
    let waited = Want {
        ahead: false,
        refused: 0,
        waited_for: Some(lease),
    };
    assert_eq!(
        shared.ask(waited),
        Answer::Failed {
            error: "invalid_client".into()
        }
    );
    assert!(shared.lease() > lease);
}

#[test]
fn a_server_that_wants_to_be_left_alone_is_left_alone_by_all_for_five_minutes_at_most() {
    let mut shared = Shared::new();
    for (asked, seconds) in [(30, 30), (86_400, 300)] {
        let lease = shared.lease();
        shared.ask(GiveUp {
            lease,
            error: None,
            pause: Some(asked),
        });
        assert_eq!(shared.want(), Answer::Wait { seconds });
        shared.pass(seconds);
    }
    shared.lease();
}

#[test]
fn a_forgotten_state_refuses_everything_there_was() {
    let mut shared = Shared::new();
    let number = shared.lease();
    shared.keep(number);
    shared.ask(Forget);
    assert!(shared.lease() > number);
}

#[test]
fn a_breaker_opens_for_all_and_each_change_is_reported_once() {
    let mut shared = Shared::new();
    for _ in 0..4 {
        assert!(shared.api_fails().is_empty());
    }
    let changes = shared.api_fails();
    assert_eq!(
        (changes[0].from, changes[0].to),
        (BreakerState::Closed, BreakerState::Open)
    );
    let Answer::Admission(admission) = shared.ask(admit_api()) else {
        panic!("no admission");
    };
    assert!(admission.permit.is_err());
    shared.pass(10);
    let probe = shared.send(admit_api());
    assert_eq!(probe.changes[0].to, BreakerState::HalfOpen);
    let Answer::Admission(Admission {
        permit: Ok(permit), ..
    }) = probe.answer
    else {
        panic!("no probe");
    };
    let settle = AttemptOutcome {
        peer: HopName::Api,
        permit,
        failed: None,
    };
    let settled = shared.send(Report(settle)).changes;
    assert_eq!(settled[0].to, BreakerState::Closed);
    assert!(shared.send(Look).changes.is_empty());
}

#[test]
fn looking_changes_nothing_and_an_idle_state_is_deleted_after_a_day() {
    let mut shared = Shared::new();
    let number = shared.lease();
    shared.keep(number);
    let before = shared.0.clone();
    let Answer::View(view) = shared.ask(Look) else {
        panic!("no view");
    };
    assert_eq!(view.token, Some((NOW.plus(100), NOW.plus(90))));
    assert_eq!(
        (shared.0.clone(), before.ends_at()),
        (before, NOW.plus(86_400))
    );
}

#[test]
fn numbers_go_on_where_a_lost_state_left_them() {
    let mut shared = Shared::new();
    let number = shared.lease();
    shared.0 = State::default();
    shared.pass(1);
    assert!(shared.lease() > number);
}

#[test]
fn a_state_of_another_version_is_not_read() {
    let text = serde_json::to_string(&State::default()).unwrap();
    let later = text.replace(r#""version":1"#, r#""version":2"#);
    assert!(serde_json::from_str::<State>(&text).is_ok());
    assert!(serde_json::from_str::<State>(&later).is_err());
}

#[test]
fn commands_are_written_with_the_names_that_other_isolates_read() {
    let written = |command: Command| serde_json::to_string(&command).unwrap();
    assert_eq!(
        written(admit_api().into()),
        r#"{"admit":{"peer":"students","lease":null}}"#
    );
    assert_eq!(
        written(want(true, 7).into()),
        r#"{"want":{"ahead":true,"refused":7,"waited_for":null}}"#
    );
    assert_eq!(written(Look.into()), r#""look""#);
    let (peer, failed) = (HopName::Api, None);
    let (_, permit) = Breaker::default().admit(NOW);
    let report = Report(AttemptOutcome {
        peer,
        permit: permit.unwrap(),
        failed,
    });
    assert_eq!(
        written(report.into()),
        r#"{"report":{"peer":"students","pass":0,"failed":null}}"#
    );
}

/// The next action of one of several isolates.
#[derive(Clone, Copy, Debug)]
enum Act {
    Want { ahead: bool },
    Live,
    Keep,
    GiveUp,
    Refuse,
}

fn acts() -> impl Strategy<Value = Vec<(usize, i64, Act)>> {
    let act = prop_oneof![
        any::<bool>().prop_map(|ahead| Act::Want { ahead }),
        Just(Act::Live),
        Just(Act::Keep),
        Just(Act::GiveUp),
        Just(Act::Refuse),
    ];
    prop::collection::vec((0_usize..4, 0_i64..6, act), 0..120)
}

/// The knowledge of all isolates.
#[derive(Default)]
struct Witness {
    /// Each isolate's lease, and its last sign of life.
    held: [Option<(u64, UnixTime)>; 4],
    /// Each isolate's latest generation.
    has: [u64; 4],
    refused: u64,
    newest: u64,
}

impl Witness {
    fn saw(&mut self, who: usize, answer: &Answer, now: UnixTime) {
        if let Answer::Lease { number, .. } = answer {
            for held in self.held.iter().flatten() {
                assert!(now.since(held.1) >= LEASE, "two live leases");
                assert!(held.0 < *number, "a number came twice");
            }
            assert!(*number > self.newest.max(self.refused));
            self.held[who] = Some((*number, now));
        }
        if let Answer::Token(token) = answer {
            assert!(token.generation > self.refused, "a refused token came back");
            assert!(token.generation >= self.newest, "an older token came back");
            self.newest = token.generation;
            self.has[who] = token.generation;
        }
    }

    fn run(&mut self, shared: &mut Shared, isolate: usize, act: Act) {
        let now = shared.1;
        match (act, self.held[isolate]) {
            (Act::Want { ahead }, _) => {
                let answer = shared.ask(want(ahead, 0));
                self.saw(isolate, &answer, now);
            }
            (Act::Live, Some((number, _))) => {
                let (peer, lease) = (HopName::Token, Some(number));
                let alive = shared.ask(Admit { peer, lease }) != Answer::Overtaken;
                self.held[isolate] = alive.then_some((number, now));
            }
            (Act::Keep, Some((number, _))) => {
                shared.keep(number);
                self.held[isolate] = None;
                self.has[isolate] = number;
            }
            (Act::GiveUp, Some((lease, _))) => {
                let error = Some("x".into());
                shared.ask(GiveUp {
                    lease,
                    error,
                    pause: None,
                });
                self.held[isolate] = None;
            }
            (Act::Refuse, _) => {
                let answer = shared.ask(want(false, self.has[isolate]));
                self.refused = self.refused.max(self.has[isolate]);
                self.saw(isolate, &answer, now);
            }
            (Act::Live | Act::Keep | Act::GiveUp, None) => {}
        }
    }
}

proptest! {
    #[test]
    fn at_most_one_lease_lives_and_what_was_refused_never_comes_back(acts in acts()) {
        let (mut shared, mut witness) = (Shared::new(), Witness::default());
        for (who, seconds, act) in acts {
            shared.pass(seconds);
            witness.run(&mut shared, who, act);
        }
    }

    #[test]
    fn one_probe_at_most_among_many_isolates(
        steps in prop::collection::vec((0_usize..4, 0_i64..4, any::<bool>(), any::<bool>()), 0..150),
    ) {
        let mut shared = Shared::new();
        for _ in 0..5 {
            shared.api_fails();
        }
        let mut permits = [const { None }; 4];
        let mut probe: Option<(usize, UnixTime)> = None;
        for (who, seconds, settles, fails) in steps {
            shared.pass(seconds);
            let now = shared.1;
            if let Some(permit) = permits[who].take().filter(|_| settles) {
                let failed = fails.then_some(PeerFailed::TimedOut);
                shared.ask(Report(AttemptOutcome { peer: HopName::Api, permit, failed }));
                probe = probe.filter(|(prober, _)| *prober != who);
                continue;
            }
            let Answer::Admission(admission) = shared.ask(admit_api()) else { panic!("no admission") };
            if let Ok(permit) = admission.permit {
                if admission.breaker.state(now) == BreakerState::HalfOpen {
                    prop_assert!(probe.is_none_or(|(_, began)| now.since(began) >= 8));
                    probe = Some((who, now));
                }
                permits[who] = Some(permit);
            }
        }
    }
}
