//! Spans of time as people read them, and what is left of one.

use oauth_core::UnixTime;
use oauth_core::date::Civil;

/// `42 ms`, `1.2 s`.
pub(super) fn milliseconds(value: u64) -> String {
    if value < 1000 {
        return format!("{value} ms");
    }
    let tenths = value / 100;
    format!("{}.{} s", tenths / 10, tenths % 10)
}

/// `90 s`, `4 min`, `2 h 5 min`: by the second only where seconds matter, so that little is drawn anew.
pub(super) fn seconds(value: i64) -> String {
    match value {
        ..120 => format!("{value} s"),
        120..7200 => format!("{} min", value / 60),
        _ => format!("{} h {} min", value / 3600, value % 3600 / 60),
    }
}

/// `12:03:44 UTC`: the time of day of a moment in milliseconds since 1970, by the clock that the logs have.
pub(super) fn time_of_day(milliseconds: i64) -> String {
    let time = UnixTime(milliseconds.div_euclid(1000));
    let Civil { hour, minute, .. } = Civil::at(time);
    let second = time.0.rem_euclid(60);
    // A no-break space: a column of times does not wrap.
    format!("{hour:02}:{minute:02}:{second:02}\u{a0}UTC")
}

/// The rest of `seconds` that were reported at the time `at`, in seconds; never negative.
pub(super) fn left(seconds: i64, at: i64, now: i64) -> i64 {
    (seconds - (now - at).max(0)).max(0)
}

/// A whole number between `least` and `most`, as a person typed it.
pub(super) fn whole(text: &str, least: u32, most: u32) -> Option<u32> {
    text.trim()
        .parse()
        .ok()
        .filter(|number| (least..=most).contains(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_have_the_unit_that_fits() {
        assert_eq!(milliseconds(999), "999 ms");
        assert_eq!(milliseconds(1250), "1.2 s");
        assert_eq!(seconds(119), "119 s");
        assert_eq!(seconds(270), "4 min");
        assert_eq!(seconds(7500), "2 h 5 min");
    }

    #[test]
    fn the_time_of_day_has_its_zone() {
        assert_eq!(time_of_day(1_795_757_044_999), "05:24:04\u{a0}UTC");
        assert_eq!(time_of_day(-1), "23:59:59\u{a0}UTC");
    }

    #[test]
    fn a_countdown_ends_at_none_and_does_not_grow_when_the_clock_is_set_back() {
        assert_eq!(left(30, 100, 110), 20);
        assert_eq!(left(30, 100, 200), 0);
        assert_eq!(left(30, 100, 90), 30);
    }

    #[test]
    fn only_whole_numbers_within_the_limits_are_taken() {
        assert_eq!(whole(" 20 ", 1, 20), Some(20));
        for text in ["", "0", "21", "-1", "1.5", "ten"] {
            assert_eq!(whole(text, 1, 20), None, "{text}");
        }
    }
}
