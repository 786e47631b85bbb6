//! Registered claims and the rules of time (RFC 7519 §4.1).

use from_json::{FromJson, Json, Mismatch};
use serde::{Serialize, Serializer};

use crate::UnixTime;

/// The end of the year 9999: a later time is an attack on arithmetic.
const LAST_SECOND: i64 = 253_402_300_799;

/// Seconds since the epoch in a claim (RFC 7519 §2). Text, negative and absurd numbers are refused;
/// a fraction, which the RFC allows, is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NumericDate(pub UnixTime);

impl From<UnixTime> for NumericDate {
    fn from(time: UnixTime) -> Self {
        Self(time)
    }
}

impl Serialize for NumericDate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(self.0.0)
    }
}

impl FromJson for NumericDate {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a cast of floats saturates"
    )]
    fn from_json(value: Json<'_>) -> Result<Self, Mismatch> {
        let seconds = if let Json::Float(seconds) = value {
            seconds.floor() as i64
        } else {
            value.integer()?.try_into().map_err(|_| Mismatch)?
        };
        if !(0..=LAST_SECOND).contains(&seconds) {
            return Err(Mismatch);
        }
        Ok(Self(UnixTime(seconds)))
    }
}

/// Whether a header's `typ` is this type, with or without `application/` (RFC 7515 §4.1.9; media types have no case).
pub fn is_type(token_type: Option<&str>, wanted: &str) -> bool {
    let short = token_type.map(|name| match name.split_once('/') {
        Some((kind, subtype)) if kind.eq_ignore_ascii_case("application") => subtype,
        _ => name,
    });
    short.is_some_and(|name| name.eq_ignore_ascii_case(wanted))
}

/// Whom a token is for: one name or several (RFC 7519 §4.1.3).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Audience(Vec<String>);

impl Audience {
    /// The audience of one.
    pub fn one(name: impl Into<String>) -> Self {
        Self(vec![name.into()])
    }

    /// The audience of these.
    pub fn many(names: impl IntoIterator<Item = String>) -> Self {
        Self(names.into_iter().collect())
    }

    /// Whether this very name is among them.
    pub fn contains(&self, name: &str) -> bool {
        self.0.iter().any(|known| known == name)
    }

    /// The only name, where there is only one.
    pub fn single(&self) -> Option<&str> {
        match self.0.as_slice() {
            [only] => Some(only),
            _ => None,
        }
    }

    /// All names.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

impl Serialize for Audience {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.single() {
            Some(only) => serializer.serialize_str(only),
            None => self.0.serialize(serializer),
        }
    }
}

impl FromJson for Audience {
    fn from_json(value: Json<'_>) -> Result<Self, Mismatch> {
        if let Json::Text(name) = value {
            return Ok(Self::one(name));
        }
        Vec::from_json(value).map(Self)
    }
}

/// How far clocks may disagree, in seconds.
#[derive(Clone, Copy, Debug)]
pub struct Leeway {
    /// How long after `exp` a token still passes.
    pub expired: i64,
    /// How far ahead `nbf` and `iat` may lie.
    pub ahead: i64,
}

/// Why a token is not valid now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeError {
    /// There is no `exp`, and every token must expire.
    NoExpiry,
    /// `exp` has passed.
    Expired,
    /// `nbf` lies ahead.
    NotYetValid,
    /// `iat` lies ahead.
    IssuedAhead,
}

/// Applies the rules of time, in whole seconds and without overflow (RFC 7519 §4.1.4 to §4.1.6).
pub fn check_times(
    expires: Option<NumericDate>,
    not_before: Option<NumericDate>,
    issued: Option<NumericDate>,
    now: UnixTime,
    leeway: Leeway,
) -> Result<(), TimeError> {
    let ahead = |date: NumericDate| date.0.since(now) > leeway.ahead;
    let expires = expires.ok_or(TimeError::NoExpiry)?;
    if now.since(expires.0) > leeway.expired {
        Err(TimeError::Expired)
    } else if not_before.is_some_and(ahead) {
        Err(TimeError::NotYetValid)
    } else if issued.is_some_and(ahead) {
        Err(TimeError::IssuedAhead)
    } else {
        Ok(())
    }
}

/// The claims that RFC 7519 registers, all of them optional, as a client's assertion carries them
/// (RFC 7523 §3).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, FromJson)]
pub struct RegisteredClaims {
    /// Issuer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iss: Option<String>,
    /// Subject.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sub: Option<String>,
    /// Audience.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aud: Option<Audience>,
    /// Expiration time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exp: Option<NumericDate>,
    /// Not before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nbf: Option<NumericDate>,
    /// Issued at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iat: Option<NumericDate>,
    /// The token's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jti: Option<String>,
}

impl RegisteredClaims {
    /// Applies the rules of time.
    pub fn check_times(&self, now: UnixTime, leeway: Leeway) -> Result<(), TimeError> {
        check_times(self.exp, self.nbf, self.iat, now, leeway)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEEWAY: Leeway = Leeway {
        expired: 30,
        ahead: 60,
    };
    const NOW: UnixTime = UnixTime(1_000_000);

    fn read(json: &str) -> Result<RegisteredClaims, serde_json::Error> {
        serde_json::from_str(json)
    }

    fn checked(json: &str) -> Result<(), TimeError> {
        read(json).unwrap().check_times(NOW, LEEWAY)
    }

    #[test]
    fn dates_that_are_no_dates_are_refused() {
        for value in [
            "\"1000000\"",
            "-1",
            "1e300",
            "-1e300",
            "18446744073709551615",
            "[]",
            "{}",
            "true",
        ] {
            assert!(read(&format!("{{\"exp\":{value}}}")).is_err(), "{value}");
        }
        assert_eq!(
            read("{\"exp\":1000000.9}").unwrap().exp,
            Some(NumericDate(NOW))
        );
    }

    #[test]
    fn expiry_is_required_and_has_its_leeway() {
        assert_eq!(checked("{}"), Err(TimeError::NoExpiry));
        assert_eq!(checked("{\"exp\":null}"), Err(TimeError::NoExpiry));
        assert_eq!(checked("{\"exp\":999970}"), Ok(()));
        assert_eq!(checked("{\"exp\":999969}"), Err(TimeError::Expired));
    }

    #[test]
    fn what_begins_later_is_refused_beyond_the_leeway() {
        assert_eq!(
            checked("{\"exp\":1000100,\"nbf\":1000060,\"iat\":1000060}"),
            Ok(())
        );
        assert_eq!(
            checked("{\"exp\":1000100,\"nbf\":1000061}"),
            Err(TimeError::NotYetValid)
        );
        assert_eq!(
            checked("{\"exp\":1000100,\"iat\":1000061}"),
            Err(TimeError::IssuedAhead)
        );
    }

    #[test]
    fn the_ends_of_time_do_not_overflow() {
        let claims = read("{\"exp\":0,\"nbf\":253402300799}").unwrap();
        let wide = Leeway {
            expired: i64::MAX,
            ahead: i64::MAX,
        };
        assert_eq!(claims.check_times(UnixTime(i64::MAX), wide), Ok(()));
        assert_eq!(
            claims.check_times(UnixTime(i64::MIN), LEEWAY),
            Err(TimeError::NotYetValid)
        );
    }

    #[test]
    fn an_audience_is_a_name_or_a_list() {
        let one = read("{\"aud\":\"a\"}").unwrap().aud.unwrap();
        assert_eq!(
            (one.single(), one.contains("a"), one.contains("A")),
            (Some("a"), true, false)
        );
        let many = read("{\"aud\":[\"a\",\"b\"]}").unwrap().aud.unwrap();
        assert_eq!((many.single(), many.contains("b")), (None, true));
        assert!(read("{\"aud\":[1]}").is_err());
        assert_eq!(serde_json::to_string(&one).unwrap(), "\"a\"");
        assert_eq!(serde_json::to_string(&many).unwrap(), "[\"a\",\"b\"]");
    }
}
