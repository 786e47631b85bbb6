//! Dates and times for users, in one style: `27 November 2026, 05:19 UTC, 5 minutes ago`.

use crate::UnixTime;

const MINUTE: i64 = 60;
const HOUR: i64 = 3_600;
const DAY: i64 = 86_400;
/// Days from 0000-03-01 to 1970-01-01.
const TO_EPOCH: i64 = 719_468;
/// Days in 400 years, after which the calendar repeats itself.
const ERA: i64 = 146_097;

/// A moment in the civil calendar, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Civil {
    /// The year.
    pub year: i64,
    /// The month, from 1.
    pub month: i64,
    /// The day of the month, from 1.
    pub day: i64,
    /// The hour.
    pub hour: i64,
    /// The minute.
    pub minute: i64,
}

impl Civil {
    /// The civil date and time of a moment.
    ///
    /// Years are counted from March, so that the leap day comes last.
    pub const fn at(time: UnixTime) -> Self {
        let days = time.0.div_euclid(DAY).saturating_add(TO_EPOCH);
        let (era, day_of_era) = (days.div_euclid(ERA), days.rem_euclid(ERA));
        let leap_days = day_of_era / 1_460 - day_of_era / 36_524 + day_of_era / 146_096;
        let year_of_era = (day_of_era - leap_days) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let from_march = (5 * day_of_year + 2) / 153;
        let month = from_march % 12 + if from_march < 10 { 3 } else { -9 };
        let second = time.0.rem_euclid(DAY);
        Self {
            year: year_of_era + era * 400 + if month <= 2 { 1 } else { 0 },
            month,
            day: day_of_year - (153 * from_march + 2) / 5 + 1,
            hour: second / HOUR,
            minute: second % HOUR / MINUTE,
        }
    }
}

/// A unit of distance in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Seconds.
    Second,
    /// Minutes.
    Minute,
    /// Hours.
    Hour,
    /// Days.
    Day,
}

/// The distance between two moments, in the largest unit that fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Distance {
    /// The number of units: negative for the past.
    pub count: i64,
    /// The unit.
    pub unit: Unit,
}

impl Distance {
    /// The distance from `now` to `time`, rounded towards `now`.
    pub const fn between(time: UnixTime, now: UnixTime) -> Self {
        let seconds = time.0.saturating_sub(now.0);
        let (unit, length) = match seconds.saturating_abs() {
            ..MINUTE => (Unit::Second, 1),
            MINUTE..HOUR => (Unit::Minute, MINUTE),
            HOUR..DAY => (Unit::Hour, HOUR),
            _ => (Unit::Day, DAY),
        };
        Self {
            count: seconds / length,
            unit,
        }
    }
}

/// How a language writes a moment.
#[derive(Clone, Copy, Debug)]
pub struct Words {
    /// The names of the months.
    pub months: [&'static str; 12],
    /// A date and time; the text is the month's name.
    pub moment: fn(Civil, &str) -> String,
    /// A distance.
    pub distance: fn(Distance) -> String,
}

impl Words {
    /// A moment, with its zone and its distance from now.
    pub fn write(&self, time: UnixTime, now: UnixTime) -> String {
        let civil = Civil::at(time);
        let month = usize::try_from(civil.month - 1)
            .ok()
            .and_then(|month| self.months.get(month))
            .copied()
            .unwrap_or_default();
        let moment = (self.moment)(civil, month);
        let distance = (self.distance)(Distance::between(time, now));
        [&moment, ", ", &distance].concat()
    }
}

/// English.
pub const ENGLISH: Words = Words {
    months: [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
    moment: |civil, month| {
        let Civil {
            year,
            day,
            hour,
            minute,
            ..
        } = civil;
        format!("{day} {month} {year}, {hour:02}:{minute:02} UTC")
    },
    distance: |Distance { count, unit }| {
        let unit = match (unit, count.abs()) {
            (Unit::Second, 0) => return "now".to_owned(),
            (Unit::Second, 1) => "second",
            (Unit::Second, _) => "seconds",
            (Unit::Minute, 1) => "minute",
            (Unit::Minute, _) => "minutes",
            (Unit::Hour, 1) => "hour",
            (Unit::Hour, _) => "hours",
            (Unit::Day, 1) => "day",
            (Unit::Day, _) => "days",
        };
        if count > 0 {
            format!("in {count} {unit}")
        } else {
            format!("{} {unit} ago", count.abs())
        }
    },
};

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn days_are_those_of_the_calendar() {
        for (seconds, day) in [
            (0, (1970, 1, 1)),
            (-1, (1969, 12, 31)),
            (951_782_399, (2000, 2, 28)),
            (951_782_400, (2000, 2, 29)),
            (951_868_800, (2000, 3, 1)),
            (1_709_164_800, (2024, 2, 29)),
            (1_798_761_599, (2026, 12, 31)),
            (1_798_761_600, (2027, 1, 1)),
            (4_107_542_400, (2100, 3, 1)),
        ] {
            let civil = Civil::at(UnixTime(seconds));
            assert_eq!((civil.year, civil.month, civil.day), day, "{seconds}");
        }
    }

    #[test]
    fn a_moment_has_its_zone_and_its_distance() {
        let now = UnixTime(1_795_756_740);
        for (time, text) in [
            (now.0, "27 November 2026, 05:19 UTC, now"),
            (now.0 + 300, "27 November 2026, 05:24 UTC, in 5 minutes"),
            (now.0 - 1, "27 November 2026, 05:18 UTC, 1 second ago"),
            (now.0 - 7_200, "27 November 2026, 03:19 UTC, 2 hours ago"),
            (now.0 - 86_400, "26 November 2026, 05:19 UTC, 1 day ago"),
        ] {
            assert_eq!(ENGLISH.write(UnixTime(time), now), text);
        }
    }

    proptest! {
        #[test]
        fn every_moment_can_be_written(time: i64, now: i64) {
            let text = ENGLISH.write(UnixTime(time), UnixTime(now));
            prop_assert!(text.contains(" UTC, "), "{}", text);
        }

        #[test]
        fn a_day_later_is_the_next_day(time in -100_000_000_000_i64..100_000_000_000) {
            let (today, tomorrow) = (Civil::at(UnixTime(time)), Civil::at(UnixTime(time + DAY)));
            prop_assert_eq!((today.hour, today.minute), (tomorrow.hour, tomorrow.minute));
            prop_assert!(tomorrow.day == today.day + 1 || tomorrow.day == 1);
        }
    }
}
