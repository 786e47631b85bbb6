//! The clock and the source of randomness: read here, handed on as arguments.

use oauth_core::{Fault, UnixTime};

/// Milliseconds since the Unix epoch. Inside a worker the clock does not move between two I/Os.
#[expect(
    clippy::cast_possible_truncation,
    reason = "milliseconds of any date that a clock can show fit"
)]
pub fn now_millis() -> i64 {
    crate::task::moment(|| worker::js_sys::Date::now() as i64)
}

/// The present second.
pub fn now() -> UnixTime {
    UnixTime(now_millis() / 1000)
}

/// Bytes of the platform's cryptographic random number generator.
pub fn random_bytes<const N: usize>() -> Result<[u8; N], Fault> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| Fault::new("random", error))?;
    Ok(bytes)
}

/// Eight random bytes in hexadecimal, for ids that need not be secret.
pub fn token_hex() -> String {
    let number = random_bytes().map_or(0, u64::from_be_bytes);
    format!("{number:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_draws_differ() {
        assert_ne!(random_bytes::<32>().unwrap(), random_bytes::<32>().unwrap());
        assert_eq!(token_hex().len(), 16);
    }
}
