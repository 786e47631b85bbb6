//! The life of a signing key: published before it signs, so that every copy of the key set has it, and published
//! after it has signed, until the last token that it signed is over.

mod copy;

use from_json::FromJson;
use serde::Serialize;

use crate::UnixTime;

pub use copy::{KeyCopy, KeyReader};

/// Seconds that a key is published before it signs: longer than the copies of the key set last one after the other, a
/// minute in an isolate of ours, five on the way and five at a resource server.
pub const PUBLISHED_BEFORE: i64 = 900;
/// Seconds that a key stays published beyond the life of the longest token: isolates go on signing with what they
/// remember, and clocks differ.
const KEPT_LONGER: i64 = 600;

/// Seconds after a change in which another one is taken for the same: of two who rotate at once, or one who asks
/// again for want of an answer.
const SAME_CHANGE: i64 = 60;

/// The state of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(rename_all = "lowercase")]
pub enum KeyState {
    /// It is published, and will sign.
    Next,
    /// It signs: one for each algorithm.
    Active,
    /// It has signed, and is still published. Its private half is gone.
    Retired,
}

/// The public facts of a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KeyEntry {
    /// Its id, in the header of what it signs.
    pub kid: String,
    /// Its algorithm (RFC 7518).
    pub algorithm: String,
    /// Its state.
    pub state: KeyState,
    /// When it was made, and first published.
    pub created_at: UnixTime,
    /// When it ceased to sign.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retired_at: Option<UnixTime>,
}

impl KeyEntry {
    /// Whether it has been published for long enough to sign from now on.
    pub fn is_to_sign(&self, now: UnixTime) -> bool {
        match self.state {
            KeyState::Next => now.since(self.created_at) >= PUBLISHED_BEFORE,
            KeyState::Active | KeyState::Retired => false,
        }
    }

    /// Whether it is to be replaced where no secret opens its private half. One that is younger than a minute was made by
    /// another deployment, with another secret, a moment ago: to replace it would make the two replace each other's keys.
    pub fn is_lost_for_good(&self, now: UnixTime) -> bool {
        now.since(self.created_at) >= SAME_CHANGE
    }

    /// Whether nothing that it has signed can still count, where a token lives for `longest` seconds at most.
    pub fn is_over(&self, longest: i64, now: UnixTime) -> bool {
        let kept = longest.saturating_add(KEPT_LONGER);
        match (self.state, self.retired_at) {
            (KeyState::Retired, Some(at)) => now.since(at) >= kept,
            (KeyState::Retired, None) | (KeyState::Next | KeyState::Active, _) => false,
        }
    }
}

/// How long keys live, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lives {
    /// The age at which a key gets a successor.
    pub key: i64,
    /// The longest that a token counts.
    pub token: i64,
}

/// A change that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step<'a> {
    /// A successor of this active key is made and published.
    Publish(&'a KeyEntry),
    /// The successor of this active key signs in its place.
    Begin(&'a KeyEntry),
    /// This retired key is published no more.
    Drop(&'a KeyEntry),
}

/// The changes that are due, one a key at most. Each may be made twice: the second does nothing.
pub fn due(keys: &[KeyEntry], lives: Lives, now: UnixTime) -> impl Iterator<Item = Step<'_>> {
    keys.iter().filter_map(move |key| match key.state {
        KeyState::Active => match successor(keys, key) {
            Some(next) => next.is_to_sign(now).then_some(Step::Begin(key)),
            None => (now.since(key.created_at) >= lives.key).then_some(Step::Publish(key)),
        },
        KeyState::Retired => key.is_over(lives.token, now).then_some(Step::Drop(key)),
        KeyState::Next => None,
    })
}

fn successor<'a>(keys: &'a [KeyEntry], active: &KeyEntry) -> Option<&'a KeyEntry> {
    let mut next = keys.iter().filter(|key| key.state == KeyState::Next);
    next.find(|key| key.algorithm == active.algorithm)
}

/// Whether the key that signs with an algorithm has followed another only just now.
pub fn has_just_begun(keys: &[KeyEntry], algorithm: &str, now: UnixTime) -> bool {
    let of_it = keys.iter().filter(|key| key.algorithm == algorithm);
    let mut ends = of_it.filter_map(|key| key.retired_at);
    ends.any(|at| now.since(at) < SAME_CHANGE)
}

#[cfg(test)]
mod drill;

#[cfg(test)]
mod tests {
    use super::*;

    fn key(state: KeyState, retired_at: Option<i64>) -> KeyEntry {
        KeyEntry {
            kid: "one".into(),
            algorithm: "ES256".into(),
            state,
            created_at: UnixTime(1_000),
            retired_at: retired_at.map(UnixTime),
        }
    }

    #[test]
    fn a_key_signs_once_it_was_published_for_fifteen_minutes() {
        let next = key(KeyState::Next, None);
        assert!(!next.is_to_sign(UnixTime(1_899)));
        assert!(next.is_to_sign(UnixTime(1_900)));
        // A clock that is behind makes nothing sign.
        assert!(!next.is_to_sign(UnixTime(0)));
        for state in [KeyState::Active, KeyState::Retired] {
            assert!(!key(state, None).is_to_sign(UnixTime(i64::MAX)));
        }
    }

    #[test]
    fn a_key_is_over_only_after_the_longest_token_that_it_may_have_signed() {
        let retired = key(KeyState::Retired, Some(2_000));
        assert!(!retired.is_over(3_600, UnixTime(2_000 + 4_199)));
        assert!(retired.is_over(3_600, UnixTime(2_000 + 4_200)));
        for kept in [
            key(KeyState::Active, None),
            key(KeyState::Next, None),
            key(KeyState::Retired, None),
        ] {
            assert!(!kept.is_over(0, UnixTime(i64::MAX)));
        }
    }

    #[test]
    fn a_change_is_the_same_for_a_minute_and_for_its_algorithm() {
        let keys = [
            key(KeyState::Active, None),
            key(KeyState::Retired, Some(2_000)),
        ];
        assert!(has_just_begun(&keys, "ES256", UnixTime(2_059)));
        assert!(!has_just_begun(&keys, "ES256", UnixTime(2_060)));
        assert!(!has_just_begun(&keys, "RS256", UnixTime(2_000)));
        let [active, _] = keys;
        assert!(!has_just_begun(&[active], "ES256", UnixTime(0)));
    }

    #[test]
    fn what_is_told_of_a_key_is_no_more_than_this() {
        let json = serde_json::to_string(&key(KeyState::Retired, Some(2_000))).unwrap();
        assert_eq!(
            json,
            r#"{"kid":"one","algorithm":"ES256","state":"retired","created_at":1000,"retired_at":2000}"#
        );
        let json = serde_json::to_string(&key(KeyState::Next, None)).unwrap();
        assert!(json.ends_with(r#""state":"next","created_at":1000}"#));
    }
}
