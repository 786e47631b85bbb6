//! How long an answer is fresh (RFC 9111 §4.2), within bounds.

/// The least time, in seconds, whatever the answer asks for: nobody makes this server ask all the time.
pub const LEAST_FRESH: i64 = 300;
/// The longest time, in seconds: a change is seen after a day.
pub const MOST_FRESH: i64 = 86_400;
/// The time for an answer that says nothing.
const USUALLY: i64 = 3_600;

/// For how many seconds an answer is fresh that has these values of `Cache-Control` and `Age`.
pub fn fresh_for(cache_control: Option<&str>, age: Option<&str>) -> i64 {
    let Some(cache_control) = cache_control else {
        return USUALLY;
    };
    let mut asked = None;
    let mut shared = None;
    for directive in cache_control.split(',') {
        let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
        let seconds = value.trim().trim_matches('"').parse::<u32>().ok();
        match name.trim().to_ascii_lowercase().as_str() {
            "no-store" | "no-cache" => return LEAST_FRESH,
            "max-age" => asked = asked.or(seconds),
            "s-maxage" => shared = shared.or(seconds),
            _ => {}
        }
    }
    let age = age.and_then(|age| age.trim().parse::<u32>().ok());
    let asked = shared.or(asked).map(i64::from);
    asked
        .map_or(USUALLY, |seconds| seconds - age.map_or(0, i64::from))
        .clamp(LEAST_FRESH, MOST_FRESH)
}
