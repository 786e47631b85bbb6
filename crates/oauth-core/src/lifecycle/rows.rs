//! Rows: the state of an object that outgrows one record.
//!
//! A step reads the rows that it needs and answers with the changes to make. Its host makes all of
//! them at once or none, and only then gives the reply. The same code runs over a Durable Object's
//! storage and over a map in memory.

use std::collections::BTreeMap;

use from_json::FromJson;
use serde::Serialize;

use crate::{Fault, UnixTime};

/// The most rows that one step reads as a page, or that a sweep looks at before others get a turn.
pub const SWEEP: usize = 1_000;

/// The key of the one record that an earlier version stored.
pub const RECORD: &str = "record";

/// The rows of one object: texts under text keys, in the order of the keys' bytes.
pub trait Rows {
    /// The row with this key.
    fn row(&self, key: &str) -> Result<Option<String>, Fault>;

    /// At most `limit` rows, in order, whose keys begin with `prefix` and come after `after`.
    fn rows(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, String)>, Fault>;
}

/// A change of one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Keep this text under this key, in place of what was there.
    Put {
        /// The key.
        key: String,
        /// The text.
        text: String,
    },
    /// Keep nothing under this key.
    Delete {
        /// The key.
        key: String,
    },
}

/// The reply of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step<R> {
    /// The changes to make, all or none, before the reply is given.
    pub changes: Vec<Change>,
    /// The latest moment at which the object must sweep its rows.
    pub wake_at: Option<UnixTime>,
    /// The reply.
    pub reply: R,
}

impl<R> Step<R> {
    /// A reply that changes nothing.
    pub const fn answer(reply: R) -> Self {
        Self {
            changes: Vec::new(),
            wake_at: None,
            reply,
        }
    }
}

/// How long a row stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stay {
    /// Until this moment.
    Until(UnixTime),
    /// As long as other rows do, and no longer.
    WithOthers,
}

/// The result of a sweep over some rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sweep {
    /// The rows to delete.
    pub changes: Vec<Change>,
    /// When the next of the other rows has had its time; `None` if none has a time of its own.
    pub earliest: Option<UnixTime>,
    /// Where to go on: the last key that was looked at, unless it was the last of all.
    pub after: Option<String>,
}

/// Looks at up to [`SWEEP`] rows after `after` and finds those that have had their time.
pub fn sweep<S: Rows>(
    rows: &S,
    after: Option<&str>,
    now: UnixTime,
    stay: impl Fn(&str, &str) -> Result<Stay, Fault>,
) -> Result<Sweep, Fault> {
    let page = rows.rows("", after, SWEEP)?;
    let mut found = Sweep::default();
    for (key, text) in &page {
        match stay(key, text)? {
            Stay::Until(until) if until <= now => {
                found.changes.push(Change::Delete { key: key.clone() });
            }
            Stay::Until(until) => found.earliest = sooner(found.earliest, until),
            Stay::WithOthers => {}
        }
    }
    let full = page.len() >= SWEEP;
    found.after = page.into_iter().next_back().map(|(key, _)| key);
    found.after = found.after.filter(|_| full);
    Ok(found)
}

/// The sooner of two moments, one of which may not be known.
pub fn sooner(one: Option<UnixTime>, other: UnixTime) -> Option<UnixTime> {
    Some(one.map_or(other, |one| one.min(other)))
}

/// The version of every row.
const VERSION: u8 = 1;

/// A row as it is stored: with its version, so that the next version can distinguish it from its own.
#[derive(Serialize, FromJson)]
#[serde(deny_unknown_fields)]
struct Versioned<T> {
    version: u8,
    row: T,
}

/// The change that keeps `row`.
pub fn put<T: Serialize>(key: String, row: &T) -> Result<Change, Fault> {
    let text = serde_json::to_string(&Versioned {
        version: VERSION,
        row,
    });
    let text = text.map_err(|_| Fault::new("rows.write", "a row cannot be written"))?;
    Ok(Change::Put { key, text })
}

/// Reads a row's text. What it says is not quoted: the fault goes to the log.
pub fn read<T: FromJson>(text: &str) -> Result<T, Fault> {
    match from_json::from_str::<Versioned<T>>(text) {
        Ok(Versioned {
            version: VERSION,
            row,
        }) => Ok(row),
        Ok(_) => Err(Fault::new("rows.read", "a row is of another version")),
        Err(_) => Err(Fault::new("rows.read", "a row cannot be read")),
    }
}

/// The row with this key, read.
pub fn find<T: FromJson>(rows: &impl Rows, key: &str) -> Result<Option<T>, Fault> {
    rows.row(key)?.as_deref().map(read).transpose()
}

/// Rows in memory, for native tests.
pub type Memory = BTreeMap<String, String>;

impl Rows for Memory {
    fn row(&self, key: &str) -> Result<Option<String>, Fault> {
        Ok(self.get(key).cloned())
    }

    fn rows(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, String)>, Fault> {
        let from = after.map_or(prefix, |after| after.max(prefix)).to_owned();
        let begins = self
            .range(from..)
            .filter(|(key, _)| after.is_none_or(|after| key.as_str() > after))
            .take_while(|(key, _)| key.starts_with(prefix));
        let found = begins.take(limit);
        Ok(found
            .map(|(key, text)| (key.clone(), text.clone()))
            .collect())
    }
}

/// Makes the changes in memory.
pub fn apply(memory: &mut Memory, changes: Vec<Change>) {
    for change in changes {
        match change {
            Change::Put { key, text } => drop(memory.insert(key, text)),
            Change::Delete { key } => drop(memory.remove(&key)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn memory(keys: &[&str]) -> Memory {
        let row = |key: &&str| ((*key).to_owned(), "{}".to_owned());
        keys.iter().map(row).collect()
    }

    fn keys(memory: &Memory, prefix: &str, after: Option<&str>, limit: usize) -> Vec<String> {
        let rows = memory.rows(prefix, after, limit).unwrap();
        rows.into_iter().map(|(key, _)| key).collect()
    }

    #[test]
    fn a_page_has_the_prefix_comes_after_and_is_limited() {
        let memory = memory(&["a/1", "a/2", "a/3", "b/1"]);
        assert_eq!(keys(&memory, "a/", None, 2), ["a/1", "a/2"]);
        assert_eq!(keys(&memory, "a/", Some("a/1"), 9), ["a/2", "a/3"]);
        assert_eq!(keys(&memory, "a/", Some("a/3"), 9), [""; 0]);
        assert_eq!(keys(&memory, "b/", Some("a/3"), 9), ["b/1"]);
        assert_eq!(keys(&memory, "a/", Some("b/1"), 9), [""; 0]);
        assert_eq!(keys(&memory, "a/2", None, 9), ["a/2"]);
        assert_eq!(keys(&memory, "", None, 9).len(), 4);
    }

    #[test]
    fn a_sweep_deletes_what_has_had_its_time_and_knows_what_comes_next() {
        let memory = memory(&["3", "5", "9", "x"]);
        let stay = |key: &str, _: &str| {
            Ok(key
                .parse()
                .map_or(Stay::WithOthers, |at| Stay::Until(UnixTime(at))))
        };
        let found = sweep(&memory, None, UnixTime(5), stay).unwrap();
        let gone = ["3", "5"].map(|key| Change::Delete { key: key.into() });
        assert_eq!(found.changes, gone);
        assert_eq!(found.earliest, Some(UnixTime(9)));
        assert_eq!(found.after, None);
        let found = sweep(&memory, None, UnixTime(9), stay).unwrap();
        assert_eq!((found.changes.len(), found.earliest), (3, None));
    }

    #[test]
    fn a_sweep_stops_after_a_page_and_goes_on_there() {
        let memory: Memory = (0..=SWEEP)
            .map(|n| (format!("{n:05}"), String::new()))
            .collect();
        let stay = |_: &str, _: &str| Ok(Stay::WithOthers);
        let found = sweep(&memory, None, UnixTime(0), stay).unwrap();
        assert_eq!(found.after.as_deref(), Some("00999"));
        let found = sweep(&memory, found.after.as_deref(), UnixTime(0), stay).unwrap();
        assert_eq!(found.after, None);
    }

    #[test]
    fn a_row_of_another_version_is_a_fault() {
        assert_eq!(read::<u8>(r#"{"version":1,"row":7}"#).unwrap(), 7);
        for text in [
            r#"{"version":2,"row":7}"#,
            r#"{"version":1,"row":7,"more":1}"#,
            r#"{"row":7}"#,
            "7",
        ] {
            assert!(read::<u8>(text).is_err(), "{text}");
        }
    }
}
