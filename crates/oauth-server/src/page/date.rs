//! Days for people: the civil date of a moment, in UTC.

use oauth_core::UnixTime;

const DAY: i64 = 86_400;
/// Days from 0000-03-01 to 1970-01-01.
const TO_EPOCH: i64 = 719_468;
/// Days in 400 years, after which the calendar repeats itself.
const ERA: i64 = 146_097;

/// The date, as `2026-11-21`. Years are counted from March, so that the leap day comes last.
pub(super) fn date(time: UnixTime) -> String {
    let days = time.0.div_euclid(DAY).saturating_add(TO_EPOCH);
    let (era, day_of_era) = (days.div_euclid(ERA), days.rem_euclid(ERA));
    let leap_days = day_of_era / 1_460 - day_of_era / 36_524 + day_of_era / 146_096;
    let year_of_era = (day_of_era - leap_days) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * from_march + 2) / 5 + 1;
    let month = from_march % 12 + if from_march < 10 { 3 } else { -9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_calendar() {
        for (seconds, day) in [
            (0, "1970-01-01"),
            (-1, "1969-12-31"),
            (951_782_399, "2000-02-28"),
            (951_782_400, "2000-02-29"),
            (951_868_800, "2000-03-01"),
            (1_709_164_800, "2024-02-29"),
            (1_798_761_599, "2026-12-31"),
            (1_798_761_600, "2027-01-01"),
            (4_107_542_400, "2100-03-01"),
        ] {
            assert_eq!(date(UnixTime(seconds)), day, "{seconds}");
        }
    }
}
