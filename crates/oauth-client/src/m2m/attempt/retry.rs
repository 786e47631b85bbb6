//! The retry policy: exponential back-off with full jitter, within a number of attempts and a deadline.
//!
//! Only temporary failures are retried: network faults, timeouts, 429 and 5xx. Any other 4xx is final.

use std::time::UNIX_EPOCH;

use oauth_core::UnixTime;

use crate::http_call::HttpReply;
use crate::m2m::ports::SendFailed;

/// The persistence of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// The most attempts, the first included.
    pub tries: u32,
    /// The longest pause before the second attempt, in milliseconds; it doubles with each further one.
    pub base_ms: u32,
    /// The longest back-off, in milliseconds. A server may ask for more.
    pub cap_ms: u32,
    /// No attempt begins later than this after the first, in milliseconds.
    pub deadline_ms: u32,
}

impl RetryPolicy {
    /// Three attempts within ten seconds.
    pub const USUAL: Self = Self {
        tries: 3,
        base_ms: 250,
        cap_ms: 2_000,
        deadline_ms: 10_000,
    };

    /// The pause before the next attempt, in milliseconds; `None` when there is to be none.
    ///
    /// `made` counts the attempts so far, `elapsed_ms` is the time since the first began, `random` decides the jitter. A
    /// server that names a time is not asked sooner (RFC 9110 §10.2.3); if that is past the deadline, not at all.
    pub fn wait(
        self,
        made: u32,
        elapsed_ms: u64,
        retry_after: Option<u32>,
        random: u32,
    ) -> Option<u32> {
        if made >= self.tries {
            return None;
        }
        let doublings = made.saturating_sub(1).min(31);
        let longest = u64::from(self.base_ms)
            .saturating_mul(1_u64 << doublings)
            .min(u64::from(self.cap_ms));
        let jittered = longest.saturating_mul(u64::from(random)) / u64::from(u32::MAX);
        let asked = retry_after.map_or(0, |seconds| u64::from(seconds).saturating_mul(1_000));
        let wait = jittered.max(asked);
        let ends = elapsed_ms.saturating_add(wait);
        (ends < u64::from(self.deadline_ms))
            .then(|| u32::try_from(wait).ok())
            .flatten()
    }

    /// The rest of the deadline, in milliseconds.
    pub fn left(self, elapsed_ms: u64) -> u32 {
        let elapsed = u32::try_from(elapsed_ms).unwrap_or(u32::MAX);
        self.deadline_ms.saturating_sub(elapsed)
    }
}

/// Whether a request may be made again after this outcome.
pub(super) fn may_repeat(idempotent: bool, reply: &Result<HttpReply, SendFailed>) -> bool {
    match reply {
        // Refused before it had any effect.
        Ok(reply) if reply.status == 429 => true,
        Ok(reply) => idempotent && reply.status >= 500,
        Err(SendFailed::TimedOut | SendFailed::Unreachable(_)) => idempotent,
        Err(SendFailed::TooLarge | SendFailed::Open(_)) => false,
    }
}

/// The pause that an answer asks for, in seconds from now: `Retry-After`, a number or a date (RFC 9110 §10.2.3).
pub(super) fn retry_after(reply: &HttpReply, now: UnixTime) -> Option<u32> {
    let text = reply.headers.value("retry-after")?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(seconds);
    }
    let seconds = read_date(text)?.since(now).max(0);
    Some(u32::try_from(seconds).unwrap_or(u32::MAX))
}

fn read_date(text: &str) -> Option<UnixTime> {
    let time = httpdate::parse_http_date(text).ok()?;
    let since_epoch = time.duration_since(UNIX_EPOCH).ok()?;
    Some(UnixTime(i64::try_from(since_epoch.as_secs()).ok()?))
}

#[cfg(test)]
mod tests {
    use oauth_core::http::Headers;
    use proptest::prelude::*;

    use super::*;

    const POLICY: RetryPolicy = RetryPolicy::USUAL;

    fn reply(status: u16) -> HttpReply {
        HttpReply {
            status,
            headers: Headers::new([("retry-after".to_owned(), " 7 ".to_owned())]),
            body: Vec::new(),
        }
    }

    fn may(idempotent: bool, status: u16) -> bool {
        may_repeat(idempotent, &Ok(reply(status)))
    }

    #[test]
    fn the_back_off_doubles_and_is_jittered_from_nothing_to_all_of_it() {
        let policy = RetryPolicy {
            tries: 9,
            deadline_ms: 60_000,
            ..POLICY
        };
        for (made, longest) in [
            (1, 250),
            (2, 500),
            (3, 1_000),
            (4, 2_000),
            (5, 2_000),
            (8, 2_000),
        ] {
            assert_eq!(policy.wait(made, 0, None, u32::MAX), Some(longest));
            assert_eq!(policy.wait(made, 0, None, 0), Some(0));
        }
    }

    #[test]
    fn the_last_try_is_the_last() {
        assert!(POLICY.wait(2, 0, None, 0).is_some());
        assert_eq!(POLICY.wait(3, 0, None, 0), None);
    }

    #[test]
    fn a_server_s_word_is_obeyed_within_the_deadline() {
        assert_eq!(POLICY.wait(1, 0, Some(2), 0), Some(2_000));
        assert_eq!(POLICY.wait(1, 0, Some(9), u32::MAX), Some(9_000));
        assert_eq!(POLICY.wait(1, 0, Some(10), 0), None);
        assert_eq!(POLICY.wait(1, 9_000, Some(1), 0), None);
        assert_eq!(POLICY.wait(1, 0, Some(u32::MAX), 0), None);
    }

    #[test]
    fn only_what_may_pass_is_tried_again() {
        for status in [429, 500, 502, 503, 599] {
            assert!(may(true, status), "{status}");
        }
        for status in [200, 301, 400, 401, 403, 404, 408, 499] {
            assert!(!may(true, status), "{status}");
        }
        assert!(may_repeat(true, &Err(SendFailed::TimedOut)));
        assert!(may_repeat(
            true,
            &Err(SendFailed::Unreachable(String::new()))
        ));
        assert!(!may_repeat(true, &Err(SendFailed::TooLarge)));
    }

    #[test]
    fn what_may_have_been_done_is_not_done_twice() {
        assert!(!may_repeat(false, &Err(SendFailed::TimedOut)));
        assert!(!may(false, 503));
        assert!(may(false, 429));
    }

    #[test]
    fn retry_after_is_a_number_of_seconds_or_a_date() {
        // 2027-01-15T08:00:00Z.
        const NOW: UnixTime = UnixTime(1_800_000_000);
        let asked = |text: &str| {
            let headers = Headers::new([("retry-after".to_owned(), text.to_owned())]);
            let reply = HttpReply {
                status: 503,
                headers,
                body: Vec::new(),
            };
            retry_after(&reply, NOW)
        };
        for (text, seconds) in [
            (" 7 ", 7),
            ("Fri, 15 Jan 2027 08:00:09 GMT", 9),
            ("Fri, 31 Dec 1999 23:59:59 GMT", 0),
            ("Fri, 31 Dec 9999 23:59:59 GMT", u32::MAX),
        ] {
            assert_eq!(asked(text), Some(seconds), "{text}");
        }
        for text in ["", "-1", "soon", "Fri, 31 Dec", "99999999999"] {
            assert_eq!(asked(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn nothing_is_begun_after_the_deadline(
            made in 0_u32..5, elapsed in 0_u64..20_000, asked in prop::option::of(0_u32..40), random: u32,
        ) {
            if let Some(wait) = POLICY.wait(made, elapsed, asked, random) {
                prop_assert!(elapsed + u64::from(wait) < 10_000);
                prop_assert!(u64::from(wait) >= u64::from(asked.unwrap_or(0)) * 1_000);
                prop_assert!(made < 3);
            }
        }
    }
}
