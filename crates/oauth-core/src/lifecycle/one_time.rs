//! Values that count once: the `jti` of a client assertion (RFC 7523 §3) or of a DPoP proof (RFC 9449 §11.1).
//!
//! A shard keeps one row a value, so that each costs the same however many there are. A shard is
//! therefore never full: only a client that has proved who it is, or whoever is issued tokens or shows one,
//! can add to it, within its rate; and what it adds is swept up within minutes of the moment when it could not be used
//! anyway.

use from_json::FromJson;
use serde::Serialize;

use super::{
    object::{Hosted, InRows, ObjectKind, Store, Sweeping},
    rows::{self, Change, RECORD, Rows, Stay, Step, Sweep},
};
use crate::{Fault, UnixTime};

/// The prefix of the keys of values.
const PREFIX: &str = "value/";

/// A value is presented.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(deny_unknown_fields)]
pub struct Present {
    /// A keyed hash of the value and of whom it belongs to.
    pub hash: String,
    /// Until when the value would be accepted.
    pub until: UnixTime,
}

/// A shard's verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Not seen before; it is now.
    First,
    /// Seen before, and it still could be replayed.
    Replayed,
}

/// One of 256 objects, which share the values by their hash.
#[derive(Debug)]
pub enum ReplayKind {}

impl ObjectKind for ReplayKind {
    const BINDING: &'static str = "REPLAY";
    const WHAT: &'static str = "object.replay";
    type Command = Present;
    type Reply = Verdict;

    /// The second time, a value is a replay.
    fn is_idempotent(_: &Present) -> bool {
        false
    }
}

impl Hosted for ReplayKind {
    type Host = InRows;
}

impl Sweeping for ReplayKind {
    fn migrate(store: &impl Store) -> Result<Vec<Change>, Fault> {
        migrate(store)
    }

    fn step(store: &impl Store, command: Present, now: UnixTime) -> Result<Step<Verdict>, Fault> {
        step(store, &command, now)
    }

    fn sweep(store: &impl Store, after: Option<&str>, now: UnixTime) -> Result<Sweep, Fault> {
        sweep(store, after, now)
    }
}

/// The object that remembers a value, by the value's hash.
pub fn shard(hash: &str) -> String {
    let sum = hash.bytes().fold(0u8, u8::wrapping_add);
    format!("shard-{sum}")
}

/// Whether a value is presented for the first time.
pub fn step(rows: &impl Rows, present: &Present, now: UnixTime) -> Result<Step<Verdict>, Fault> {
    let key = key(&present.hash);
    let seen: Option<UnixTime> = rows::find(rows, &key)?;
    if seen.is_some_and(|until| until > now) {
        return Ok(Step::answer(Verdict::Replayed));
    }
    Ok(Step {
        changes: vec![rows::put(key, &present.until)?],
        wake_at: Some(present.until),
        reply: Verdict::First,
    })
}

/// Finds the rows, after `after`, that have had their time.
pub fn sweep(rows: &impl Rows, after: Option<&str>, now: UnixTime) -> Result<Sweep, Fault> {
    rows::sweep(rows, after, now, |key, text| {
        if key.starts_with(PREFIX) {
            return rows::read(text).map(Stay::Until);
        }
        // A row of the host's own.
        Ok(Stay::WithOthers)
    })
}

fn key(hash: &str) -> String {
    [PREFIX, hash].concat()
}

/// The one record in which version 1 stored all values of a shard.
#[derive(FromJson)]
#[serde(deny_unknown_fields)]
struct Seen {
    version: u8,
    until: Vec<(String, UnixTime)>,
}

/// The changes that turn the former record into rows, so that nothing seen before an upgrade counts
/// again after it; none where there is no such record.
pub fn migrate(rows: &impl Rows) -> Result<Vec<Change>, Fault> {
    let Some(text) = rows.row(RECORD)? else {
        return Ok(Vec::new());
    };
    let unreadable = || Fault::new("one_time.adopt", "the former record cannot be read");
    let former: Seen = from_json::from_str(&text).map_err(|_| unreadable())?;
    if former.version != 1 {
        return Err(unreadable());
    }
    let mut changes = vec![Change::Delete { key: RECORD.into() }];
    for (hash, until) in &former.until {
        changes.push(rows::put(key(hash), until)?);
    }
    Ok(changes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lifecycle::rows::{Memory, SWEEP, apply};

    fn present(memory: &mut Memory, hash: &str, until: i64, now: i64) -> Verdict {
        let present = Present {
            hash: hash.into(),
            until: UnixTime(until),
        };
        let step = step(memory, &present, UnixTime(now)).unwrap();
        apply(memory, step.changes);
        step.reply
    }

    #[test]
    fn a_value_is_always_remembered_by_the_same_shard() {
        assert_eq!(shard("abc"), shard("abc"));
        assert_eq!(shard(""), "shard-0");
        assert_eq!(shard("~~~"), "shard-122");
    }

    #[test]
    fn a_value_counts_once_until_it_could_not_be_used_anyway() {
        let mut memory = Memory::new();
        assert_eq!(present(&mut memory, "a", 100, 0), Verdict::First);
        assert_eq!(present(&mut memory, "a", 100, 99), Verdict::Replayed);
        assert_eq!(present(&mut memory, "a", 900, 99), Verdict::Replayed);
        assert_eq!(present(&mut memory, "b", 100, 99), Verdict::First);
        assert_eq!(present(&mut memory, "a", 200, 100), Verdict::First);
    }

    #[test]
    fn a_value_costs_one_row_and_one_change() {
        let mut memory = Memory::new();
        for n in 0..30_000 {
            assert_eq!(present(&mut memory, &n.to_string(), 100, 0), Verdict::First);
        }
        assert_eq!(memory.len(), 30_000);
        assert_eq!(present(&mut memory, "0", 100, 0), Verdict::Replayed);
    }

    #[test]
    fn what_has_expired_is_swept_up_in_batches() {
        let mut memory = Memory::new();
        for n in 0..2_500 {
            present(&mut memory, &n.to_string(), 100, 0);
        }
        present(&mut memory, "later", 300, 0);
        let (mut after, mut most) = (None, 0);
        loop {
            let found = sweep(&memory, after.as_deref(), UnixTime(100)).unwrap();
            most = most.max(found.changes.len());
            apply(&mut memory, found.changes);
            match found.after {
                Some(next) => after = Some(next),
                None => break assert_eq!(found.earliest, Some(UnixTime(300))),
            }
        }
        assert_eq!((memory.len(), most), (1, SWEEP));
    }

    #[test]
    fn what_a_record_of_version_1_has_seen_stays_seen() {
        let record = r#"{"version":1,"until":[["a",100],["b",200]]}"#;
        let mut memory = Memory::from([(RECORD.to_owned(), record.to_owned())]);
        let changes = migrate(&memory).unwrap();
        apply(&mut memory, changes);
        assert_eq!(present(&mut memory, "a", 100, 99), Verdict::Replayed);
        assert_eq!(present(&mut memory, "b", 200, 199), Verdict::Replayed);
        assert_eq!(memory.len(), 2);
    }

    #[test]
    fn a_record_that_cannot_be_read_is_a_fault() {
        for record in ["[]", r#"{"version":2,"until":[]}"#] {
            let memory = Memory::from([(RECORD.to_owned(), record.to_owned())]);
            assert!(migrate(&memory).is_err());
        }
    }
}
