//! Values that count once: the `jti` of a client assertion (RFC 7523 §3).

use serde::{Deserialize, Serialize};

use crate::UnixTime;

/// The most values that one shard remembers. Beyond it the shard refuses rather than forgets.
pub const CAPACITY: usize = 20_000;

/// What a shard remembers: each value's hash until the moment when it could not be used anyway.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seen {
    /// The version of this record: 1.
    pub version: u8,
    /// Hashes of the values, each with the moment when it may be forgotten.
    pub until: Vec<(String, UnixTime)>,
}

/// A value is presented.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Present {
    /// A keyed hash of the value and of whom it belongs to.
    pub hash: String,
    /// Until when the value would be accepted.
    pub until: UnixTime,
}

/// What a shard answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Not seen before; it is now.
    First,
    /// Seen before, and it still could be replayed.
    Replayed,
    /// Too many values at once: nothing was recorded, so nothing may be accepted.
    Full,
}

/// Whether a value is presented for the first time.
pub fn step(mut seen: Seen, present: Present, now: UnixTime) -> (Seen, Verdict) {
    seen.version = 1;
    seen.until.retain(|(_, until)| *until > now);
    if seen.until.iter().any(|(hash, _)| *hash == present.hash) {
        return (seen, Verdict::Replayed);
    }
    if seen.until.len() >= CAPACITY {
        return (seen, Verdict::Full);
    }
    seen.until.push((present.hash, present.until));
    (seen, Verdict::First)
}

/// When the last value may be forgotten; `None` when nothing is remembered.
pub fn ends_at(seen: &Seen) -> Option<UnixTime> {
    seen.until.iter().map(|(_, until)| *until).max()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn present(hash: &str) -> Present {
        Present {
            hash: hash.into(),
            until: UnixTime(100),
        }
    }

    #[test]
    fn a_value_counts_once_until_it_could_not_be_used_anyway() {
        let (seen, verdict) = step(Seen::default(), present("a"), UnixTime(0));
        assert_eq!(verdict, Verdict::First);
        let (seen, verdict) = step(seen, present("a"), UnixTime(99));
        assert_eq!(verdict, Verdict::Replayed);
        let (_, verdict) = step(seen, present("b"), UnixTime(99));
        assert_eq!(verdict, Verdict::First);
    }

    #[test]
    fn what_has_expired_is_forgotten() {
        let (seen, _) = step(Seen::default(), present("a"), UnixTime(0));
        let (seen, _) = step(
            seen,
            Present {
                hash: "b".into(),
                until: UnixTime(300),
            },
            UnixTime(100),
        );
        assert_eq!(seen.until.len(), 1);
        assert_eq!(ends_at(&seen), Some(UnixTime(300)));
    }

    #[test]
    fn a_full_shard_accepts_nothing_and_forgets_nothing() {
        let until = (0..CAPACITY)
            .map(|n| (n.to_string(), UnixTime(100)))
            .collect();
        let (seen, verdict) = step(Seen { version: 1, until }, present("new"), UnixTime(0));
        assert_eq!(verdict, Verdict::Full);
        assert_eq!(seen.until.len(), CAPACITY);
    }
}
