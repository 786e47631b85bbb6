//! Time as an argument: whole seconds since the Unix epoch, never read from a clock here.

use from_json::FromJson;
use serde::Serialize;

/// A moment, in seconds since 1970-01-01T00:00:00Z (the `NumericDate` of RFC 7519 §2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, FromJson)]
#[serde(transparent)]
pub struct UnixTime(pub i64);

impl UnixTime {
    /// The moment `seconds` later; saturates instead of wrapping.
    #[must_use]
    pub const fn plus(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds))
    }

    /// Seconds that have passed since `earlier`; negative when `earlier` lies ahead.
    #[must_use]
    pub const fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arithmetic_at_the_ends_of_time_saturates() {
        assert_eq!(UnixTime(i64::MAX).plus(1), UnixTime(i64::MAX));
        assert_eq!(UnixTime(i64::MIN).since(UnixTime(1)), i64::MIN);
    }
}
