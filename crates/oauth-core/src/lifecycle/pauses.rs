//! The pauses between attempts at something that must succeed at last.

use crate::UnixTime;

/// The shortest and the longest pause, in seconds.
#[derive(Clone, Copy, Debug)]
pub struct Pauses {
    /// The pause after the first attempt.
    pub shortest: i64,
    /// No pause is longer.
    pub longest: i64,
}

impl Pauses {
    /// When to try again what has been tried since a time: after as long as it has taken so far.
    pub fn next(self, since: UnixTime, now: UnixTime) -> UnixTime {
        now.plus(now.since(since).clamp(self.shortest, self.longest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_pause_is_as_long_as_the_attempts_so_far_within_bounds() {
        let pauses = Pauses {
            shortest: 10,
            longest: 600,
        };
        let next = |now| pauses.next(UnixTime(0), UnixTime(now)).0;
        assert_eq!([next(0), next(50), next(1_000)], [10, 100, 1_600]);
    }
}
