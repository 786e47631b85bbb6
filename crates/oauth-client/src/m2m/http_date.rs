//! A moment as HTTP writes it: `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 §5.6.7). Its two obsolete forms are not read.

use oauth_core::UnixTime;

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// Days of a common year before each month.
const BEFORE: [i64; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];

/// Days from 0001-01-01 to 1970-01-01.
const EPOCH: i64 = 719_162;

/// Reads one. The day of the week is not compared with the date.
pub(super) fn read(text: &str) -> Option<UnixTime> {
    let (_, rest) = text.split_once(", ")?;
    let mut words = rest.split(' ');
    let day = number(words.next()?, 2)?;
    let month = words.next()?;
    let month = MONTHS.iter().position(|name| *name == month)?;
    let year = number(words.next()?, 4)?;
    let seconds = time_of_day(words.next()?)?;
    if words.next() != Some("GMT") || words.next().is_some() {
        return None;
    }
    let days = days(year, month, day)?;
    Some(UnixTime(days * 86_400 + seconds))
}

/// `08:49:37` in seconds; 60 is a leap second.
fn time_of_day(text: &str) -> Option<i64> {
    let mut parts = text.split(':').map(|part| number(part, 2));
    let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next()??);
    let is_sound = parts.next().is_none() && hour < 24 && minute < 60 && second <= 60;
    is_sound.then_some(hour * 3_600 + minute * 60 + second)
}

/// Days from the epoch to a date of the Gregorian calendar; none for a date that is not in it.
fn days(year: i64, month: usize, day: i64) -> Option<i64> {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let before = BEFORE.get(month)? + i64::from(is_leap && month > 1);
    let after = BEFORE.get(month + 1).unwrap_or(&365) + i64::from(is_leap && month > 0);
    let former = year - 1;
    let years = former * 365 + former / 4 - former / 100 + former / 400;
    let is_sound = year > 0 && day > 0 && day <= after - before;
    is_sound.then_some(years + before + day - 1 - EPOCH)
}

/// A number of exactly so many digits.
fn number(text: &str, digits: usize) -> Option<i64> {
    let is_number = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_date_is_a_moment() {
        for (text, seconds) in [
            ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
            ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777),
            ("Tue, 29 Feb 2000 23:59:59 GMT", 951_868_799),
            ("Sat, 28 Nov 2026 00:00:00 GMT", 1_795_824_000),
            ("Wed, 31 Dec 2036 23:59:60 GMT", 2_114_380_800),
            ("Mon, 01 Mar 2100 00:00:00 GMT", 4_107_542_400),
        ] {
            assert_eq!(read(text), Some(UnixTime(seconds)), "{text}");
        }
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in [
            "",
            "Sun, 06 Nov 1994 08:49:37",
            "Sun, 06 Nov 1994 08:49:37 GMT ",
            "Sun, 06 Nov 1994 08:49:37 UTC",
            "Sun, 6 Nov 1994 08:49:37 GMT",
            "Sun, 31 Nov 1994 08:49:37 GMT",
            "Tue, 29 Feb 2100 00:00:00 GMT",
            "Sun, 00 Nov 1994 08:49:37 GMT",
            "Sun, 06 nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 24:00:00 GMT",
            "Sun, 06 Nov 1994 08:49 GMT",
            "Sun, 06 Nov 1994 +8:49:37 GMT",
            "Sat, 01 Jan 0000 00:00:00 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
        ] {
            assert_eq!(read(text), None, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in ".{0,40}", near in "[A-Za-z]{3}, [0-9]{2} Feb [0-9]{4} [0-9:]{8} GMT") {
            let _ = read(&text);
            let _ = read(&near);
        }
    }
}
