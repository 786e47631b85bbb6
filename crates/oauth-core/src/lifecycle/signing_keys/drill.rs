//! The drill of threat 86: keys follow one another by the schedule while servers sign and resource servers verify. Time is
//! a number, the copies that lie between are as old as they may be, and nothing is asked for again because of an
//! unknown key.

use std::collections::BTreeMap;

use super::{KeyEntry, KeyState, Lives, Step, due};
use crate::UnixTime;

const HOUR: i64 = 3_600;
const LIVES: Lives = Lives {
    key: 2 * HOUR,
    token: 600,
};
/// How long an isolate of the server uses what it has read.
const ISOLATE: i64 = 60;
/// How long the answer may be cached on the way, and how long a resource server uses it then.
const COPY: i64 = 300;

/// The table of keys.
#[derive(Default)]
struct Table {
    rows: Vec<KeyEntry>,
    made: u32,
}

impl Table {
    fn add(&mut self, state: KeyState, now: UnixTime) {
        self.made += 1;
        self.rows.push(KeyEntry {
            kid: self.made.to_string(),
            algorithm: "ES256".to_owned(),
            state,
            created_at: now,
            retired_at: None,
        });
    }

    /// The changes that are due, as the worker's statements make them.
    fn advance(&mut self, is_schedule: bool, now: UnixTime) {
        let rows = self.rows.clone();
        for step in due(&rows, LIVES, now) {
            match step {
                Step::Publish(_) if !is_schedule => {}
                Step::Publish(_) => self.add(KeyState::Next, now),
                Step::Drop(old) => self.rows.retain(|row| row.kid != old.kid),
                Step::Begin(_) => {
                    for row in &mut self.rows {
                        match row.state {
                            KeyState::Active => {
                                row.state = KeyState::Retired;
                                row.retired_at = Some(now);
                            }
                            KeyState::Next => row.state = KeyState::Active,
                            KeyState::Retired => {}
                        }
                    }
                }
            }
        }
    }
}

/// A copy of the keys that is renewed from its source so often.
struct Copy {
    keys: Vec<KeyEntry>,
    every: i64,
    phase: i64,
}

impl Copy {
    fn new(every: i64, phase: i64) -> Self {
        let keys = Vec::new();
        Self { keys, every, phase }
    }

    fn is_due(&self, now: UnixTime) -> bool {
        self.keys.is_empty() || (now.0 + self.phase) % self.every == 0
    }

    fn has(&self, kid: &str) -> bool {
        self.keys.iter().any(|key| key.kid == kid)
    }

    fn signer(&self) -> &str {
        let mut active = self.keys.iter().filter(|key| key.state == KeyState::Active);
        let signer = active.next().unwrap();
        assert!(active.next().is_none(), "one key signs");
        &signer.kid
    }
}

/// Runs seven hours; the phases shift the copies against each other and against the schedule.
fn drill(way: i64, verifier: i64) -> u32 {
    let mut table = Table::default();
    table.add(KeyState::Active, UnixTime(0));
    let mut isolates = [0, 50].map(|phase| Copy::new(ISOLATE, phase));
    let mut on_the_way = Copy::new(COPY, way);
    let mut verifier = Copy::new(COPY, verifier);
    // When each key has last signed.
    let mut signed: BTreeMap<String, UnixTime> = BTreeMap::new();
    for seconds in (0..7 * HOUR).step_by(10) {
        let now = UnixTime(seconds);
        if seconds % HOUR == 17 * 60 {
            table.advance(true, now);
        }
        // The oldest copy first: each takes what its source has from before this moment.
        if verifier.is_due(now) {
            verifier.keys.clone_from(&on_the_way.keys);
        }
        if on_the_way.is_due(now) {
            on_the_way.keys.clone_from(&isolates[1].keys);
        }
        for isolate in &mut isolates {
            if isolate.is_due(now) {
                table.advance(false, now);
                isolate.keys.clone_from(&table.rows);
            }
            signed.insert(isolate.signer().to_owned(), now);
        }
        for (kid, at) in &signed {
            let is_over = verifier.keys.is_empty() || now.since(*at) > LIVES.token;
            assert!(
                is_over || verifier.has(kid),
                "at {seconds} the key {kid} of {at:?} is not known ({way}, {})",
                verifier.phase
            );
        }
    }
    table.made
}

#[test]
fn threat_86_keys_rotate_by_the_schedule_and_no_token_is_refused() {
    for way in (0..COPY).step_by(10) {
        for verifier in (0..COPY).step_by(10) {
            // The first, and one every two hours, when the schedule has run.
            assert_eq!(drill(way, verifier), 4);
        }
    }
}
